//! Things to put into a store: each builder gives something whole and new.

use quell_core::ids::mint;
use quell_domain::{
    Changeset, Timestamp,
    action::{Action, ActionRequest, ContainerFacts, Parameters, RequestState},
    alarm::{Alarm, AlarmClass, AlarmDetail, ContainerHint, MappingMethod, Severity},
    approval::{Decision, Vote},
    audit::{Actor, Event, codes},
    changeset::Op,
    evidence::{ItemKind, ItemState, Pack, Task},
    ids::{
        AccountId, AlarmId, ContainerId, Digest, EngineId, EvidenceId, IncidentId, JobId, NodeId, PackId, PersonId,
        RequestId, SourceId, VoteId,
    },
    incident::{Incident, Place, container_key},
    job::{JobKind, NewJob},
    node::{Access, Certificate, CertificateOf, EngineFacts, Node},
    people::{Account, Person},
    playbook::Playbooks,
    policy::{Policy, Role},
    source::{Source, SourceKind},
    time::{MINUTE, SECOND},
    versions::Published,
};

use super::backend::Backend;

/// When everything here happens.
pub const NOW: Timestamp = Timestamp(1_800_000_000 * SECOND);

/// A changeset whose event says nothing in particular.
pub fn change(op: Op) -> Changeset {
    Changeset::new(Event::new(NOW, Actor::operator(), codes::NOTE)).with(op)
}

pub fn person(login: &str) -> (Person, Account) {
    let person = Person {
        id: PersonId::new(mint()),
        name: format!("Name of {login}"),
        roles: vec![Role::Analyst, Role::Responder],
        disabled_at: None,
        created_at: NOW,
    };
    let account = Account {
        id: AccountId::new(mint()),
        person: person.id.clone(),
        login: login.to_owned(),
        password_hash: "$argon2id$made-up".to_owned(),
    };
    (person, account)
}

pub fn engine_facts() -> EngineFacts {
    EngineFacts {
        engine_id: EngineId::new("engine-1"),
        hostname: "node-1".to_owned(),
        version: "26.1.5".to_owned(),
        api_version: "1.45".to_owned(),
        storage_driver: "overlay2".to_owned(),
        cgroup_version: "2".to_owned(),
        live_restore: false,
        system: "Debian".to_owned(),
        clock_offset: -3,
        certificates: vec![Certificate { of: CertificateOf::Ca, until: NOW }],
        checked_at: NOW,
    }
}

pub fn node(name: &str) -> Node {
    Node {
        id: NodeId::new(mint()),
        name: name.to_owned(),
        access: Access::Unix { socket: "/var/run/docker.sock".to_owned() },
        labels: vec!["production".to_owned()],
        addresses: Vec::new(),
        facts: None,
        stranger: None,
        trouble: Some("not asked yet".to_owned()),
        created_at: NOW,
        removed_at: None,
    }
}

pub fn source(name: &str) -> Source {
    Source {
        id: SourceId::new(mint()),
        name: name.to_owned(),
        kind: SourceKind::Falco,
        token_hash: Digest::of(mint().as_bytes()),
        default_node: None,
        created_at: NOW,
        revoked_at: None,
    }
}

pub fn alarm(source: &SourceId, said: &str) -> Alarm {
    Alarm {
        id: AlarmId::new(mint()),
        source: source.clone(),
        detector: "falco".to_owned(),
        received_at: NOW,
        occurred_at: NOW.plus(-SECOND),
        clock_suspect: false,
        dedupe_key: Digest::of(said.as_bytes()),
        rule: "Terminal shell in container".to_owned(),
        class: AlarmClass::AbnormalProcess,
        severity_reported: "Notice".to_owned(),
        severity: Severity::Low,
        severity_reason: "as the detector says".to_owned(),
        node_hint: Some("node-1".to_owned()),
        container: ContainerHint { id: Some("a".repeat(12)), name: Some("web".to_owned()), host: false },
        detail: AlarmDetail { message: said.to_owned(), pid: Some("7".to_owned()), ..AlarmDetail::default() },
        raw: said.as_bytes().to_vec(),
    }
}

pub fn container(digit: char) -> ContainerId {
    ContainerId::parse(&digit.to_string().repeat(64)).unwrap()
}

pub fn facts(digit: char) -> ContainerFacts {
    ContainerFacts {
        engine_id: EngineId::new("engine-1"),
        container: container(digit),
        name: "web".to_owned(),
        image: "shop/web:1".to_owned(),
        image_id: "sha256:00".to_owned(),
        created: "2026-11-24T10:00:00Z".to_owned(),
        started_at: "2026-11-24T10:00:01Z".to_owned(),
        restart_count: 0,
        mounts: vec!["volume data → /data (rw)".to_owned()],
    }
}

pub fn incident(node: &NodeId, digit: char) -> Incident {
    let place = Place {
        node: Some(node.clone()),
        node_name: "node-1".to_owned(),
        container: Some(container(digit)),
        container_name: format!("web-{digit}"),
        image: "shop/web:1".to_owned(),
        image_id: "sha256:00".to_owned(),
        method: MappingMethod::Exact,
        reason: "The id in the alarm is that of this container.".to_owned(),
    };
    let first = alarm(&SourceId::new("s"), "first");
    Incident::open(
        IncidentId::new(mint()),
        container_key(node, &container(digit)),
        &first,
        place,
        &Playbooks::builtin(),
    )
}

pub fn request(incident: &Incident, requester: &Person, digit: char) -> ActionRequest {
    let mut request = ActionRequest {
        id: RequestId::new(mint()),
        incident: incident.id.clone(),
        node: incident.place.node.clone().unwrap(),
        action: Action::Pause,
        parameters: Parameters::default(),
        facts: facts(digit),
        facts_asked: facts(digit),
        reason: "reverse shell".to_owned(),
        requester: requester.id.clone(),
        requester_name: requester.name.clone(),
        created_at: NOW,
        expires_at: NOW.plus(15 * MINUTE),
        nonce: mint(),
        policy_version: 1,
        needs: Policy::builtin().requirement(Action::Pause, Severity::High, &[]),
        break_glass: false,
        revision: 0,
        state: RequestState::Approved,
        execution: None,
        detail: String::new(),
        digest: Digest::from_hex(""),
    };
    request.digest = request.signed_facts();
    request
}

pub fn published(version: i64) -> Published<Policy> {
    Published {
        body: Policy { version, ..Policy::builtin() },
        proposed_by: "Ann".to_owned(),
        published_by: "Bob".to_owned(),
        at: NOW,
    }
}

pub fn published_playbooks(version: i64) -> Published<Playbooks> {
    Published {
        body: Playbooks { version, ..Playbooks::builtin() },
        proposed_by: "Ann".to_owned(),
        published_by: "Bob".to_owned(),
        at: NOW,
    }
}

pub fn pack(incident: &Incident, requester: &Person, kinds: &[ItemKind]) -> (Pack, Vec<Task>) {
    let pack = Pack {
        id: PackId::new(mint()),
        incident: incident.id.clone(),
        node: incident.place.node.clone().unwrap(),
        facts: facts('a'),
        requester: requester.id.clone(),
        requester_name: requester.name.clone(),
        created_at: NOW,
        done_at: None,
    };
    let task = |kind: &ItemKind| Task {
        id: EvidenceId::new(mint()),
        pack: pack.id.clone(),
        kind: *kind,
        state: ItemState::Queued,
        bytes: 0,
        total: None,
        started_at: None,
        heartbeat_at: None,
        note: String::new(),
    };
    let tasks = kinds.iter().map(task).collect();
    (pack, tasks)
}

pub fn job(incident: &Incident, kind: JobKind, subject: &str) -> NewJob {
    NewJob {
        id: JobId::new(mint()),
        kind,
        subject: subject.to_owned(),
        incident: Some(incident.id.clone()),
        due_at: NOW,
    }
}

/// One of each thing that others refer to, already stored.
pub struct World {
    pub person: Person,
    pub node: Node,
    pub source: Source,
    pub incident: Incident,
}

impl World {
    pub async fn new(backend: &Backend) -> Self {
        let (person, account) = person("alice");
        let node = node("node-1");
        let source = source("falco");
        let mut incident = incident(&node.id, 'a');
        let changes = change(Op::AddPerson(person.clone(), account))
            .with(Op::AddNode(node.clone()))
            .with(Op::AddSource(source.clone()))
            .with(Op::AddIncident(incident.clone()));
        backend.done(changes).await;
        incident.number = 1;
        Self { person, node, source, incident }
    }
}

pub fn vote(request: &ActionRequest, person: &Person, decision: Decision) -> Vote {
    Vote {
        id: VoteId::new(mint()),
        request: request.id.clone(),
        person: person.id.clone(),
        person_name: person.name.clone(),
        decision,
        reason: "looked at it".to_owned(),
        waives_evidence: false,
        digest: request.digest.clone(),
        at: NOW,
    }
}
