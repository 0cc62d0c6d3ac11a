//! One portal, one node behind a recording proxy, one alarm source, and the steps that people take.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use quell_domain::{
    action::{ActionRequest, RequestState},
    evidence::{ItemKind, ItemState},
    view::{ApprovalPage, AuditPage, ConfirmPage, IncidentPage, LifePage, PackRow, QueuePage, SourcesPage},
};
use quell_tests::{
    Client, Engine, Page, Portal, PortalBuilder, Proxy,
    client::send,
    fixtures::{self, Fixture, Subject},
    wait_for,
};
use reqwest::{Method, StatusCode, header::ACCEPT};

use super::ledger::Ledger;

/// What the node is called, by us and by detectors.
pub const NODE: &str = "node-1";
/// No step of a flow takes this long on the slowest machine that these tests run on.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that a flow needs.
pub struct Stage {
    pub engine: &'static Engine,
    pub proxy: Proxy,
    pub portal: Portal,
    /// Where the detector posts to.
    pub intake: String,
    database: String,
}

impl Stage {
    /// On SQLite.
    pub async fn set() -> Self {
        Self::with(Portal::builder()).await
    }

    /// On a database of its own in PostgreSQL.
    pub async fn on_postgres() -> Self {
        Self::on_postgres_with(Portal::builder()).await
    }

    /// The same with choices.
    pub async fn on_postgres_with(builder: PortalBuilder) -> Self {
        let url = quell_tests::postgres::database().await;
        let stage = Self::with(builder.database(&url)).await;
        Self { database: url, ..stage }
    }

    /// On SQLite, with a portal that stands still at a failpoint and whose jobs are soon taken up again.
    pub async fn stopping_at(point: &str) -> Self {
        let builder = Portal::builder().env("QUELL_FAILPOINT", point);
        Self::with(builder.env("QUELL__WORKER__LEASE_SECONDS", "5")).await
    }

    /// With choices; the portal runs when this returns.
    pub async fn with(builder: PortalBuilder) -> Self {
        Self::on(Engine::shared().await, builder).await
    }

    /// On an engine of its own, which may be stopped. It ends with the test process.
    pub async fn on_own_engine() -> Self {
        Self::on(Box::leak(Box::new(Engine::start().await)), Portal::builder()).await
    }

    async fn on(engine: &'static Engine, builder: PortalBuilder) -> Self {
        let proxy = Proxy::start(&engine.socket());
        let mut portal = builder.prepare();
        portal.add_node(NODE, &proxy.endpoint());
        let intake = portal.add_source("falco", "falco", None);
        portal.serve().await;
        let database = format!("sqlite://{}", portal.data().join("quell.db").display());
        Self { engine, proxy, portal, intake, database }
    }

    /// The address of the portal's database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The portal's database.
    pub async fn ledger(&self) -> Ledger {
        Ledger::open(&self.database).await
    }

    /// The portal's evidence store.
    pub fn store(&self) -> PathBuf {
        self.portal.data().join("evidence")
    }

    /// Somebody who may triage, contain and collect.
    pub async fn responder(&self, login: &str) -> Client {
        self.portal.person(login, &["analyst", "responder"]).await
    }

    /// The same with a fresh proof, for what needs one.
    pub async fn trusted(&self, login: &str) -> Client {
        self.portal.proven(login, &["analyst", "responder"]).await
    }

    /// Posts what Falco sends; gives the answer.
    pub async fn post(&self, body: impl Into<Vec<u8>>) -> Page {
        self.portal.client().post_bytes(&self.intake, "application/json", body).await
    }

    /// A victim, its first alarm, and the one incident made of it, with number 1.
    pub async fn incident_about(&self, name: &str, script: &str, who: &Client) -> String {
        let victim = self.engine.victim(name, script);
        let answer = self.post(reverse_shell(&victim, name, SystemTime::now())).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        self.until(who, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
        victim
    }

    /// Waits until incident 1 shows what is looked for.
    pub async fn until<T>(&self, who: &Client, what: &str, look: impl Fn(&IncidentPage) -> Option<T>) -> T {
        wait_for(what, PATIENCE, async || {
            let page = ask(who, "/api/v1/incidents/show?number=1").await;
            if page.status == StatusCode::NOT_FOUND {
                return None;
            }
            look(&read(&page))
        })
        .await
    }

    /// Asks for a pause of incident 1's container as the confirm page shows it now; gives the form's answer.
    pub async fn pause(&self, who: &Client) -> Page {
        let seen = fingerprint(who).await;
        who.post_form("/api/v1/actions/request", &pause_form(&seen)).await
    }

    /// Asks for an action on incident 1's container as the confirm page shows it now, with all the care that any tier
    /// asks for; gives the form's answer.
    pub async fn ask_for(&self, who: &Client, action: &str, more: &[(&str, &str)]) -> Page {
        let seen = fingerprint_for(who, action).await;
        let id = incident(who).await.incident.place.container.expect("a container").to_string();
        let mut form = vec![
            ("number", "1"),
            ("action", action),
            ("preset", "shell"),
            ("detail", "it must be done"),
            ("accepts_impact", "yes"),
            ("typed", &id[60..]),
            ("fingerprint", &seen),
        ];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        who.post_form("/api/v1/actions/request", &form).await
    }

    /// Asks for an action that waits for another person; gives the request's id.
    pub async fn waiting(&self, who: &Client, action: &str) -> String {
        let page = self.ask_for(who, action, &[]).await;
        let path = page.location().unwrap_or_else(|| panic!("not taken: {} {}", page.status, page.text())).to_owned();
        path.strip_prefix("/approvals/").unwrap_or_else(|| panic!("not waiting: {path}")).to_owned()
    }

    /// Decides on a request as the approval page shows it now.
    pub async fn decide(&self, who: &Client, request: &str, decision: &str, more: &[(&str, &str)]) -> Page {
        let seen = approval(who, request).await.fingerprint.map(|it| it.to_string()).unwrap_or_default();
        let mut form = vec![
            ("request", request),
            ("decision", decision),
            ("reason", "looked at it"),
            ("fingerprint", seen.as_str()),
        ];
        form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        form.extend_from_slice(more);
        who.post_form("/api/v1/approvals/decide", &form).await
    }

    /// Somebody who may decide.
    pub async fn approver(&self, login: &str) -> Client {
        self.portal.proven(login, &["approver"]).await
    }

    /// Waits until a request has ended.
    pub async fn end_of(&self, who: &Client, request: &str) -> ActionRequest {
        self.end_of_within(who, request, PATIENCE).await
    }

    /// The same for what takes longer.
    pub async fn end_of_within(&self, who: &Client, request: &str, patience: Duration) -> ActionRequest {
        wait_for("the end of the request", patience, async || {
            let request = approval(who, request).await.request;
            (!request.state.is_open()).then_some(request)
        })
        .await
    }

    /// Waits until the newest request has ended.
    pub async fn ended_request(&self, who: &Client) -> ActionRequest {
        let ended = self
            .until(who, "the end of the request", |page| {
                page.requests.first().map(|row| row.request.clone()).filter(|request| !request.state.is_open())
            })
            .await;
        approval(who, ended.id.as_str()).await.request
    }

    /// Asks for evidence: one kind, or all.
    pub async fn collect(&self, who: &Client, kind: Option<ItemKind>) {
        let kind = kind.map_or("", ItemKind::word);
        let page = who.post_form("/api/v1/evidence/collect", &[("number", "1"), ("kind", kind)]).await;
        assert_sent_to(&page, "/incidents/1");
    }

    /// Waits until the newest pack has ended.
    pub async fn ended_pack(&self, who: &Client) -> PackRow {
        self.until(who, "the end of the pack", |page| {
            page.packs.first().filter(|row| row.pack.done_at.is_some()).cloned()
        })
        .await
    }

    /// Waits until the portal stands still at its failpoint.
    pub async fn at_failpoint(&self, point: &str) {
        let words = format!("failpoint {point} reached");
        wait_for(&words, PATIENCE, async || self.portal.log().contains(&words).then_some(())).await;
    }

    /// Kills the portal and starts it again without a failpoint.
    pub async fn crash_and_return(&mut self) {
        self.portal.kill_9();
        self.portal.set_env("QUELL_FAILPOINT", None);
        self.portal.serve().await;
    }

    /// How often the engine was asked to pause anything.
    pub fn pauses(&self) -> usize {
        self.proxy.count("POST", "/pause")
    }

    /// `quell audit verify` finds nothing.
    pub fn assert_audit_intact(&self) {
        self.portal.quell(&["audit", "verify"]);
    }
}

/// A reverse shell in a container, with its whole id; another time makes another alarm.
pub fn reverse_shell(container: &str, name: &str, time: SystemTime) -> String {
    fixture("falco-http-output-full-id.json").fill(Subject { container, name, node: NODE }, time)
}

/// One of the written payloads.
pub fn fixture(name: &str) -> &'static Fixture {
    fixtures::ALARMS.iter().find(|fixture| fixture.name == name).unwrap_or_else(|| panic!("no fixture {name}"))
}

/// Calls a reading endpoint as a script would.
pub async fn ask(who: &Client, path: &str) -> Page {
    send(who.request(Method::GET, path).header(ACCEPT, "application/json")).await
}

fn read(page: &Page) -> IncidentPage {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("an incident page")
}

/// Incident 1.
pub async fn incident(who: &Client) -> IncidentPage {
    read(&ask(who, "/api/v1/incidents/show?number=1").await)
}

/// Any incident; none when there is no such one.
pub async fn incident_of(who: &Client, number: i64) -> Option<IncidentPage> {
    let page = ask(who, &format!("/api/v1/incidents/show?number={number}")).await;
    (page.status == StatusCode::OK).then(|| read(&page))
}

/// Where an incident stands, with what belongs to it.
pub async fn life(who: &Client, number: i64) -> LifePage {
    let page = ask(who, &format!("/api/v1/life/show?number={number}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("a life")
}

/// A view of the queue.
pub async fn queue(who: &Client, view: &str) -> QueuePage {
    let page = ask(who, &format!("/api/v1/incidents/queue?view={view}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("a queue")
}

/// The sources, with the dead letters.
pub async fn sources(who: &Client) -> SourcesPage {
    let page = ask(who, "/api/v1/sources/list").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("sources")
}

/// The newest audit entries.
pub async fn audit(who: &Client, query: &str) -> AuditPage {
    let page = ask(who, &format!("/api/v1/audit/list{query}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("the trail")
}

/// What the confirm page of a pause of incident 1 carries.
pub async fn fingerprint(who: &Client) -> String {
    fingerprint_for(who, "pause").await
}

/// A request with everything that a decision needs.
pub async fn approval(who: &Client, request: &str) -> ApprovalPage {
    let page = ask(who, &format!("/api/v1/approvals/show?request={request}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("an approval page")
}

/// What the confirm page of an action on incident 1's container carries.
pub async fn fingerprint_for(who: &Client, action: &str) -> String {
    let page = ask(who, &format!("/api/v1/actions/confirm?number=1&action={action}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let page: ConfirmPage = serde_json::from_slice(&page.body).expect("a confirm page");
    page.fingerprint.unwrap_or_else(|| panic!("no container to confirm: {:?}", page.trouble)).to_string()
}

/// The confirm page's form.
pub fn pause_form(seen: &str) -> [(&str, &str); 5] {
    [("number", "1"), ("action", "pause"), ("preset", "shell"), ("detail", ""), ("fingerprint", seen)]
}

/// The form was taken, and the browser is sent there.
pub fn assert_sent_to(page: &Page, path: &str) {
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, Some(path)), "{}", page.text());
}

/// The state of one kind of item in a pack.
pub fn state_of(row: &PackRow, kind: ItemKind) -> ItemState {
    row.tasks
        .iter()
        .find(|task| task.kind == kind)
        .map(|task| task.state)
        .unwrap_or_else(|| panic!("no {}", kind.word()))
}

/// Asserts how a request ended, with its own words when it did not end so.
pub fn assert_ended(request: &ActionRequest, state: RequestState) {
    assert_eq!(request.state, state, "{}", request.detail);
}
