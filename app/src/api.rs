//! The server functions: `/api/v1/<area>/<verb>`. Each one guards, reads its input, calls one use case and maps the answer.
//!
//! Changes are POST with a form's encoding, reads are GET; answers are JSON. The table of all is [`crate::endpoints`].

#![allow(missing_docs, reason = "the macro makes a public struct with a field for each argument")]

pub mod actions;
pub mod audit;
pub mod evidence;
pub mod incidents;
pub mod me;
pub mod nodes;
pub mod people;
pub mod session;
pub mod sources;

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
        crate::guard::status(problem.code.status());
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

/// `INC-12`'s page.
#[cfg(feature = "ssr")]
fn incident_path(number: i64) -> String {
    format!("/incidents/{number}")
}
