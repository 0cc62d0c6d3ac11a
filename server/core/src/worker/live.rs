//! The live feed: says that something changed, never what. Follows the audit trail, so that every portal on the same
//! database tells the same.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use quell_domain::view::Change;
use tokio::sync::watch;

use crate::Portal;

/// How often it looks by itself, for what other portals wrote.
const LOOK: Duration = Duration::from_millis(500);
/// Entries read at once.
const CHUNK: i64 = 1_000;

impl Portal {
    /// Runs until `shutdown` turns true.
    pub async fn run_live(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        let mut seq = None;
        loop {
            match self.follow(seq).await {
                Ok(now) => seq = Some(now),
                Err(error) => tracing::warn!(%error, "following the audit trail"),
            }
            tokio::select! {
                () = self.trail.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Tells what came after `seq`; from nothing, only finds the end.
    async fn follow(&self, seq: Option<i64>) -> Result<i64, crate::ports::ReadError> {
        let Some(mut seq) = seq else { return Ok(self.store.audit_head().await?.0) };
        loop {
            let entries = self.store.changes_after(seq, CHUNK).await?;
            let Some((last, _, _)) = entries.last() else { return Ok(seq) };
            seq = *last;
            let mut changed: BTreeMap<(&str, String), i64> = BTreeMap::new();
            for (at, code, incident) in &entries {
                for topic in topics(code, incident.as_ref().map(|id| id.as_str())) {
                    changed.insert(topic, *at);
                }
            }
            for ((kind, id), rev) in changed {
                self.tell(Change { kind: kind.to_owned(), id, rev });
            }
        }
    }
}

/// What a kind of event concerns.
fn topics<'a>(code: &'a str, incident: Option<&str>) -> Vec<(&'a str, String)> {
    let mut topics = vec![("audit", String::new())];
    if let Some(incident) = incident {
        topics.push(("incident", incident.to_owned()));
        topics.push(("queue", String::new()));
    }
    match code.split('.').next() {
        Some("person") => topics.push(("people", String::new())),
        Some("node") => topics.push(("nodes", String::new())),
        Some("source" | "alarms") => topics.push(("sources", String::new())),
        _ => {}
    }
    topics
}
