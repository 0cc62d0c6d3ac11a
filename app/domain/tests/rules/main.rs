//! The rules of the domain, as a responder or an approver would state them.

mod approvals;
mod decisions;
mod life;
mod playbooks;
mod undo;
mod world;
