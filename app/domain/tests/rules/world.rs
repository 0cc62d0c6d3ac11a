//! An incident, a container and requests to make rules stand on.

use quell_domain::{
    Timestamp,
    action::{
        Action, ActionRequest, Attachment, Container, ContainerFacts, EvidenceStanding, Intent, Parameters, RunState,
        Standing,
    },
    alarm::{Alarm, AlarmClass, AlarmDetail, ContainerHint, MappingMethod, Severity},
    ids::{AlarmId, ContainerId, Digest, EngineId, IncidentId, NodeId, PersonId, RequestId, SourceId},
    incident::{Incident, Place, container_key},
    playbook::Playbooks,
    policy::{Policy, Requirement},
};

pub const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

pub fn alarm(severity: Severity, class: AlarmClass, at: Timestamp) -> Alarm {
    Alarm {
        id: AlarmId::new("a"),
        source: SourceId::new("s"),
        detector: "falco".to_owned(),
        received_at: at,
        occurred_at: at,
        clock_suspect: false,
        dedupe_key: Digest::of(b"a"),
        rule: "Terminal shell in container".to_owned(),
        class,
        severity_reported: "Notice".to_owned(),
        severity,
        severity_reason: String::new(),
        node_hint: Some("worker-1".to_owned()),
        container: ContainerHint::default(),
        detail: AlarmDetail::default(),
        raw: Vec::new(),
    }
}

pub fn place(method: MappingMethod) -> Place {
    Place {
        node: Some(NodeId::new("n")),
        node_name: "worker-1".to_owned(),
        container: Some(container_id()),
        container_name: "payments".to_owned(),
        image: "payments:1".to_owned(),
        image_id: String::new(),
        method,
        reason: String::new(),
    }
}

pub fn container_id() -> ContainerId {
    ContainerId::parse(&"ab".repeat(32)).expect("64 digits")
}

pub fn incident(method: MappingMethod) -> Incident {
    let key = container_key(&NodeId::new("n"), &container_id());
    let first = alarm(Severity::High, AlarmClass::AbnormalProcess, NOW);
    Incident::open(IncidentId::new("i"), key, &first, place(method), &Playbooks::builtin())
}

pub fn container(state: RunState) -> Container {
    Container {
        facts: ContainerFacts {
            engine_id: EngineId::new("e"),
            container: container_id(),
            name: "payments".to_owned(),
            image: "payments:1".to_owned(),
            image_id: "sha256:1".to_owned(),
            created: "2026-01-01T00:00:00Z".to_owned(),
            started_at: "2026-01-01T00:00:01Z".to_owned(),
            restart_count: 0,
            mounts: vec!["bind /a → /b (rw)".to_owned()],
        },
        state,
        pid: 7,
        command: "sleep".to_owned(),
        auto_remove: false,
        restart_policy: "no".to_owned(),
        attachments: Vec::new(),
        doors: Vec::new(),
        host_network: false,
        shared_namespaces: Vec::new(),
        privileged: false,
        health_check: false,
        managed_by: None,
        live_restore: false,
        processes: Some(1),
        checked_at: NOW,
    }
}

pub fn intent(seen: Digest) -> Intent {
    Intent {
        id: RequestId::new("r"),
        nonce: "nonce".to_owned(),
        reason: "Active reverse shell".to_owned(),
        seen,
        accepts_impact: false,
        typed: String::new(),
        break_glass: false,
        requester: PersonId::new("p"),
        requester_name: "Responder One".to_owned(),
        now: NOW,
    }
}

pub fn network(id: &str) -> Attachment {
    Attachment {
        network: id.to_owned(),
        name: "front".to_owned(),
        aliases: vec!["payments".to_owned()],
        fixed_ipv4: None,
        fixed_ipv6: None,
    }
}

pub fn standing() -> Standing {
    Standing { taken: Parameters::default(), evidence: EvidenceStanding::Missing }
}

pub fn policy() -> (i64, Requirement) {
    (1, Policy::builtin().requirement(Action::Pause, Severity::High, &[]))
}

/// A request to pause it, as a page that showed it just now makes it.
pub fn request(container: &Container) -> Result<ActionRequest, quell_domain::Problem> {
    let intent = intent(container.fingerprint());
    ActionRequest::new(Action::Pause, &incident(MappingMethod::Exact), container, &standing(), policy(), intent)
}

/// A request by “requester” that needs so many others.
pub fn requested(action: Action, container: &Container, approvals: u32) -> ActionRequest {
    let needs = Requirement { approvals, ..policy().1 };
    let mut incident = incident(MappingMethod::Exact);
    incident.verified(Action::Pause, NOW);
    let id = container.facts.container.as_str();
    let intent = Intent {
        requester: PersonId::new("requester"),
        accepts_impact: true,
        typed: id[id.len() - 4..].to_owned(),
        ..intent(container.fingerprint())
    };
    ActionRequest::new(action, &incident, container, &standing(), (1, needs), intent).expect("fits")
}
