//! Pages full of what an attacker may write, for rendering.

pub mod gates;
mod several;

use quell_domain::{
    Timestamp,
    action::{Action, ActionRequest, ContainerFacts, Parameters, RequestState},
    alarm::{Alarm, AlarmClass, AlarmDetail, ContainerHint, MappingMethod, Severity},
    audit::{Actor, ActorKind, EventOutcome, codes},
    change::{Change, ChangeState, Proposed},
    evidence::{Item, ItemKind, ItemState, Pack, Task},
    ids::{
        AlarmId, ChangeId, ContainerId, Digest, EngineId, EvidenceId, IncidentId, NodeId, PackId, PersonId, RequestId,
        SourceId,
    },
    incident::{Closing, Incident, IncidentState, Place},
    node::{Access, Certificate, CertificateOf, EngineFacts, Node},
    playbook::{self, Course, Playbooks, Unknown},
    policy::{Can, DraftRule, Policy},
    time::{DAY, MINUTE},
    versions::{Published, compare},
    view::{
        AlarmRow, BookDiff, ChangePage, Counters, DraftPage, EventRow, Hindrance, IncidentCan, IncidentPage,
        IncidentPlaybookPage, LifePage, LifeStep, LinkRow, NodesPage, Owner, PackRow, PlaybooksDraftPage,
        PlaybooksPage, PlaybooksPreview, QueueFilter, QueuePage, QueueRow, QueueView, Relation, RequestRow, StepRow,
    },
};

pub use several::{besides, bulk_page, isolate_page, merge_page};

pub const START: Timestamp = Timestamp(1_795_528_692_000_000);

pub fn yes() -> Can {
    Can { allowed: true, why_not: String::new() }
}

fn container() -> ContainerId {
    ContainerId::parse(&"3f9a2c71d0b4abcd".repeat(4)).expect("64 hex digits")
}

fn facts(text: &str) -> ContainerFacts {
    ContainerFacts {
        engine_id: EngineId::new(text),
        container: container(),
        name: text.to_owned(),
        image: text.to_owned(),
        image_id: format!("sha256:{}", "9b1e".repeat(16)),
        created: text.to_owned(),
        started_at: text.to_owned(),
        restart_count: 2,
        mounts: vec![text.to_owned()],
    }
}

pub fn incident(text: &str) -> Incident {
    let mut incident = Incident {
        id: IncidentId::new("inc"),
        number: 12,
        version: 1,
        key: text.to_owned(),
        title: text.to_owned(),
        class: AlarmClass::Escape,
        severity: Severity::Critical,
        state: IncidentState::Triage,
        verdict: None,
        verdict_reason: text.to_owned(),
        place: Place {
            node: Some(NodeId::new("node")),
            node_name: text.to_owned(),
            container: Some(container()),
            container_name: text.to_owned(),
            image: text.to_owned(),
            image_id: String::new(),
            method: MappingMethod::Exact,
            reason: text.to_owned(),
        },
        owner: None,
        first_alarm_at: START,
        last_alarm_at: START,
        alarm_count: 1,
        contain_by: START.plus(15 * MINUTE),
        acknowledged_at: Some(START),
        measures: Vec::new(),
        contained_at: None,
        unknown: Some(Unknown { since: START, reason: text.to_owned() }),
        evidence_at: None,
        analysed_at: None,
        closed_at: None,
        closing: None,
        closing_reason: String::new(),
        of: None,
        reopened_at: None,
        course: Course::default(),
    };
    incident.follow(&Playbooks::builtin());
    incident
}

fn alarm(text: &str) -> AlarmRow {
    let some = || Some(text.to_owned());
    let alarm = Alarm {
        id: AlarmId::new("alarm"),
        source: SourceId::new("source"),
        occurred_at: START,
        received_at: START,
        clock_suspect: true,
        detector: text.to_owned(),
        dedupe_key: Digest::of(b""),
        rule: text.to_owned(),
        class: AlarmClass::Escape,
        severity_reported: text.to_owned(),
        severity: Severity::Critical,
        severity_reason: text.to_owned(),
        node_hint: some(),
        container: ContainerHint { id: some(), name: some(), host: false },
        detail: AlarmDetail {
            message: text.to_owned(),
            image: some(),
            process: some(),
            command: some(),
            ancestors: vec![text.to_owned()],
            pid: some(),
            user: some(),
            file: some(),
            connection: some(),
            pod: some(),
            namespace: some(),
            techniques: vec![text.to_owned()],
            succeeded: Some(false),
            low_confidence: true,
            replaces: None,
        },
        raw: Vec::new(),
    };
    AlarmRow { alarm, method: MappingMethod::Exact, reason: text.to_owned() }
}

pub fn request(text: &str) -> ActionRequest {
    ActionRequest {
        id: RequestId::new("req"),
        incident: IncidentId::new("inc"),
        node: NodeId::new("node"),
        action: Action::Pause,
        parameters: Parameters::default(),
        facts: facts(text),
        facts_asked: facts(text),
        reason: text.to_owned(),
        requester: PersonId::new("p"),
        requester_name: text.to_owned(),
        created_at: START,
        expires_at: START,
        nonce: String::new(),
        policy_version: 1,
        needs: Policy::builtin().requirement(Action::Pause, Severity::High, &[]),
        break_glass: false,
        revision: 0,
        state: RequestState::Failed,
        execution: None,
        detail: text.to_owned(),
        digest: Digest::from_hex(""),
    }
}

fn pack(text: &str) -> PackRow {
    let id = PackId::new("pack");
    let task = |kind, state| Task {
        id: EvidenceId::new(format!("task-{state:?}")),
        pack: id.clone(),
        kind,
        state,
        bytes: 3_100_000,
        total: Some(5_000_000),
        started_at: Some(START),
        heartbeat_at: Some(START.plus(MINUTE)),
        note: text.to_owned(),
    };
    let item = Item {
        id: EvidenceId::new("item"),
        pack: id.clone(),
        incident: IncidentId::new("inc"),
        kind: ItemKind::Inspect,
        state: ItemState::Partial,
        size: 48_000,
        sha256: Some(Digest::of(b"")),
        object: Some("x".to_owned()),
        method: text.to_owned(),
        started_at: START,
        ended_at: START,
        check: text.to_owned(),
        reason: text.to_owned(),
    };
    PackRow {
        pack: Pack {
            id: id.clone(),
            incident: IncidentId::new("inc"),
            node: NodeId::new("node"),
            facts: facts(text),
            requester: PersonId::new("p"),
            requester_name: text.to_owned(),
            created_at: START,
            done_at: None,
        },
        tasks: vec![task(ItemKind::RootFs, ItemState::Collecting), task(ItemKind::Image, ItemState::NeedsPause)],
        items: vec![item],
    }
}

pub fn step_row(incident: &Incident, step: playbook::Step, state: playbook::StepState, text: &str) -> StepRow {
    StepRow {
        step,
        state,
        title: text.to_owned(),
        guidance: text.to_owned(),
        result: text.to_owned(),
        about: vec![("Container".to_owned(), text.to_owned())],
        offers: playbook::offers(step, incident).into_iter().map(|offer| (offer, yes())).collect(),
        skippable: true,
    }
}

/// What a team wrote, by somebody who means harm.
pub fn book(text: &str) -> playbook::Playbook {
    let mut book = Playbooks::builtin().books.remove(0);
    for step in &mut book.steps {
        step.title = text.to_owned();
        step.guidance = text.to_owned();
    }
    book
}

pub fn playbooks_page(text: &str) -> PlaybooksPage {
    let published = |body| Published { body, proposed_by: text.to_owned(), published_by: text.to_owned(), at: START };
    let newest = Playbooks { version: 2, books: vec![book(text)] };
    let versions = vec![published(newest), published(Playbooks::builtin())];
    PlaybooksPage { versions, has_draft: true, pending: None }
}

pub fn playbooks_draft_page(text: &str) -> PlaybooksDraftPage {
    let books = vec![playbook::DraftBook::of(&book(text))];
    let steps = compare(&Playbooks::builtin().books[0].steps, &book(text).steps);
    let diff = BookDiff { class: None, own: (true, true), steps, targets: Vec::new(), open: 2 };
    let problem = Some(quell_domain::Problem::field("steps", text));
    let preview = Some(PlaybooksPreview { books: vec![diff], open: 3 });
    PlaybooksDraftPage { base: 1, books, shown: 0, is_kept: true, problem, preview }
}

pub fn incident_playbook_page(text: &str) -> IncidentPlaybookPage {
    let mut incident = incident(text);
    let skipped =
        playbook::Skipped { step: playbook::Step::Evidence, reason: text.to_owned(), by: text.to_owned(), at: START };
    incident.course.skipped = vec![skipped];
    let steps = playbook::steps(&incident).into_iter();
    IncidentPlaybookPage {
        steps: steps.map(|(step, state)| step_row(&incident, step, state, text)).collect(),
        dues: incident.dues(),
        book: book(text),
        published: Some((text.to_owned(), START)),
        newest: 2,
        change: playbooks_draft_page(text).preview.map(|mut preview| preview.books.remove(0)),
        can_triage: yes(),
        can_move: yes(),
        as_of: START,
        incident,
    }
}

pub fn incident_page(text: &str) -> IncidentPage {
    let incident = incident(text);
    let steps =
        playbook::steps(&incident).into_iter().map(|(step, state)| step_row(&incident, step, state, text)).collect();
    IncidentPage {
        playbook: incident.course.version,
        unknown: true,
        dues: incident.dues(),
        due: incident.due_now(),
        incident,
        owner_name: text.to_owned(),
        mine: false,
        alarms: vec![alarm(text)],
        steps,
        requests: vec![RequestRow { request: request(text).into(), execution: None }],
        facts: Some(facts(text)),
        packs: vec![pack(text)],
        timeline: vec![EventRow {
            seq: 1,
            at: START,
            actor: Actor { kind: ActorKind::Source, id: String::new(), name: text.to_owned(), address: None },
            code: codes::NOTE.to_owned(),
            label: codes::label(codes::NOTE).to_owned(),
            outcome: EventOutcome::Ok,
            target: None,
            incident: Some(12),
            text: text.to_owned(),
        }],
        older_events: false,
        can: IncidentCan {
            acknowledge: yes(),
            triage: yes(),
            pause: yes(),
            actions: Action::ALL.iter().filter(|it| !it.is_of_gate()).map(|action| (*action, yes())).collect(),
            gates: yes(),
            collect: yes(),
            cancel: yes(),
            download: yes(),
            read_audit: yes(),
        },
        holds: Vec::new(),
        looked: None,
        still_open: vec![text.to_owned()],
        related: vec![2],
        as_of: START.plus(7 * MINUTE),
    }
}

/// Every step may be taken, and something stands in the way of it all the same.
pub fn life_page(text: &str) -> LifePage {
    let link = |relation, closing| LinkRow {
        relation,
        number: 2,
        title: text.to_owned(),
        state: IncidentState::Closed,
        closing,
        container_name: text.to_owned(),
        node_name: text.to_owned(),
        requests: 1,
        packs: 2,
    };
    LifePage {
        incident: incident(text),
        owner_name: text.to_owned(),
        can: yes(),
        steps: LifeStep::ALL.iter().map(|step| (*step, yes())).collect(),
        hindrances: vec![Hindrance { words: text.to_owned(), request: Some(RequestId::new("req")), pack: None }],
        stays: vec![text.to_owned()],
        owners: vec![Owner { id: PersonId::new("p"), name: text.to_owned() }],
        links: vec![link(Relation::MergedHere, Some(Closing::Merged)), link(Relation::Open, None)],
    }
}

pub fn queue_page(text: &str) -> QueuePage {
    let incident = incident(text);
    QueuePage {
        filter: QueueFilter { view: QueueView::NeedsAction, class: None, text: text.to_owned(), after: None },
        rows: vec![QueueRow {
            id: incident.id.clone(),
            number: 12,
            title: text.to_owned(),
            severity: Severity::Critical,
            class: AlarmClass::Escape,
            state: IncidentState::New,
            alarm_count: 4,
            container_name: text.to_owned(),
            container_short: "3f9a2c71d0b4".to_owned(),
            node_name: text.to_owned(),
            method: MappingMethod::Exact,
            owner_name: text.to_owned(),
            unknown: true,
            due: incident.due_now(),
            urgency: incident.urgency(),
            steps: playbook::steps(&incident).into_iter().map(|(_, state)| state).collect(),
            next: playbook::offers(playbook::Step::Acknowledge, &incident).into_iter().next(),
        }],
        next: None,
        counters: Counters::default(),
        can_triage: yes(),
        nodes: (1, 0),
        as_of: START,
    }
}

/// One that the viewer may decide on.
pub fn waiting_change_page(text: &str) -> ChangePage {
    let page = change_page(text);
    let change = Proposed { state: ChangeState::Pending, decided_at: None, ..page.change };
    ChangePage { change, can_decide: yes(), ..page }
}

pub fn change_page(text: &str) -> ChangePage {
    let change = Change::SetLabels { node: NodeId::new("node"), before: vec![], labels: vec!["eu".to_owned()] };
    let by = (PersonId::new("ann"), text.to_owned());
    let change = Proposed::new(ChangeId::new("c"), change, text.to_owned(), by, START);
    let over = change.ended(ChangeState::Refused, (None, text.to_owned()), text.to_owned(), START);
    ChangePage {
        change: over,
        preview: None,
        playbooks: None,
        can_decide: Can { allowed: false, why_not: "It is refused already.".to_owned() },
        can_withdraw: yes(),
        deciders: vec![text.to_owned()],
        as_of: START,
    }
}

pub fn draft_page(text: &str) -> DraftPage {
    let row = DraftRule {
        labels: text.to_owned(),
        approvals: text.to_owned(),
        approver: text.to_owned(),
        tier: text.to_owned(),
        minutes: text.to_owned(),
        ..DraftRule::blank()
    };
    let rows = vec![row];
    let problem = DraftRule::policy(&rows, 2).err();
    DraftPage { base: 1, rows, is_kept: true, problem, preview: None }
}

fn engine(id: &str, text: &str) -> EngineFacts {
    EngineFacts {
        engine_id: EngineId::new(id),
        hostname: text.to_owned(),
        version: text.to_owned(),
        api_version: text.to_owned(),
        storage_driver: text.to_owned(),
        cgroup_version: text.to_owned(),
        live_restore: true,
        system: text.to_owned(),
        clock_offset: 0,
        certificates: vec![Certificate { of: CertificateOf::Client, until: START.plus(-2 * DAY) }],
        checked_at: START,
    }
}

/// A node at whose place another engine answers.
pub fn nodes_page(text: &str) -> NodesPage {
    let access = Access::Ssh {
        user: "quell".to_owned(),
        host: "node-1".to_owned(),
        port: 22,
        socket: text.to_owned(),
        key: text.to_owned(),
        host_key: text.to_owned(),
    };
    let node = Node {
        id: NodeId::new("n1"),
        name: "node-1".to_owned(),
        access,
        labels: vec!["eu".to_owned()],
        addresses: Vec::new(),
        facts: Some(engine("engine-1", text)),
        stranger: None,
        trouble: None,
        created_at: START,
        removed_at: None,
    };
    NodesPage { nodes: vec![node.answered(engine("engine-2", text))], as_of: START }
}
