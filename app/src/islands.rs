//! Islands: the panels that live on in the browser. Each takes its first data as props, is rendered by the same
//! functions on both sides, and asks for new data through the same guarded server functions as everybody else.

#![allow(missing_docs, reason = "the macro makes a public struct with a field for each prop")]
#![allow(clippy::needless_pass_by_value, reason = "an island owns its props: they come out of the page as text")]

pub mod carried;
pub mod clock;
pub mod countdown;
pub mod incident;
pub mod live_badge;
pub mod live_page;
pub mod open_count;
pub mod queue;

pub use countdown::Countdown;
pub use incident::IncidentLive;
pub use live_badge::LiveBadge;
pub use live_page::LivePage;
pub use open_count::OpenCount;
pub use queue::QueueLive;
