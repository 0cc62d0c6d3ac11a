//! How long a pause takes from the click on the confirm page's button: until the engine is asked, until it is verified.

use std::time::{Duration, Instant, SystemTime};

use quell_core::ports::Reads as _;
use quell_domain::{
    action::RequestState,
    ids::IncidentId,
    view::{ConfirmPage, IncidentPage},
};
use quell_store::SqlStore;
use quell_tests::{
    Client, Engine, Portal, Proxy,
    client::send,
    engine::IDLE,
    fixtures::{self, Subject},
    proxy::Timed,
    wait_for,
};
use reqwest::{Method, StatusCode, header::ACCEPT};

use super::table::{Table, millis, percentile};

const ROUNDS: usize = 21;
const NODE: &str = "node-1";
const PATIENCE: Duration = Duration::from_secs(60);

/// One container after the other, on a real engine behind a proxy that notes when what was asked.
pub async fn measure(table: &mut Table) {
    let engine = Engine::start().await;
    let proxy = Proxy::start(&engine.socket());
    let mut portal = Portal::builder().prepare();
    portal.add_node(NODE, &proxy.endpoint());
    let intake = portal.add_source("falco", "falco", None);
    portal.serve().await;
    let ana = portal.person("ana", &["analyst", "responder"]).await;
    let store = SqlStore::connect(&format!("sqlite://{}", portal.data().join("quell.db").display())).await.unwrap();

    let (mut asked, mut asked_own, mut verified, mut verified_own) = (vec![], vec![], vec![], vec![]);
    for round in 1..=ROUNDS {
        let name = format!("click-{round}");
        let victim = engine.victim(&name, IDLE);
        let shape = fixtures::ALARMS.iter().find(|one| one.name == "falco-http-output-full-id.json").unwrap();
        let body = shape.fill(Subject { container: &victim, name: &name, node: NODE }, SystemTime::now());
        portal.client().post_bytes(&intake, "application/json", body).await;
        let incident = wait_for("the incident", PATIENCE, async || incident(&ana, round).await).await;
        let (number, seen) = (round.to_string(), seen(&ana, round).await);
        let form =
            [("number", &*number), ("action", "pause"), ("preset", "shell"), ("detail", ""), ("fingerprint", &*seen)];

        let before = proxy.timed().len();
        let click = Instant::now();
        let page = ana.post_form("/api/v1/actions/request", &form).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
        let end = until_verified(&store, &incident).await;
        let calls = proxy.timed().split_off(before);
        let pause = calls.iter().find(|it| it.call.method == "POST" && it.call.path.ends_with("/pause")).unwrap();
        // The first finds nothing in any cache.
        if round > 1 {
            for (until, all, own) in [(pause.came, &mut asked, &mut asked_own), (end, &mut verified, &mut verified_own)]
            {
                let took = until.duration_since(click);
                all.push(took);
                own.push(took.saturating_sub(engines(&calls, until)));
            }
        }
    }
    for (what, mut all, mut own, bar) in [
        ("click on the confirm page → the engine is asked to pause", asked, asked_own, "bar 20 ms of our own"),
        ("click → verified, read back from the engine", verified, verified_own, "bar 250 ms"),
    ] {
        table.line(
            what,
            format!("median {}, of it our own {}", millis(percentile(&mut all, 50)), millis(percentile(&mut own, 50))),
            format!("p95 {}, own {}", millis(percentile(&mut all, 95)), millis(percentile(&mut own, 95))),
            bar.to_owned(),
        );
    }
}

/// How long at least one call was at the engine, up to then.
fn engines(calls: &[Timed], until: Instant) -> Duration {
    let mut spans: Vec<_> = calls
        .iter()
        .filter(|it| it.came < until)
        .map(|it| (it.came, it.answered.unwrap_or(until).min(until)))
        .collect();
    spans.sort();
    let mut covered = Duration::ZERO;
    let mut end = None;
    for (from, to) in spans {
        let from = end.map_or(from, |end| from.max(end));
        covered += to.saturating_duration_since(from);
        end = end.max(Some(to));
    }
    covered
}

async fn incident(who: &Client, number: usize) -> Option<IncidentId> {
    let path = format!("/api/v1/incidents/show?number={number}");
    let page = send(who.request(Method::GET, &path).header(ACCEPT, "application/json")).await;
    let page: Option<IncidentPage> = page.status.is_success().then(|| serde_json::from_slice(&page.body).unwrap());
    page.map(|page| page.incident.id)
}

/// What the confirm page shows, in short.
async fn seen(who: &Client, number: usize) -> String {
    let path = format!("/api/v1/actions/confirm?number={number}&action=pause");
    let page = send(who.request(Method::GET, &path).header(ACCEPT, "application/json")).await;
    let page: ConfirmPage = serde_json::from_slice(&page.body).unwrap();
    page.fingerprint.unwrap().to_string()
}

/// Looks into the database every millisecond: the portal is not asked meanwhile.
async fn until_verified(store: &SqlStore, incident: &IncidentId) -> Instant {
    let begun = Instant::now();
    loop {
        let requests = store.requests_of(incident).await.unwrap();
        if requests.iter().any(|(it, _)| it.state == RequestState::Verified) {
            return Instant::now();
        }
        assert!(begun.elapsed() < PATIENCE, "not verified: {requests:?}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
