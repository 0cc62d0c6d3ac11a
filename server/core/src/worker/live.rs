//! The live feed: says that something changed, never what. Follows the audit trail, and the progress of collections as it
//! is written down, so that every portal on the same database tells the same.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use quell_domain::{Timestamp, ids::IncidentId, view::Change};
use tokio::sync::watch;

use crate::{Portal, ports::ReadError};

/// How often it looks by itself, for what other portals wrote.
const LOOK: Duration = Duration::from_millis(500);
/// Entries read at once.
const CHUNK: i64 = 1_000;

impl Portal {
    /// Runs until `shutdown` turns true.
    pub async fn run_live(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        let mut seq = None;
        let mut signs = BTreeMap::new();
        loop {
            match self.follow(seq).await {
                Ok(now) => seq = Some(now),
                Err(error) => tracing::warn!(%error, "following the audit trail"),
            }
            // Only while somebody looks: it is shown, and nothing else.
            if self.is_watched()
                && let Err(error) = self.follow_collections(&mut signs).await
            {
                tracing::warn!(%error, "following collections");
            }
            tokio::select! {
                () = self.trail.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Tells what came after `seq`; from nothing, only finds the end.
    async fn follow(&self, seq: Option<i64>) -> Result<i64, ReadError> {
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

    /// Tells of collections whose last sign of life is not the one that was told.
    async fn follow_collections(&self, told: &mut BTreeMap<IncidentId, Timestamp>) -> Result<(), ReadError> {
        let now: BTreeMap<IncidentId, Timestamp> = self.store.collecting().await?.into_iter().collect();
        for (incident, at) in &now {
            if told.get(incident) != Some(at) {
                self.tell(Change { kind: "evidence".to_owned(), id: incident.to_string(), rev: at.0 });
            }
        }
        *told = now;
        Ok(())
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
        Some("person" | "token") => topics.push(("people", String::new())),
        Some("node") => topics.push(("nodes", String::new())),
        Some("balancer") => topics.push(("balancers", String::new())),
        Some("policy") => topics.push(("policy", String::new())),
        Some("playbook") => topics.push(("playbooks", String::new())),
        Some("change") => topics.push(("changes", String::new())),
        Some("source" | "alarms") => topics.push(("sources", String::new())),
        _ => {}
    }
    topics
}
