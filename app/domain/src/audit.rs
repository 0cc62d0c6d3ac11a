//! The audit trail: what is recorded, and the exact bytes that are chained.
//!
//! The format is written down in `server/docs/audit-format.md`; the offline verifier is made from that page alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ids::{BalancerId, Digest, GateKey, IncidentId},
    time::Timestamp,
};

crate::words! {
    /// What kind of actor.
    ActorKind {
        /// A signed-in person.
        Person = "person", "Person";
        /// A job of ours.
        System = "system", "Quell";
        /// Somebody with a shell on the portal's machine.
        Operator = "operator", "Local operator";
        /// A detector with a token.
        Source = "source", "Detector";
        /// Nobody we know.
        Anonymous = "anonymous", "Not signed in";
    }
}

crate::words! {
    /// How it ended.
    EventOutcome {
        /// Done.
        Ok = "ok", "Done";
        /// About to touch the outside world.
        Attempted = "attempted", "Attempted";
        /// Refused: not allowed.
        Denied = "denied", "Refused";
        /// Tried and not done.
        Failed = "failed", "Failed";
        /// Nobody knows yet.
        Unknown = "unknown", "Unknown";
    }
}

/// Who.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What kind.
    pub kind: ActorKind,
    /// Person id, job kind, source id or empty.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub id: String,
    /// The name at the time.
    pub name: String,
    /// Network address, when it came over the network.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub address: Option<String>,
}

impl Actor {
    /// A job of ours.
    #[must_use]
    pub fn system(job: &str) -> Self {
        Self { kind: ActorKind::System, id: job.to_owned(), name: "Quell".to_owned(), address: None }
    }

    /// Somebody with a shell on the portal's machine.
    #[must_use]
    pub fn operator() -> Self {
        Self { kind: ActorKind::Operator, id: String::new(), name: "local operator".to_owned(), address: None }
    }

    /// Nobody we know, from an address.
    #[must_use]
    pub fn anonymous(address: Option<String>) -> Self {
        Self { kind: ActorKind::Anonymous, id: String::new(), name: "not signed in".to_owned(), address }
    }
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `incident`, `request`, `evidence`, `person`, `node`, `source`, …
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When, by the portal's clock.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// A stable code such as `incident.acknowledged`; the list is in [`crate::audit::codes`].
    pub code: String,
    /// How it ended.
    pub outcome: EventOutcome,
    /// The incident that it belongs to.
    pub incident: Option<IncidentId>,
    /// What it is about.
    pub target: Option<Target>,
    /// Everything else, sorted by name.
    pub facts: BTreeMap<String, Value>,
}

impl Event {
    /// An event that ended well and has no facts yet.
    #[must_use]
    pub fn new(at: Timestamp, actor: Actor, code: &str) -> Self {
        Self {
            at,
            actor,
            code: code.to_owned(),
            outcome: EventOutcome::Ok,
            incident: None,
            target: None,
            facts: BTreeMap::new(),
        }
    }

    /// How it ended.
    #[must_use]
    pub fn outcome(mut self, outcome: EventOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The incident that it belongs to.
    #[must_use]
    pub fn incident(mut self, id: &IncidentId) -> Self {
        self.incident = Some(id.clone());
        self
    }

    /// What it is about.
    #[must_use]
    pub fn target(mut self, kind: &str, id: impl std::fmt::Display) -> Self {
        self.target = Some(Target { kind: kind.to_owned(), id: id.to_string() });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Adds the facts that name a gate.
    #[must_use]
    pub fn gate(self, balancer: &BalancerId, gate: &GateKey) -> Self {
        self.fact("balancer", balancer.to_string()).fact("gate", gate.to_string())
    }

    /// A fact as text, empty when there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.facts.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// An event with its place in the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// 1, 2, 3, … without a gap.
    pub seq: i64,
    /// The event.
    pub event: Event,
    /// SHA-256 of the previous entry's hash and the canonical bytes.
    pub hash: Digest,
}

/// Version of the canonical bytes.
pub const FORMAT: u32 = 1;

/// The bytes that are stored verbatim and hashed: one JSON object, keys in this order, no blanks.
///
/// # Panics
/// Never: every part serialises.
#[must_use]
pub fn canonical(seq: i64, event: &Event) -> Vec<u8> {
    #[derive(Serialize)]
    struct Canonical<'a> {
        v: u32,
        seq: i64,
        at: i64,
        actor: &'a Actor,
        code: &'a str,
        outcome: EventOutcome,
        incident: Option<&'a str>,
        target: Option<&'a Target>,
        facts: &'a BTreeMap<String, Value>,
    }
    serde_json::to_vec(&Canonical {
        v: FORMAT,
        seq,
        at: event.at.0,
        actor: &event.actor,
        code: &event.code,
        outcome: event.outcome,
        incident: event.incident.as_ref().map(IncidentId::as_str),
        target: event.target.as_ref(),
        facts: &event.facts,
    })
    .unwrap_or_default()
}

/// The hash of an entry: SHA-256 over the 32 bytes of the previous hash followed by the canonical bytes.
/// The first entry's previous hash is 32 zero bytes.
#[must_use]
pub fn chain(previous: &[u8; 32], canonical: &[u8]) -> [u8; 32] {
    use sha2::{Digest as _, Sha256};
    Sha256::new().chain_update(previous).chain_update(canonical).finalize().into()
}

/// Every event code, with the words for the timeline and the audit page.
pub mod codes {
    macro_rules! codes {
        ($($name:ident = $code:literal, $label:literal;)+) => {
            $(#[doc = $label] pub const $name: &str = $code;)+
            /// Every code and its words.
            pub const ALL: &[(&str, &str)] = &[$(($code, $label)),+];
        };
    }
    codes! {
        SETUP_OPENED = "setup.opened", "Set-up link made";
        SETUP_DONE = "setup.done", "First admin created";
        SETUP_REFUSED = "setup.refused", "Set-up link refused";
        SIGN_IN = "session.signed_in", "Signed in";
        THROTTLED = "session.throttled", "Slowed down after failed tries";
        SIGN_OUT = "session.signed_out", "Signed out";
        PERMISSION_DENIED = "permission.denied", "Refused";
        FOREIGN_REQUEST = "request.foreign", "Request from another site refused";
        PERSON_CREATED = "person.created", "Person created";
        PERSON_ROLES = "person.roles_changed", "Roles changed";
        PERSON_DISABLED = "person.disabled", "Person disabled";
        PERSON_ENABLED = "person.enabled", "Person enabled";
        PASSWORD_RESET = "person.password_reset", "Password reset";
        PROOF_GIVEN = "proof.given", "Fresh proof given";
        PROOF_REFUSED = "proof.refused", "Proof refused";
        PROOF_THROTTLED = "proof.throttled", "Proofs slowed down after failed tries";
        FACTOR_BEGUN = "factor.begun", "Adding a second factor begun";
        FACTOR_ADDED = "factor.added", "Second factor added";
        FACTOR_RENAMED = "factor.renamed", "Second factor renamed";
        FACTOR_REMOVED = "factor.removed", "Second factor removed";
        FACTORS_RESET = "factor.reset", "All second factors of a person removed";
        RECOVERY_MADE = "recovery.made", "Recovery codes made";
        RECOVERY_USED = "recovery.used", "Recovery code used";
        TOKEN_CREATED = "token.created", "Token made";
        TOKEN_REVOKED = "token.revoked", "Token revoked";
        TOKEN_REFUSED = "token.refused", "Token refused";
        NODE_ADDED = "node.added", "Node added";
        NODE_ENGINE_ACCEPTED = "node.engine_accepted", "Node's engine accepted";
        NODE_CHECKED = "node.checked", "Node checked";
        NODE_REMOVED = "node.removed", "Node removed";
        NODE_LABELS = "node.labels_changed", "Node labels changed";
        NODE_ACCESS = "node.access_changed", "Way to a node changed";
        NODE_ADDRESSES = "node.addresses_changed", "Node addresses changed";
        BALANCER_ADDED = "balancer.added", "Load balancer added";
        BALANCER_CHECKED = "balancer.checked", "Load balancer checked";
        BALANCER_ACCESS = "balancer.access_changed", "Way to a load balancer changed";
        BALANCER_REMOVED = "balancer.removed", "Load balancer removed";
        POLICY_DRAFTED = "policy.drafted", "Policy draft saved";
        POLICY_PUBLISHED = "policy.published", "Policy published";
        PLAYBOOKS_DRAFTED = "playbook.drafted", "Draft of the playbooks saved";
        PLAYBOOKS_PUBLISHED = "playbook.published", "Playbooks published";
        CHANGE_PROPOSED = "change.proposed", "Change proposed";
        CHANGE_APPLIED = "change.applied", "Change approved and applied";
        CHANGE_REFUSED = "change.refused", "Change refused";
        CHANGE_WITHDRAWN = "change.withdrawn", "Change withdrawn";
        CHANGE_EXPIRED = "change.expired", "Change expired";
        CHANGE_VOID = "change.void", "Change void";
        SOURCE_ADDED = "source.added", "Alarm source added";
        SOURCE_REVOKED = "source.revoked", "Alarm source revoked";
        ALARMS_RECEIVED = "alarms.received", "Alarms received";
        INCIDENT_OPENED = "incident.opened", "Incident opened";
        ALARMS_JOINED = "incident.alarms_joined", "Alarms joined";
        CONTAINER_CHOSEN = "incident.container_chosen", "Container chosen";
        ACKNOWLEDGED = "incident.acknowledged", "Acknowledged";
        ASSIGNED = "incident.assigned", "Assigned";
        ANALYSIS_STARTED = "incident.analysis_started", "Analysis started";
        ANALYSIS_DONE = "incident.analysis_done", "Analysis done";
        VERDICT = "incident.verdict", "Verdict given";
        NOTE = "incident.noted", "Note";
        MERGED = "incident.merged", "Merged";
        UNMERGED = "incident.unmerged", "Unmerged";
        CLOSED = "incident.closed", "Closed";
        DUPLICATED = "incident.duplicated", "Named by a duplicate";
        REOPENED = "incident.reopened", "Reopened";
        STEP_SKIPPED = "incident.step_skipped", "Step left out";
        STEP_TAKEN_BACK = "incident.step_taken_back", "Step is to be done after all";
        SERVICE_RESTORED = "incident.service_restored", "Service restored";
        PLAYBOOK_CHANGED = "incident.playbook_changed", "Moved to other playbooks";
        ACTION_REQUESTED = "action.requested", "Action requested";
        ACTION_APPROVED = "action.approved", "Approved";
        ACTION_DENIED = "action.denied", "Denied";
        ACTION_SENT_BACK = "action.sent_back", "Sent back";
        ACTION_WITHDRAWN = "action.withdrawn", "Withdrawn";
        BREAK_GLASS = "action.break_glass", "Requested without approval (break-glass)";
        BREAK_GLASS_REVIEWED = "action.reviewed", "Break-glass reviewed";
        ACTION_CONSUMED = "action.consumed", "Approval used";
        ACTION_VOID = "action.void", "Void";
        ACTION_EXPIRED = "action.expired", "Expired";
        ACTION_ATTEMPTED = "action.attempted", "Asking engine or load balancer";
        ACTION_CONCLUDED = "action.concluded", "Concluded";
        ACTION_VERIFIED = "action.verified", "Read back";
        CONTAINMENT_BROKEN = "containment.broken", "Containment no longer holds";
        CONTAINMENT_RECREATED = "containment.recreated", "Contained container recreated";
        CONTAINMENT_UNKNOWN = "containment.unknown", "Containment cannot be checked";
        CONTAINMENT_KNOWN = "containment.known", "Containment can be checked again";
        GATE_LOST = "gate.lost", "Gate no longer restricted";
        GATE_UNKNOWN = "gate.unknown", "Gate cannot be checked";
        GATE_KNOWN = "gate.known", "Gate can be checked again";
        INCIDENTS_LINKED = "incident.linked", "Incidents belong together";
        ACKNOWLEDGE_UNDONE = "incident.acknowledge_undone", "Acknowledgement undone";
        ASSIGN_UNDONE = "incident.assign_undone", "Assignment undone";
        BULK_DONE = "bulk.done", "Done to several incidents";
        BULK_UNDONE = "bulk.undone", "Undone for several incidents";
        JOB_DONE = "job.done", "Job ended";
        EVIDENCE_REQUESTED = "evidence.requested", "Evidence collection started";
        EVIDENCE_CANCELLED = "evidence.cancelled", "Evidence collection cancelled";
        EVIDENCE_ATTEMPTED = "evidence.attempted", "Collecting";
        EVIDENCE_CONCLUDED = "evidence.concluded", "Evidence item concluded";
        EVIDENCE_DONE = "evidence.done", "Evidence collection ended";
        EVIDENCE_DOWNLOADED = "evidence.downloaded", "Evidence downloaded";
        EVIDENCE_ALTERED = "evidence.altered", "Kept evidence is not what was sealed";
        AUDIT_VERIFIED = "audit.verified", "Audit trail verified";
        AUDIT_EXPORTED = "audit.exported", "Audit trail exported";
    }

    /// The words for a code.
    #[must_use]
    pub fn label(code: &str) -> &str {
        ALL.iter().find(|(c, _)| *c == code).map_or(code, |(_, label)| label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_bytes_are_those_of_the_written_format() {
        let event = Event::new(Timestamp(7), Actor::operator(), codes::NOTE)
            .incident(&IncidentId::new("i"))
            .target("incident", "i")
            .fact("b", 2)
            .fact("a", "x\u{202e}");
        assert_eq!(
            String::from_utf8(canonical(3, &event)).expect("utf-8"),
            "{\"v\":1,\"seq\":3,\"at\":7,\"actor\":{\"kind\":\"operator\",\"id\":\"\",\"name\":\"local operator\",\"address\":null},\
             \"code\":\"incident.noted\",\"outcome\":\"ok\",\"incident\":\"i\",\"target\":{\"kind\":\"incident\",\"id\":\"i\"},\
             \"facts\":{\"a\":\"x\u{202e}\",\"b\":2}}"
        );
    }
}
