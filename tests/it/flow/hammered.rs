//! What is asked for again and again, at once and with other facts each time: an approval runs once, and only what it
//! was of.

use std::sync::Arc;

use futures::future::join_all;
use quell_domain::action::RequestState;
use quell_tests::{Behaviour, Client, Portal, engine::IDLE, proxy::Edits, wait_for};
use reqwest::StatusCode;

use super::stage::{PATIENCE, Stage, approval, assert_ended};

/// One approval, a hundred jobs to execute it, and the workers of four portals.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_executions_of_one_approval_are_one_call() {
    let point = "action.before_consume";
    let builder = Portal::builder().env("QUELL_FAILPOINT", point);
    let mut stage = Stage::on_postgres_with(builder).await;
    let (ana, ben) = (stage.trusted("ana").await, stage.approver("ben").await);
    let victim = stage.incident_about("hundred-executions", IDLE, &ana).await;
    let request = stage.waiting(&ana, "kill").await;
    stage.decide(&ben, &request, "approved", &[("waives_evidence", "yes")]).await;
    stage.at_failpoint(point).await;
    stage.portal.kill_9();
    let ledger = stage.ledger().await;
    // Nobody begins before all can.
    assert_eq!(ledger.tamper("UPDATE job SET state = 'done' WHERE kind = 'execute_action'").await, 1);
    stage.crash_and_return().await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(Portal::builder().database(stage.database()).start().await);
    }
    let many = "INSERT INTO job (id, kind, subject, incident_id, due_at, state, epoch, lease_owner, lease_until) \
                SELECT 'again-' || n, kind, subject, incident_id, 0, 'ready', 0, NULL, NULL \
                FROM job, generate_series(1, 100) AS n WHERE kind = 'execute_action'";
    assert_eq!(ledger.tamper(many).await, 100);

    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    wait_for("the end of every job", PATIENCE, async || {
        let left = "SELECT COUNT(*) FROM job WHERE kind = 'execute_action' AND state = 'ready'";
        (ledger.count(left).await == 0).then_some(())
    })
    .await;
    assert_eq!((stage.proxy.count("POST", "/kill"), stage.engine.state(&victim).as_str()), (1, "exited"));
    assert_eq!(ledger.count("SELECT COUNT(*) FROM execution").await, 1);
    ledger.assert_every_attempt_is_concluded().await;
    stage.assert_audit_intact();
}

/// Edits that are made and tried, in all.
const EDITS: usize = 10_000;
/// Decisions under way at the same time.
const AT_ONCE: usize = 20;
/// Of this many decisions, one comes before the edit and is taken: then the run comes after it.
const TAKEN: usize = 500;

/// A container that is another at every look: between the page and the click, or between the approval and the run.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_edits_never_run_what_nobody_approved() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("edited", IDLE, &ana).await;
    stage.pause(&ana).await;
    assert_ended(&stage.ended_request(&ana).await, RequestState::Verified);
    let edits = Arc::new(Edits::default());
    stage.proxy.on("GET", &format!("/containers/{victim}/json"), Behaviour::Edit(Arc::clone(&edits)));
    let (mut tried, mut void) = (0, 0);
    while tried < EDITS {
        // Proofs are good for five minutes, and this may take longer.
        let ana = stage.trusted(&format!("ana-{void}")).await;
        let ben = stage.approver(&format!("ben-{void}")).await;
        edits.hold(usize::MAX);
        let request = stage.waiting(&ana, "unpause").await;
        let shown = approval(&ben, &request).await.fingerprint.expect("a container").to_string();
        edits.hold(0);
        for _ in 0..TAKEN / AT_ONCE {
            for answer in join_all((0..AT_ONCE).map(|_| approve(&ben, &request, &shown))).await {
                assert_eq!(
                    answer,
                    StatusCode::CONFLICT,
                    "edited between the page and the click: {}",
                    stage.portal.log()
                );
            }
            tried += AT_ONCE;
        }
        assert_eq!(approval(&ben, &request).await.request.state, RequestState::AwaitingApproval);
        // The page and the click see the same; the worker, or whoever looks before it, sees an edited container.
        wait_for("a decision that nobody looked in between", PATIENCE, async || {
            edits.hold(usize::MAX);
            let shown = approval(&ben, &request).await.fingerprint.expect("a container").to_string();
            edits.hold(1);
            (approve(&ben, &request, &shown).await == StatusCode::OK).then_some(())
        })
        .await;
        assert_ended(&stage.end_of(&ana, &request).await, RequestState::Void);
        void += 1;
    }
    assert!(edits.made() > EDITS, "{} edits", edits.made());
    assert_eq!((stage.proxy.count("POST", "/unpause"), stage.engine.state(&victim).as_str()), (0, "paused"));
    let ledger = stage.ledger().await;
    assert_eq!(ledger.count("SELECT COUNT(*) FROM action_request WHERE state = 'void'").await, void);
    assert_eq!(ledger.count("SELECT COUNT(*) FROM execution").await, 1, "the pause");

    // Left alone, the same click runs.
    let (ana, ben) = (stage.trusted("ana-last").await, stage.approver("ben-last").await);
    edits.hold(usize::MAX);
    let request = stage.waiting(&ana, "unpause").await;
    let shown = approval(&ben, &request).await.fingerprint.expect("a container").to_string();
    assert_eq!(approve(&ben, &request, &shown).await, StatusCode::OK);
    assert_ended(&stage.end_of(&ana, &request).await, RequestState::Verified);
    assert_eq!((stage.proxy.count("POST", "/unpause"), stage.engine.state(&victim).as_str()), (1, "running"));
    stage.assert_audit_intact();
}

/// Approves what a page showed, with the change ticked.
async fn approve(who: &Client, request: &str, shown: &str) -> StatusCode {
    let form = [
        ("request", request),
        ("decision", "approved"),
        ("reason", "looked at it"),
        ("fingerprint", shown),
        ("seen_restarts", "yes"),
    ];
    who.post_json_answer("/api/v1/approvals/decide", &form).await.status
}
