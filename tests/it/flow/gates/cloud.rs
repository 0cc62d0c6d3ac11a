//! The same on the simulated cloud: a pool of 300 back ends over several pages, requests' ids in the trail, credentials
//! nowhere.

use std::{fs, os::unix::fs::PermissionsExt as _, time::SystemTime};

use elb_sim::{Seed, Simulator};
use quell_domain::{action::RequestState, gate::HoldState, incident::IncidentState};
use quell_tests::Client;
use reqwest::StatusCode;
use serde_json::Value;

use super::stage::{ask_about, gate, gates, waiting};
use crate::flow::stage::{Stage, assert_ended, incident, reverse_shell};

const PROJECT: &str = "0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d";
const MANY: &str = "00000000-0000-4000-8002-000000000000";
const ACCESS: &str = "HPQ7EXAMPLEACCESSKEY";
const SECRET: &str = "wJ3b/exampleSecretKey+0123456789abcdefghij";
/// One back end of the second page.
const ADDRESS: &str = "10.20.1.7";
const NET: &str = "gate-cloud";

struct Cloud {
    stage: Stage,
    sim: Simulator,
    _folder: tempfile::TempDir,
}

impl Cloud {
    async fn set(name: &str, who: &mut Option<Client>) -> Self {
        let stage = Stage::with(super::stage::builder()).await;
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
        let _ = stage.engine.docker(&["network", "rm", NET]);
        stage.engine.docker(&["network", "create", "--internal", "--subnet", "10.20.0.0/16", NET]).expect("made");
        stage.engine.docker(&["network", "connect", "--ip", ADDRESS, NET, &victim]).expect("connected");
        let ana = stage.trusted("ana").await;
        assert_eq!(stage.post(reverse_shell(&victim, name, SystemTime::now())).await.status, StatusCode::OK);
        stage.until(&ana, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
        *who = Some(ana);
        Self { stage, sim, _folder: folder }
    }

    fn state(&self) -> Value {
        self.sim.control("GET", "state", &Value::Null).expect("told")
    }

    fn changes(&self) -> usize {
        let calls = self.sim.control("GET", "calls", &Value::Null).expect("told");
        let calls = calls["calls"].as_array().expect("calls").clone();
        let elb = |call: &&Value| call["path"].as_str().is_some_and(|path| path.contains("/elb/"));
        calls.iter().filter(elb).filter(|call| call["method"] != "GET").count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_of_three_hundred_back_ends_is_restricted_and_restored() {
    let mut who = None;
    let cloud = Cloud::set("gate-cloud", &mut who).await;
    let ana = who.expect("ana");
    let ben = cloud.stage.approver("ben").await;
    let found = gates(&ana, 1).await;
    assert_eq!((found.silent.len(), found.gates.len()), (0, 1), "{:?}", found.silent);
    let row = &found.gates[0];
    assert_eq!((row.key.as_str(), row.back_ends.len()), (MANY, 300));
    assert_eq!(row.back_ends.iter().filter(|it| it.own).count(), 1);
    let at = (1, row.balancer.to_string());
    let at = (at.0, at.1.as_str(), MANY);

    let asked = ask_about(&ana, at, "restrict_gate", &[("allow", "203.0.113.7, 2001:db8::/48"), ("cut", "yes")]).await;
    let request = waiting(&asked);
    cloud.stage.decide(&ben, &request, "approved", &[]).await;
    let request = cloud.stage.end_of(&ana, &request).await;
    assert_ended(&request, RequestState::Verified);
    assert!(request.detail.contains("were not ended"), "ELB cannot: {}", request.detail);
    let hold = gate(&ana, 1).await.holds[0].hold.clone();
    assert_eq!((hold.state, hold.cut), (HoldState::Held, Some(false)));
    assert_eq!(incident(&ana).await.incident.state, IncidentState::Contained);
    let trail = cloud.stage.ledger().await.trail().await;
    let concluded = trail.iter().find(|entry| entry["code"] == "action.concluded").expect("concluded");
    assert!(concluded["facts"]["requests"].as_array().is_some_and(|ids| ids.len() >= 2), "{concluded}");

    let back = waiting(&ask_about(&ana, at, "restore_gate", &[]).await);
    cloud.stage.decide(&ben, &back, "approved", &[]).await;
    assert_ended(&cloud.stage.end_of(&ana, &back).await, RequestState::Verified);
    let listeners = cloud.state()["elb"]["listeners"].as_array().expect("listeners").clone();
    let listener = listeners.iter().find(|it| it["id"] == MANY).expect("the listener");
    assert_ne!(listener["ipgroup"]["enable_ipgroup"], true, "{listener}");

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
