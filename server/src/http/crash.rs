//! A panic in one request must not take others with it, and must not be silent.

use std::any::Any;

use axum::response::Response;
use quell_domain::{Code, Problem};

use super::errors;

/// The answer to a panic: our fault, with a reference.
#[allow(clippy::needless_pass_by_value, reason = "the layer hands it over")]
pub fn answer(cause: Box<dyn Any + Send + 'static>) -> Response {
    let words = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    let correlation_id = quell_core::ids::mint();
    tracing::error!(correlation_id, cause = words.unwrap_or("no words"), "a request panicked");
    let problem = Problem {
        correlation_id: Some(correlation_id),
        ..Problem::new(Code::Internal, "Sorry, something went wrong on our side.")
    };
    errors::json(&problem)
}
