//! The server functions: `/api/v1/<area>/<verb>`. Each one guards, reads its input, calls one use case and maps the answer.
//!
//! Changes are POST with a form's encoding, reads are GET; answers are JSON. The table of all is [`crate::endpoints`].

#![allow(missing_docs, reason = "the macro makes a public struct with a field for each argument")]
#![allow(clippy::too_many_arguments, reason = "one for each field of the form")]

pub mod actions;
pub mod approvals;
pub mod audit;
pub mod balancers;
pub mod bulk;
pub mod changes;
pub mod enrol;
pub mod evidence;
pub mod factors;
pub mod gates;
pub mod incidents;
pub mod life;
pub mod me;
pub mod nodes;
pub mod people;
pub mod playbooks;
pub mod policy;
pub mod proof;
pub mod session;
pub mod sources;
pub mod tokens;

/// `INC-12`'s page.
#[cfg(feature = "ssr")]
fn incident_path(number: i64) -> String {
    format!("/incidents/{number}")
}
