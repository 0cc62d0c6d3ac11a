//! A list that lets in more people is a release by another name.

use quell_domain::{action::RequestState, alarm::Severity};
use reqwest::StatusCode;
use serde_json::json;

use super::stage::{Front, OUTSIDE, page, waiting};
use crate::flow::stage::{NODE, assert_ended, incident};

/// By the first policy nobody is asked to restrict at critical, and one always is to restore.
#[tokio::test(flavor = "multi_thread")]
async fn a_wider_list_takes_another_person_where_a_narrower_one_takes_none() {
    let mut front = Front::set("gate-wider").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-wider", &ana).await;
    let own = front.stage.portal.add_source("own", "quell", None);
    let loud = json!({
        "quell": 1, "rule": "loud", "severity": "critical", "node": NODE, "container": { "id": front.victim },
    });
    let answer = front.stage.portal.client().post_bytes(&own, "application/json", loud.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let critical =
        |page: &quell_domain::view::IncidentPage| (page.incident.severity == Severity::Critical).then_some(());
    front.stage.until(&ana, "the critical alarm", critical).await;

    let asked = front.ask_for(&ana, "restrict_gate", &[]).await;
    assert_eq!(asked.location(), Some("/incidents/1/gates"), "nobody is asked: {}", asked.text());
    let request = incident(&ana).await.requests[0].request.id.to_string();
    assert_ended(&front.stage.end_of(&ana, &request).await, RequestState::Verified);
    let closed = front.map();

    let wider = front.ask_for(&ana, "restrict_gate", &[("allow", "127.0.0.2 127.0.0.3")]).await;
    let wider = waiting(&wider);
    assert_eq!((front.map(), page(OUTSIDE, front.shop).await), (closed, None), "it waits");
    front.stage.decide(&ben, &wider, "approved", &[]).await;
    assert_ended(&front.stage.end_of(&ana, &wider).await, RequestState::Verified);

    let narrower = front.ask_for(&ana, "restrict_gate", &[("allow", "127.0.0.2")]).await;
    assert_eq!(narrower.location(), Some("/incidents/1/gates"), "{}", narrower.text());
}
