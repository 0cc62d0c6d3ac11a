//! Several incidents in one go, against the real engine: each for itself, with its own request, call and result; and what
//! can be undone.

use std::time::SystemTime;

use futures::future::join_all;
use quell_domain::{
    action::{Action, RequestState},
    bulk::BulkOutcome::{self, Done, Refused, Unchanged},
    incident::{Incident, IncidentState},
    view::{BulkPage, ConfirmPage, IncidentPage, IsolatePage, MergePage, QueueRow},
};
use quell_tests::{Client, Page, engine::IDLE, proxy::Behaviour, wait_for};
use reqwest::StatusCode;
use serde::de::DeserializeOwned;

use super::stage::{PATIENCE, Stage, approval, ask, assert_sent_to, queue, reverse_shell};

async fn show<T: DeserializeOwned>(who: &Client, path: &str) -> T {
    let page = ask(who, &format!("/api/v1/{path}")).await;
    assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
    serde_json::from_slice(&page.body).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A victim for each name, and the numbers of their incidents.
async fn incidents(stage: &Stage, who: &Client, names: &[&str]) -> Vec<(i64, String)> {
    let mut victims = Vec::new();
    for name in names {
        let victim = stage.engine.victim(name, IDLE);
        about(stage, &victim, name).await;
        victims.push(victim);
    }
    found(who, names).await.into_iter().zip(victims).collect()
}

/// The same about containers that are on no node.
async fn strangers(stage: &Stage, who: &Client, names: &[&str]) -> Vec<(i64, String)> {
    let victims: Vec<String> = (10..).take(names.len()).map(|n: u32| n.to_string().repeat(32)).collect();
    for (victim, name) in victims.iter().zip(names) {
        about(stage, victim, name).await;
    }
    found(who, names).await.into_iter().zip(victims).collect()
}

/// The numbers of the incidents about containers with these names.
async fn found(who: &Client, names: &[&str]) -> Vec<i64> {
    wait_for("all incidents", PATIENCE, async || {
        let rows: Vec<QueueRow> = queue(who, "unassigned").await.rows;
        let number = |name: &&str| rows.iter().find(|row| row.container_name == **name).map(|row| row.number);
        names.iter().map(number).collect::<Option<Vec<i64>>>()
    })
    .await
}

async fn about(stage: &Stage, victim: &str, name: &str) {
    let answer = stage.post(reverse_shell(victim, name, SystemTime::now())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

async fn incident(who: &Client, number: i64) -> Incident {
    show::<IncidentPage>(who, &format!("incidents/show?number={number}")).await.incident
}

/// Sends a form about these incidents: each number once, as ticks are sent.
async fn send(who: &Client, path: &str, numbers: &[i64], more: &[(&str, &str)]) -> Page {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let mut form: Vec<(&str, &str)> = numbers.iter().map(|number| ("n", number.as_str())).collect();
    form.extend_from_slice(more);
    who.post_json_answer(&format!("/api/v1/bulk/{path}"), &form).await
}

/// The record that an answer leads to.
async fn record(who: &Client, answer: &Page) -> BulkPage {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let path = answer.json()["path"].as_str().expect("a path").to_owned();
    let number = path.rsplit(['=', '/']).next().expect("a number").to_owned();
    show(who, &format!("bulk/show?bulk={number}")).await
}

async fn triage(who: &Client, numbers: &[i64], press: &str) -> BulkPage {
    record(who, &send(who, "triage", numbers, &[("press", press)]).await).await
}

async fn undo(who: &Client, bulk: &BulkPage) -> BulkPage {
    let number = bulk.bulk.to_string();
    record(who, &who.post_json_answer("/api/v1/bulk/undo", &[("bulk", &number)]).await).await
}

/// Number, how it ended, and the words.
fn told(page: &BulkPage) -> Vec<(i64, BulkOutcome, &str)> {
    page.rows.iter().map(|row| (row.line.number, row.line.outcome, row.line.words.as_str())).collect()
}

/// For how many it was done, was so already, and was refused.
fn counts(page: &BulkPage) -> (usize, usize, usize) {
    (page.count(Done), page.count(Unchanged), page.count(Refused))
}

fn numbers(of: &[(i64, String)]) -> Vec<i64> {
    of.iter().map(|(number, _)| *number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_are_acknowledged_each_for_itself_and_that_is_undone() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.responder("ana").await, stage.responder("ben").await);
    let all = numbers(&incidents(&stage, &ana, &["ack-a", "ack-b", "ack-c"]).await);
    let (a, b, c) = (all[0], all[1], all[2]);
    // One twice, and one that does not exist.
    let done = triage(&ana, &[a, b, b, c, 999], "acknowledge").await;
    assert_eq!(
        told(&done).iter().map(|(number, outcome, _)| (*number, *outcome)).collect::<Vec<_>>(),
        [(a, Done), (b, Done), (c, Done), (999, Refused)]
    );
    assert!(told(&done)[3].2.contains("no such incident"), "{done:?}");
    assert!(done.can_undo.allowed);
    for number in [a, b, c] {
        assert_eq!(incident(&ana, number).await.state, IncidentState::Triage);
    }

    // Each has an event of its own, and all carry one id; the record comes last.
    let trail = stage.ledger().await.trail().await;
    let own: Vec<_> = trail.iter().filter(|entry| entry["code"] == "incident.acknowledged").collect();
    let record = trail.iter().find(|entry| entry["code"] == "bulk.done").expect("a record");
    assert_eq!(own.len(), 3);
    for entry in &own {
        assert!(entry["facts"]["bulk"].is_string() && entry["facts"]["bulk"] == record["target"]["id"], "{entry}");
    }
    assert_eq!((&record["facts"]["done"], &record["facts"]["refused"]), (&3.into(), &1.into()));

    // Alarms are nobody's doing; a note of another person is.
    let victim = stage.engine.docker(&["ps", "-q", "--no-trunc", "--filter", "name=ack-a"]).expect("told");
    about(&stage, &victim, "ack-a").await;
    wait_for("the second alarm", PATIENCE, async || (incident(&ana, a).await.alarm_count == 2).then_some(())).await;
    ben.post_json_answer("/api/v1/incidents/note", &[("number", &b.to_string()), ("text", "looking")]).await;

    let theirs = ben.post_json_answer("/api/v1/bulk/undo", &[("bulk", &done.bulk.to_string())]).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN, "{}", theirs.text());
    assert!(!show::<BulkPage>(&ben, &format!("bulk/show?bulk={}", done.bulk)).await.can_undo.allowed);

    let undone = undo(&ana, &done).await;
    assert_eq!(
        told(&undone),
        [(a, Done, ""), (b, Refused, "ben has done something there since: it stays acknowledged."), (c, Done, "")]
    );
    assert!(!undone.can_undo.allowed, "an undo is not undone");
    for (number, state) in [(a, IncidentState::New), (b, IncidentState::Triage), (c, IncidentState::New)] {
        let now = incident(&ana, number).await;
        assert_eq!((now.state, now.acknowledged_at.is_none()), (state, state == IncidentState::New));
    }
    // A second press finds that it was done.
    assert_eq!(counts(&undo(&ana, &done).await), (0, 0, 3));
    let trail = stage.ledger().await.trail().await;
    let count = |code: &str| trail.iter().filter(|entry| entry["code"] == code).count();
    assert_eq!((count("incident.acknowledge_undone"), count("bulk.undone")), (2, 2));
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_once_do_each_once() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.responder("ana").await, stage.responder("ben").await);
    let all = numbers(&incidents(&stage, &ana, &["both-a", "both-b", "both-c"]).await);
    let answers = join_all([triage(&ana, &all, "acknowledge"), triage(&ben, &all, "acknowledge")]).await;
    let of = |outcome| answers.iter().map(|page| page.count(outcome)).sum::<usize>();
    assert_eq!((of(Done), of(Unchanged), of(Refused)), (3, 3, 0), "{answers:?}");
    let late: Vec<&str> = answers.iter().flat_map(told).filter(|line| line.1 == Unchanged).map(|line| line.2).collect();
    assert!(late.iter().all(|words| words.contains("acknowledged this already")), "{late:?}");
    // To have it already is nothing to do either, writes nothing, and is nothing to undo.
    assert_eq!(counts(&triage(&ana, &all, "mine").await), (3, 0, 0));
    let again = triage(&ana, &all, "mine").await;
    assert_eq!((counts(&again), again.can_undo.allowed), ((0, 3, 0), false), "{again:?}");
    let trail = stage.ledger().await.trail().await;
    assert_eq!(trail.iter().filter(|entry| entry["code"] == "incident.assigned").count(), 3);
    assert_eq!(trail.last().expect("a record")["outcome"], "ok", "that nothing was to do is no failure");
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_former_owners_are_back_where_nobody_gave_it_away_since() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.responder("ana").await, stage.responder("ben").await);
    let all = numbers(&incidents(&stage, &ana, &["own-a", "own-b", "own-c"]).await);
    let ids: serde_json::Value = show(&ana, "owners/list").await;
    let id = |name: &str| {
        let found = ids["owners"].as_array().expect("owners").iter().find(|owner| owner["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is not in {ids}"))["id"].as_str().expect("an id").to_owned()
    };
    triage(&ben, &all[..1], "mine").await;
    let given = send(&ana, "triage", &all, &[("press", "assign"), ("to", &id("ana"))]).await;
    let given = record(&ana, &given).await;
    assert_eq!(counts(&given), (3, 0, 0), "{given:?}");
    let looked = "Nobody had looked before: it is acknowledged with that.";
    assert_eq!(told(&given).iter().map(|line| line.2).collect::<Vec<_>>(), ["", looked, looked]);
    // The third is given on by somebody else.
    triage(&ben, &all[2..], "mine").await;
    let undone = undo(&ana, &given).await;
    assert_eq!(told(&undone).iter().map(|line| line.1).collect::<Vec<_>>(), [Done, Done, Refused], "{undone:?}");
    let mut owners = Vec::new();
    for number in &all {
        let now = incident(&ana, *number).await;
        owners.push((now.owner.map(|owner| owner.to_string()), now.acknowledged_at.is_some()));
    }
    // The second had nobody before: to be given an owner was its first look, which is undone with it.
    assert_eq!(owners, [(Some(id("ben")), true), (None, false), (Some(id("ben")), true)]);

    let nobody = send(&ana, "triage", &all, &[("press", "assign"), ("to", "nobody")]).await;
    assert_eq!(nobody.json()["fields"][0]["field"], "to", "{}", nobody.text());
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn several_become_one_and_are_taken_apart_again() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.responder("ana").await, stage.responder("ben").await);
    // Containers that nobody finds: those that are known stay apart.
    let all = numbers(&strangers(&stage, &ana, &["one-a", "one-b", "one-c"]).await);
    let apart = numbers(&incidents(&stage, &ana, &["two-a", "two-b"]).await);
    let into = apart[0].to_string();
    let both = record(&ana, &send(&ana, "merge", &apart, &[("into", &into), ("reason", "one attack")]).await).await;
    assert!(counts(&both) == (0, 0, 1) && told(&both)[0].2.contains("is not about the container of"), "{both:?}");
    let page: MergePage = show(&ana, &format!("bulk/choices?n={}&n={}&n=999", all[0], all[1])).await;
    assert_eq!((page.incidents.len(), page.missing.as_slice(), page.stays), (2, [999].as_slice(), None));

    let (into, reason) = (all[0].to_string(), ("reason", "one attack"));
    for (more, field) in [
        (vec![("into", into.as_str())], "reason"),
        (vec![("into", "999"), reason], "into"),
        (vec![("into", ""), reason], "into"),
    ] {
        let refused = send(&ana, "merge", &all, &more).await;
        assert_eq!(refused.json()["fields"][0]["field"], field, "{}", refused.text());
    }
    let merged = record(&ana, &send(&ana, "merge", &all, &[("into", &into), reason]).await).await;
    assert_eq!((counts(&merged), merged.into), ((2, 0, 0), Some(all[0])), "{merged:?}");
    let again = record(&ana, &send(&ana, "merge", &all, &[("into", &into), reason]).await).await;
    assert_eq!(counts(&again), (0, 2, 0), "{again:?}");
    assert_eq!(incident(&ana, all[0]).await.alarm_count, 3);
    assert_eq!(incident(&ana, all[1]).await.state, IncidentState::Closed);
    // A closed one is no longer acknowledged, merged or owned, and says so.
    let closed = triage(&ben, &all[1..2], "mine").await;
    assert!(told(&closed)[0].2.contains("closed"), "{closed:?}");

    let gone = all[1].to_string();
    let refused = send(&ben, "merge", &all[..2], &[("into", &gone), reason]).await;
    assert!(
        refused.text().contains("is closed") && refused.json()["fields"][0]["field"] == "into",
        "{}",
        refused.text()
    );

    let undone = undo(&ana, &merged).await;
    assert_eq!(counts(&undone), (2, 0, 0), "{undone:?}");
    // Nobody had looked at any of them before, and so nobody has.
    for number in &all {
        let now = incident(&ana, *number).await;
        assert_eq!((now.alarm_count, now.closed_at), (1, None), "INC-{number}");
        assert_eq!((now.state, now.acknowledged_at), (IncidentState::New, None), "INC-{number}");
    }
    // Where somebody had looked before, or did something since, that look stays.
    triage(&ben, &all[1..2], "acknowledge").await;
    let merged = record(&ana, &send(&ana, "merge", &all, &[("into", &into), reason]).await).await;
    ben.post_json_answer("/api/v1/incidents/note", &[("number", &into), ("text", "looking")]).await;
    let undone = undo(&ana, &merged).await;
    assert_eq!(counts(&undone), (2, 0, 0), "{undone:?}");
    let mut seen = Vec::new();
    for number in &all {
        seen.push(incident(&ana, *number).await.acknowledged_at.is_some());
    }
    assert_eq!(seen, [true, true, false]);
    assert!(told(&undone)[0].2.contains("stays acknowledged") && !told(&undone)[1].2.contains("stays"), "{undone:?}");
    stage.assert_audit_intact();
}

/// The form of the page: what it showed of each target, and which are ticked.
fn form(page: &IsolatePage, ticked: &[i64]) -> Vec<(String, String)> {
    let mut form = vec![
        ("measure".to_owned(), page.action.word().to_owned()),
        ("preset".to_owned(), "shell".to_owned()),
        ("accepts_impact".to_owned(), "yes".to_owned()),
    ];
    form.extend(ticked.iter().map(|number| ("n".to_owned(), number.to_string())));
    for ConfirmPage { incident, container, .. } in &page.targets {
        let Some(container) = container else { continue };
        let number = incident.number;
        form.push(("facts".to_owned(), format!("{number}:{}", container.fingerprint())));
        let shown = serde_json::to_string(&container.seen()).expect("JSON");
        form.push(("shown".to_owned(), format!("{number}:{shown}")));
    }
    form
}

async fn post(who: &Client, form: &[(String, String)]) -> Page {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    who.post_json_answer("/api/v1/bulk/isolate", &form).await
}

/// Waits until nothing of it is under way any more.
async fn ended(who: &Client, bulk: i64) -> BulkPage {
    wait_for("the end of all requests", PATIENCE, async || {
        let page: BulkPage = show(who, &format!("bulk/show?bulk={bulk}")).await;
        page.rows.iter().all(|row| row.request.as_ref().is_none_or(|it| !it.state.is_open())).then_some(page)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_container_is_its_own_request_call_and_result() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let mut all = incidents(&stage, &ana, &["iso-plain", "iso-gone", "iso-other", "iso-left"]).await;
    // One that the engine deletes when it ends.
    let _ = stage.engine.docker(&["rm", "-f", "iso-auto"]);
    let image = stage.engine.docker(&["images", "-q"]).expect("told").lines().next().expect("an image").to_owned();
    let words = ["run", "-d", "--rm", "--name", "iso-auto", "--network", "none", &image, "sh", "-c", IDLE];
    let auto = stage.engine.docker(&words).expect("started");
    about(&stage, &auto, "iso-auto").await;
    let row = wait_for("its incident", PATIENCE, async || {
        queue(&ana, "unassigned").await.rows.into_iter().find(|row| row.container_name == "iso-auto")
    })
    .await;
    all.push((row.number, auto));
    let n = numbers(&all);

    let query: Vec<String> = n.iter().map(|number| format!("n={number}")).collect();
    let page: IsolatePage = show(&ana, &format!("bulk/confirm?{}&n=999", query.join("&"))).await;
    assert_eq!((page.action, page.missing.as_slice(), page.targets.len()), (Action::Pause, [999].as_slice(), 5));
    assert!(page.targets.iter().all(|target| target.can.allowed && target.container.is_some()));
    let deletes =
        |target: &ConfirmPage| target.warnings.iter().any(|warning| warning.contains("deletes this container"));
    assert_eq!(page.targets.iter().map(deletes).collect::<Vec<_>>(), [false, false, false, false, true]);
    assert_eq!(stage.pauses(), 0, "looking changes nothing");

    // Meanwhile one vanishes, and one is another run; one is not ticked.
    stage.engine.docker(&["rm", "-f", "iso-gone"]).expect("gone");
    stage.engine.docker(&["restart", "-t", "0", "iso-other"]).expect("restarted");
    let ticked = [n[0], n[1], n[2], n[4]];
    let answer = post(&ana, &form(&page, &ticked)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let record = record(&ana, &answer).await;
    let over = ended(&ana, record.bulk).await;
    assert_eq!(over.rows.iter().map(|row| row.line.number).collect::<Vec<_>>(), ticked);
    let state = |at: usize| over.rows[at].request.as_ref().map(|request| request.state);
    assert_eq!(
        [state(0), state(1), state(2), state(3)],
        [Some(RequestState::Verified), None, None, Some(RequestState::Verified)]
    );
    assert!(over.rows[1].line.words.contains("no such container"), "{:?}", over.rows[1].line);
    assert!(over.rows[2].line.words.contains("Started was "), "what changed is named: {:?}", over.rows[2].line);
    for ((number, victim), (state, calls)) in
        all.iter().zip([("paused", 1), ("", 0), ("running", 0), ("running", 0), ("paused", 1)])
    {
        assert_eq!(stage.proxy.count("POST", &format!("/{victim}/pause")), calls, "INC-{number}");
        if !state.is_empty() {
            assert_eq!(stage.engine.state(victim), state, "INC-{number}");
        }
    }
    // Each was asked for in an event of its own, with the digest of its own facts.
    let trail = stage.ledger().await.trail().await;
    let asked: Vec<_> = trail.iter().filter(|entry| entry["code"] == "action.requested").collect();
    assert_eq!(asked.len(), 2);
    assert!(asked[0]["facts"]["bulk"].is_string() && asked[0]["facts"]["bulk"] == asked[1]["facts"]["bulk"]);
    assert_ne!(asked[0]["facts"]["digest"], asked[1]["facts"]["digest"]);
    // What was refused can be asked for again, as it is now.
    let html = ana.read(&format!("/incidents/bulk/{}", record.bulk)).await;
    assert!(html.contains(&format!("/incidents/isolate?measure=pause&amp;n={}&amp;n={}", n[1], n[2])), "{html}");
    stage.ledger().await.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_twice_and_by_two_people_is_one_call_for_each() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.responder("ana").await, stage.responder("ben").await);
    let all = incidents(&stage, &ana, &["twice-a", "twice-b"]).await;
    let n = numbers(&all);
    let page: IsolatePage = show(&ana, &format!("bulk/confirm?n={}&n={}", n[0], n[1])).await;
    let form = form(&page, &n);
    for answer in join_all([post(&ana, &form), post(&ben, &form), post(&ana, &form)]).await {
        let over = ended(&ana, record(&ana, &answer).await.bulk).await;
        // A late one may find the container paused already: said so, and nothing else.
        for row in &over.rows {
            let paused = row.request.as_ref().is_some_and(|request| request.state == RequestState::Verified);
            assert!(paused || row.line.words.contains("changed") || row.line.words.contains("already"), "{row:?}");
        }
    }
    for (_, victim) in &all {
        assert_eq!(stage.proxy.count("POST", &format!("/{victim}/pause")), 1);
        assert_eq!(stage.engine.state(victim), "paused");
    }
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_is_silent_holds_up_only_its_own_container() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let all = incidents(&stage, &ana, &["silent-a", "silent-b"]).await;
    let n = numbers(&all);
    stage.proxy.on("GET", &format!("/{}/json", all[0].1), Behaviour::Hang);
    let page: IsolatePage = show(&ana, &format!("bulk/confirm?n={}&n={}", n[0], n[1])).await;
    let trouble = page.targets[0].trouble.clone().expect("what is wrong");
    assert!(trouble.contains("did not answer in time"), "{trouble}");
    assert!(!page.targets[0].can.allowed && page.targets[1].can.allowed);
    // As if it fell silent only after the page was shown.
    let mut form = form(&page, &n);
    form.push(("facts".to_owned(), format!("{}:{}", n[0], "0".repeat(64))));
    let over = ended(&ana, record(&ana, &post(&ana, &form).await).await.bulk).await;
    assert_eq!(told(&over).iter().map(|line| line.1).collect::<Vec<_>>(), [Refused, Done], "{over:?}");
    let words = told(&over)[0].2;
    assert!(words.contains("did not answer in time. Nothing was done"), "it has a bound of its own: {words}");
    assert_eq!((stage.engine.state(&all[0].1).as_str(), stage.engine.state(&all[1].1).as_str()), ("running", "paused"));
    stage.assert_audit_intact();
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_of_several_are_taken_and_each_waits_for_its_own_approval() {
    let stage = Stage::set().await;
    let (ana, ben) = (stage.responder("ana").await, stage.approver("ben").await);
    let all = incidents(&stage, &ana, &["nets-a", "nets-b", "nets-none"]).await;
    let n = numbers(&all);
    let _ = stage.engine.docker(&["network", "rm", "bulk-net"]);
    stage.engine.docker(&["network", "create", "--internal", "bulk-net"]).expect("made");
    for (_, victim) in &all[..2] {
        stage.engine.docker(&["network", "disconnect", "none", victim]).expect("alone");
        stage.engine.docker(&["network", "connect", "bulk-net", victim]).expect("connected");
    }
    stage.engine.docker(&["network", "disconnect", "none", &all[2].1]).expect("alone");
    let page: IsolatePage =
        show(&ana, &format!("bulk/confirm?n={}&n={}&n={}&measure=disconnect", n[0], n[1], n[2])).await;
    assert_eq!(page.targets.iter().map(|target| target.can.allowed).collect::<Vec<_>>(), [true, true, false]);
    assert!(page.targets[2].can.why_not.contains("no networks"), "{:?}", page.targets[2].can);
    let needed = page.targets[0].needs.approvals;

    let mut careless = form(&page, &n[..2]);
    careless.retain(|(name, _)| name != "accepts_impact");
    let refused = post(&ana, &careless).await;
    assert_eq!(refused.json()["fields"][0]["field"], "accepts_impact", "{}", refused.text());

    let record = record(&ana, &post(&ana, &form(&page, &n)).await).await;
    assert_eq!(told(&record).iter().map(|line| line.1).collect::<Vec<_>>(), [Done, Done, Refused], "{record:?}");
    for row in &record.rows[..2] {
        let id = row.line.request.clone().expect("a request").to_string();
        if needed > 0 {
            assert!(row.line.words.contains("waits for another person"), "{row:?}");
            assert_eq!(approval(&ana, &id).await.request.state, RequestState::AwaitingApproval);
            let path = format!("/approvals/{id}");
            assert_sent_to(&stage.decide(&ben, &id, "approved", &[]).await, &path);
        }
    }
    let over = ended(&ana, record.bulk).await;
    for row in &over.rows[..2] {
        assert_eq!(row.request.as_ref().map(|request| request.state), Some(RequestState::Verified), "{row:?}");
    }
    assert_eq!(stage.proxy.count("POST", "/disconnect"), 2);
    stage.assert_audit_intact();
    // The engine ends without taking its bridges along, and a machine has only so many address ranges.
    for (_, victim) in &all {
        stage.engine.docker(&["rm", "-f", victim]).expect("gone");
    }
    stage.engine.docker(&["network", "rm", "bulk-net"]).expect("gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_several_are_done_and_undone_too() {
    let stage = Stage::on_postgres().await;
    let ana = stage.responder("ana").await;
    let all = numbers(&incidents(&stage, &ana, &["pg-a", "pg-b"]).await);
    let done = triage(&ana, &all, "acknowledge").await;
    assert_eq!((counts(&done), counts(&undo(&ana, &done).await)), ((2, 0, 0), (2, 0, 0)));
    stage.assert_audit_intact();
}
