//! Every SQL text of Quell, one file an area. Values are always bound, never written into a text.

pub(crate) mod actions;
pub(crate) mod alarms;
pub(crate) mod audit;
pub(crate) mod changes;
pub(crate) mod connection;
pub(crate) mod evidence;
pub(crate) mod factors;
pub(crate) mod gates;
pub(crate) mod incidents;
pub(crate) mod jobs;
pub(crate) mod nodes;
pub(crate) mod people;
pub(crate) mod sessions;
pub(crate) mod sources;
pub(crate) mod tokens;
pub(crate) mod watch;
