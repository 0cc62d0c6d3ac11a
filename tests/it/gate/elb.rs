//! Huawei Cloud's ELB, against the simulator of its interface, which is written from the same reference and shares no code.

mod classic;
mod finding;
mod round_trip;
mod trouble;
mod who;

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc, time::Duration};

use elb_sim::{Seed, Simulator};
use quell_core::ports::{Done, GateError, Gates as _};
use quell_domain::{
    Timestamp,
    gate::{AllowList, Balancer, BalancerAccess, Gate, Rules},
    ids::{BalancerId, GateKey},
};
use quell_effects::{Balancers, Patience, SystemClock};
use serde_json::{Value, json};

const PROJECT: &str = "0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d";
/// On a dedicated load balancer: nothing attached; two back ends, and a third by a forwarding policy.
const HTTPS: &str = "d1ff2ba5-da7b-46c8-a7b0-c3a30fbc8f76";
/// The same, with the group of the office in force.
const OFFICE: &str = "1523cb54-c0a7-4dce-a385-28ca2f1841bb";
const OFFICE_GROUP: &str = "190001ea-82f4-43b2-a778-01ee8e0aebab";
/// On a shared load balancer: nothing attached.
const EDGE: &str = "767d18a8-1b86-43fb-ad57-a33722f903f3";

const SECRET: &str = "wJ3b/exampleSecretKey+0123456789abcdefghij";
const PASSWORD: &str = "example-portal-password";

fn keys() -> String {
    format!("access_key = 'HPQ7EXAMPLEACCESSKEY'\nsecret_key = '{SECRET}'\n")
}

fn login() -> String {
    format!("user = 'soc-portal'\npassword = '{PASSWORD}'\ndomain = 'acme-account'\n")
}

/// Longer than any answer takes here; tests of silence shorten it.
fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(2),
        read: Duration::from_secs(10),
        change: Duration::from_secs(10),
        settle: Duration::from_millis(500),
        whole: Duration::from_secs(20),
        first: Duration::from_millis(10),
    }
}

/// For what is refused for as long as it is tried.
fn brief() -> Patience {
    Patience { whole: Duration::from_millis(500), ..patience() }
}

/// A simulator, and one way to it.
struct Cloud {
    sim: Simulator,
    folder: tempfile::TempDir,
    gates: Balancers,
    balancer: Balancer,
}

impl Cloud {
    /// With keys, and the access control of the third generation.
    async fn start() -> Self {
        Self::with(Seed::builtin(), &keys(), false, patience()).await
    }

    async fn patient(patience: Patience) -> Self {
        Self::with(Seed::builtin(), &keys(), false, patience).await
    }

    async fn with(seed: Seed, credentials: &str, classic: bool, patience: Patience) -> Self {
        let sim = Simulator::start(seed).await.expect("a simulator");
        let folder = tempfile::tempdir().expect("a folder");
        let access = BalancerAccess::Elb {
            elb_base: sim.url(),
            iam_base: Some(sim.url()),
            project: PROJECT.to_owned(),
            credentials: folder.path().join("elb.toml").to_str().expect("a path").to_owned(),
            classic,
            ca: None,
        };
        let balancer = Balancer {
            id: BalancerId::new("b1"),
            name: "cloud".to_owned(),
            access,
            facts: None,
            created_at: Timestamp(0),
            trouble: None,
            removed_at: None,
        };
        let cloud =
            Self { sim, folder, gates: Balancers::new(Arc::new(SystemClock)).with_patience(patience), balancer };
        cloud.credentials(credentials);
        cloud
    }

    /// Writes the file anew.
    fn credentials(&self, text: &str) {
        let file = self.folder.path().join("elb.toml");
        fs::write(&file, text).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("set");
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> Value {
        self.sim.control(method, path, body).unwrap_or_else(|why| panic!("{method} {path}: {why}"))
    }

    fn fault(&self, rule: &Value) {
        self.control("POST", "faults", rule);
    }

    fn calls(&self) -> Vec<Value> {
        self.control("GET", "calls", &Value::Null)["calls"].as_array().expect("calls").clone()
    }

    /// How many calls with this method had a path that ends so.
    fn count(&self, method: &str, part: &str) -> usize {
        let fits =
            |call: &&Value| call["method"] == method && call["path"].as_str().is_some_and(|it| it.contains(part));
        self.calls().iter().filter(fits).count()
    }

    /// Calls that change something at the load balancer.
    fn changes(&self) -> usize {
        let elb = |call: &&Value| call["path"].as_str().is_some_and(|path| path.contains("/elb/"));
        self.calls().iter().filter(elb).filter(|call| call["method"] != "GET").count()
    }

    fn groups(&self) -> Vec<Value> {
        self.control("GET", "state", &Value::Null)["elb"]["ipgroups"].as_array().expect("groups").clone()
    }

    /// How many groups Quell made.
    fn own_groups(&self) -> usize {
        self.groups().iter().filter(|group| group["name"].as_str().is_some_and(|it| it.starts_with("quell-"))).count()
    }

    /// A token that was given for the password of the portal's user.
    async fn token(&self) -> String {
        let user = json!({ "name": "soc-portal", "password": PASSWORD, "domain": { "name": "acme-account" } });
        let body = json!({ "auth": {
            "identity": { "methods": ["password"], "password": { "user": user } },
            "scope": { "project": { "id": PROJECT } },
        } });
        let answer = reqwest::Client::new().post(format!("{}/v3/auth/tokens", self.sim.url())).json(&body).send();
        let answer = answer.await.expect("an answer");
        answer.headers()["X-Subject-Token"].to_str().expect("text").to_owned()
    }

    /// What somebody else does by the vendor's interface.
    async fn by_another_hand(&self, path: &str, body: Value) -> Value {
        let request = reqwest::Client::new().post(format!("{}{path}", self.sim.url()));
        let answer = request.header("X-Auth-Token", self.token().await).json(&body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("json")
    }

    async fn new_group(&self, name: &str, address: &str) -> String {
        let body = json!({ "ipgroup": { "name": name, "ip_list": [{ "ip": address }] } });
        let made = self.by_another_hand(&format!("/v3/{PROJECT}/elb/ipgroups"), body).await;
        made["ipgroup"]["id"].as_str().expect("an id").to_owned()
    }

    async fn read(&self, key: &str) -> Gate {
        self.gates.read(&self.balancer, &GateKey::new(key)).await.expect("read")
    }

    async fn rules(&self, key: &str) -> Rules {
        self.read(key).await.rules
    }

    async fn restrict(&self, key: &str, allow: &str, expected: &Rules) -> Result<Done, GateError> {
        self.gates.restrict(&self.balancer, &GateKey::new(key), &list(allow), expected).await
    }

    async fn restore(&self, key: &str, former: &Rules, expected: &Rules) -> Result<Done, GateError> {
        self.gates.restore(&self.balancer, &GateKey::new(key), former, expected).await
    }

    /// Restricts what nobody touched so far.
    async fn restrict_https(&self) -> Result<Done, GateError> {
        self.restrict(HTTPS, SOC, &Rules::open()).await
    }
}

/// Where the people sit who may still connect.
const SOC: &str = "203.0.113.7 198.51.100.0/24 2001:db8::/48";

fn list(text: &str) -> AllowList {
    AllowList::parse(text).expect("a list")
}
