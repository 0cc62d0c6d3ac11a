//! What goes wrong in a server function, on its way to whoever called it.

#[cfg(feature = "ssr")]
use leptos::prelude::use_context;
use quell_domain::{Code, Problem};
use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

/// A [`Problem`] on its way out of a server function; the same JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub Problem);

impl From<Problem> for ApiError {
    /// Also gives the answer being made the status that belongs to the problem, be it JSON or a page.
    fn from(problem: Problem) -> Self {
        #[cfg(feature = "ssr")]
        status(problem.code.status());
        Self(problem)
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let problem = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Problem::new(Code::Invalid, "A field is missing or cannot be read.")
            }
            ServerFnErrorErr::Request(_) => Problem::new(Code::Unavailable, "The portal cannot be reached."),
            _ => Problem::new(Code::Internal, "Sorry, the answer cannot be read."),
        };
        problem.into()
    }
}

/// Sets the status of the answer being made.
#[cfg(feature = "ssr")]
fn status(code: u16) {
    if let (Some(response), Ok(status)) =
        (use_context::<leptos_axum::ResponseOptions>(), http::StatusCode::from_u16(code))
    {
        response.set_status(status);
    }
}
