//! What happens on a night shift, for pictures: incidents, requests and changes in every state.

use quell_domain::playbook::{DraftBook, Playbooks};
use quell_tests::{Client, engine::IDLE, wait_for};
use serde_json::Value;

use crate::{stage::Stage, tab::LIMIT};

/// Incidents in every state. The first is about to be paused.
pub async fn shift(stage: &Stage, one: &Client, two: &Client) {
    for fixture in ["falco-http-output-full-id.json", "falco-null-fields.json", "falco-lines.ndjson"] {
        stage.alarm(fixture).await;
    }
    let others = [
        ("ci-runner-55d1", "falco-message-on-attempt-failed.json"),
        ("report-gen-0b2e", "falco-http-output-full-id.json"),
        ("web-front-91aa", "falco-output-and-tags-off.json"),
        ("orders-worker-3fe8", "falco-null-fields.json"),
        ("cms-prod-2a4d", "falco-array.json"),
    ];
    wait_for("the first incident", LIMIT, async || one.get("/incidents/1").await.status.is_success().then_some(()))
        .await;
    for (number, (name, fixture)) in (2..).zip(others) {
        let container = stage.engine.victim(name, IDLE);
        stage.alarm_about(fixture, &container, name).await;
        let path = format!("/incidents/{number}");
        wait_for(name, LIMIT, async || one.get(&path).await.status.is_success().then_some(())).await;
    }
    // One whose container is gone before anybody could look.
    let gone = "55d10f3a9b21".repeat(6);
    stage.alarm_about("falco-least-metadata.json", &gone[..64], "batch-etl-c410").await;
    wait_for("the last incident", LIMIT, async || one.get("/incidents/7").await.status.is_success().then_some(()))
        .await;
    for (who, number) in [(one, "1"), (two, "5"), (one, "6")] {
        form(who, "incidents/acknowledge", &[("number", number)]).await;
        form(who, "incidents/assign", &[("number", number)]).await;
    }
    for number in ["1", "6"] {
        let reason = "A shell talks to an address that nobody knows.";
        form(one, "incidents/verdict", &[("number", number), ("verdict", "confirmed"), ("reason", reason)]).await;
    }
    form(one, "incidents/note", &[("number", "1"), ("text", "The shop team does not know this process.")]).await;
    form(one, "evidence/collect", &[("number", "1"), ("kind", "")]).await;
    wait_for("the evidence", LIMIT, async || one.read("/incidents/1").await.contains("7 sealed").then_some(())).await;

    ask_for(stage, one, "6", "pause", "").await;
    wait_for("the pause", LIMIT, async || one.read("/incidents/6").await.contains("Verified").then_some(())).await;
}

/// What the README has no room for: one that is closed, one that is merged, work on several, a request that waits for
/// another person, and new playbooks that wait for another admin. Gives the pages of the last three.
pub async fn goes_on(stage: &Stage) -> (String, String, String) {
    let proven = stage.portal.proven("r9", &["analyst", "responder"]).await;
    let gone = "c410d10f3a9b".repeat(6);
    stage.alarm_about("falco-least-metadata.json", &gone[..64], "batch-etl-c411").await;
    let path = "/incidents/8";
    wait_for("one more", LIMIT, async || proven.get(path).await.status.is_success().then_some(())).await;
    form(&proven, "life/merge", &[("number", "8"), ("into", "7"), ("reason", "The same job, started again.")]).await;
    let reason = "A drill of the shop team, announced for tonight.";
    form(&proven, "life/close", &[("number", "4"), ("closing", "benign"), ("reason", reason)]).await;
    // One is closed and one is acknowledged already.
    let ticks = [("n", "1"), ("n", "2"), ("n", "3"), ("n", "4"), ("press", "acknowledge")];
    let done = form(&proven, "bulk/triage", &ticks).await;
    let done = format!("/incidents/bulk/{}", done["path"].as_str().unwrap().rsplit('=').next().unwrap());
    let waits = ask_for(stage, &proven, "6", "unpause", "The shop team has mended it.").await["path"]
        .as_str()
        .unwrap()
        .to_owned();

    let admin = stage.portal.proven("adm", &["admin"]).await;
    let mut book = DraftBook::all(&Playbooks::builtin()).remove(0);
    save(&admin, &book, &[("press", "add_book"), ("add", "escape")]).await;
    book.class = "escape".to_owned();
    book.steps.remove(4);
    book.targets[0].contain = "10".to_owned();
    let change = save(&admin, &book, &[("press", "propose")]).await["path"].as_str().unwrap().to_owned();
    (done, waits, change)
}

/// Sends a playbook of a draft, as its form does.
async fn save(who: &Client, book: &DraftBook, more: &[(&str, &str)]) -> Value {
    let mut fields = vec![("class".to_owned(), book.class.clone())];
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let rows = serde_json::json!({ "steps": book.steps, "targets": book.targets });
    for table in ["steps", "targets"] {
        for (at, row) in rows[table].as_array().unwrap().iter().enumerate() {
            for (field, value) in row.as_object().unwrap() {
                fields.push((format!("{table}[{at}][{field}]"), value.as_str().unwrap().to_owned()));
            }
        }
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form(who, "playbook_drafts/save", &fields).await
}

/// Asks for an action as the confirm page shows it; gives where that leads.
async fn ask_for(stage: &Stage, who: &Client, number: &str, action: &str, detail: &str) -> Value {
    let confirm = stage.ask(who, &format!("/api/v1/actions/confirm?number={number}&action={action}")).await;
    let fields = [
        ("number", number),
        ("action", action),
        ("preset", "shell"),
        ("detail", detail),
        ("accepts_impact", "yes"),
        ("fingerprint", confirm["fingerprint"].as_str().unwrap()),
    ];
    form(who, "actions/request", &fields).await
}

async fn form(who: &Client, endpoint: &str, fields: &[(&str, &str)]) -> Value {
    let answer = who.post_json_answer(&format!("/api/v1/{endpoint}"), fields).await;
    assert!(answer.status.is_success(), "{endpoint}: {}", answer.text());
    answer.json()
}
