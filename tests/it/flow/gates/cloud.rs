//! The same on the simulated cloud: a pool of 300 back ends over several pages, requests' ids in the trail, credentials
//! nowhere.

use std::{fs, os::unix::fs::PermissionsExt as _, time::SystemTime};

use elb_sim::{Seed, Simulator};
use quell_domain::{action::RequestState, gate::HoldState, incident::IncidentState};
use quell_tests::Client;
use reqwest::StatusCode;
use serde_json::Value;

use super::stage::{ask_about, confirm, gate, gates, waiting};
use crate::flow::stage::{Stage, assert_ended, incident, reverse_shell};

const PROJECT: &str = "0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d";
pub(crate) const MANY: &str = "00000000-0000-4000-8002-000000000000";
const HTTPS: &str = "d1ff2ba5-da7b-46c8-a7b0-c3a30fbc8f76";
const ACCESS: &str = "HPQ7EXAMPLEACCESSKEY";
const SECRET: &str = "wJ3b/exampleSecretKey+0123456789abcdefghij";
const NET: &str = "gate-cloud";

/// A portal with a victim behind a listener of the simulated cloud.
pub(crate) struct Cloud {
    pub(crate) stage: Stage,
    sim: Simulator,
    _folder: tempfile::TempDir,
    victim: String,
    /// What the portal calls the load balancer.
    pub(crate) balancer: String,
}

impl Cloud {
    /// The victim gets one of the addresses of the listener's 300 back ends.
    pub(crate) async fn on(stage: Stage, name: &str, address: &str) -> Self {
        let sim = Simulator::start(Seed::builtin().with_members(300)).await.expect("a simulator");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("elb.toml");
        fs::write(&file, format!("access_key = '{ACCESS}'\nsecret_key = '{SECRET}'\n")).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
        let (base, credentials) = (sim.url(), file.to_str().expect("a path"));
        let way = ["--kind", "elb", "--elb-base", &base, "--project", PROJECT, "--credentials", credentials];
        stage.portal.quell(&[["balancer", "add", "cloud"].as_slice(), &way].concat());
        let victim = stage.engine.victim(name, quell_tests::engine::IDLE);
        stage.engine.docker(&["network", "disconnect", "none", &victim]).expect("alone");
        // Whoever comes first makes it, for all tests of this process.
        let _ = stage.engine.docker(&["network", "create", "--internal", "--subnet", "10.20.0.0/16", NET]);
        stage.engine.docker(&["network", "connect", "--ip", address, NET, &victim]).expect("connected");
        Self { stage, sim, _folder: folder, victim, balancer: String::new() }
    }

    pub(crate) async fn incident(&mut self, name: &str, who: &Client) {
        let answer = self.stage.post(reverse_shell(&self.victim, name, SystemTime::now())).await;
        assert_eq!(answer.status, StatusCode::OK);
        self.stage.until(who, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
        self.balancer = gate(who, 1).await.balancer.to_string();
    }

    /// Does the listener let only chosen addresses in?
    pub(crate) fn is_restricted(&self) -> bool {
        let listeners = self.state()["elb"]["listeners"].as_array().expect("listeners").clone();
        let listener = listeners.iter().find(|it| it["id"] == MANY).expect("the listener");
        listener["ipgroup"]["enable_ipgroup"] == true
    }

    fn state(&self) -> Value {
        self.sim.control("GET", "state", &Value::Null).expect("told")
    }

    /// Calls that changed, or tried to change, something.
    pub(crate) fn changes(&self) -> usize {
        let calls = self.sim.control("GET", "calls", &Value::Null).expect("told");
        let calls = calls["calls"].as_array().expect("calls").clone();
        let elb = |call: &&Value| call["path"].as_str().is_some_and(|path| path.contains("/elb/"));
        calls.iter().filter(elb).filter(|call| call["method"] != "GET").count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_of_three_hundred_back_ends_is_restricted_and_restored() {
    let mut cloud = Cloud::on(Stage::with(super::stage::builder()).await, "gate-cloud", "10.20.1.7").await;
    let ana = cloud.stage.trusted("ana").await;
    cloud.incident("gate-cloud", &ana).await;
    let ben = cloud.stage.approver("ben").await;
    let found = gates(&ana, 1).await;
    assert_eq!((found.silent.len(), found.gates.len()), (0, 1), "{:?}", found.silent);
    let row = &found.gates[0];
    assert_eq!((row.key.as_str(), row.back_ends.len()), (MANY, 300));
    assert_eq!(row.back_ends.iter().filter(|it| it.own).count(), 1);
    let other = confirm(&ana, (1, cloud.balancer.as_str(), HTTPS), "restrict_gate").await;
    assert!(other.gate.is_none() && other.back_ends.is_empty(), "it does not lead to the container: {other:?}");
    assert!(other.trouble.expect("why").contains("leads to the container"));
    let at = (1, cloud.balancer.as_str(), MANY);

    let asked = ask_about(&ana, at, "restrict_gate", &[("allow", "203.0.113.7, 2001:db8::/48"), ("cut", "yes")]).await;
    let request = waiting(&asked);
    cloud.stage.decide(&ben, &request, "approved", &[]).await;
    let request = cloud.stage.end_of(&ana, &request).await;
    assert_ended(&request, RequestState::Verified);
    assert!(request.detail.contains("were not ended"), "ELB cannot: {}", request.detail);
    let hold = gate(&ana, 1).await.holds[0].hold.clone();
    assert_eq!((hold.state, hold.cut), (HoldState::Held, Some(false)));
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Containing);
    let trail = cloud.stage.ledger().await.trail().await;
    let concluded = trail.iter().find(|entry| entry["code"] == "action.concluded").expect("concluded");
    assert!(concluded["facts"]["requests"].as_array().is_some_and(|ids| ids.len() >= 2), "{concluded}");

    let back = waiting(&ask_about(&ana, at, "restore_gate", &[]).await);
    cloud.stage.decide(&ben, &back, "approved", &[]).await;
    assert_ended(&cloud.stage.end_of(&ana, &back).await, RequestState::Verified);
    assert!(!cloud.is_restricted());

    // Credentials are in no row, no line and no page.
    let everything = format!(
        "{}{}{}{}",
        cloud.stage.portal.log(),
        serde_json::to_string(&cloud.stage.ledger().await.trail().await).expect("json"),
        ana.read("/incidents/1").await,
        serde_json::to_string(&gates(&ana, 1).await).expect("json"),
    );
    assert!(!everything.contains(SECRET) && !everything.contains(ACCESS));
    let admin = cloud.stage.portal.person("adi", &["admin"]).await;
    let listed = serde_json::to_string(&super::stage::balancers(&admin).await).expect("json");
    assert!(!listed.contains(SECRET) && !listed.contains(ACCESS));
    cloud.stage.assert_audit_intact();

    // No answer to the change: unknown, read back, never sent again.
    cloud
        .sim
        .control(
            "POST",
            "faults",
            &serde_json::json!({ "fault": "drop", "method": "PUT", "path": "/v3/*/elb/listeners/*" }),
        )
        .expect("set");
    let before = cloud.changes();
    let asked = waiting(&ask_about(&ana, at, "restrict_gate", &[("allow", "203.0.113.7")]).await);
    cloud.stage.decide(&ben, &asked, "approved", &[]).await;
    let ended = cloud.stage.end_of(&ana, &asked).await;
    assert!(matches!(ended.state, RequestState::Verified | RequestState::Failed), "{:?}", ended.state);
    assert!(cloud.changes() - before <= 2, "the group and the listener, each once");
}
