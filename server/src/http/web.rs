//! What handlers and layers share.

use std::{net::IpAddr, sync::Arc};

use quell_app::{Assets, Secrets, Slips};
use quell_core::{Portal, ports::Store};
use quell_store::SqlSessions;
use tokio::sync::watch;

use super::streams::Streams;

/// Cheap to clone.
#[derive(Clone)]
pub struct Web(Arc<Shared>);

/// The shared part.
pub struct Shared {
    /// Use cases.
    pub portal: Arc<Portal>,
    /// Only to ask whether it answers, and for the sequence number in the live stream's greeting.
    pub store: Arc<dyn Store>,
    /// Where sessions are kept.
    pub sessions: SqlSessions,
    /// Secrets that wait to be shown.
    pub secrets: Secrets,
    /// Messages for people without a session.
    pub slips: Slips,
    /// Names of the built files.
    pub assets: Assets,
    /// The address that people and detectors use.
    pub origin: String,
    /// Origins that a browser form may come from.
    pub origins: Vec<String>,
    /// Is the way to the browser encrypted?
    pub https: bool,
    /// Proxies whose word about the client's address is believed.
    pub proxies: Vec<IpAddr>,
    /// Does anything but a listed proxy reach the listener?
    pub only_proxies: bool,
    /// Microseconds after which a session ends in any case.
    pub absolute: i64,
    /// Turns true when the portal stops.
    pub shutdown: watch::Receiver<bool>,
    /// The live streams that are open.
    pub streams: Streams,
}

impl Web {
    /// Wraps it.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl std::ops::Deref for Web {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}
