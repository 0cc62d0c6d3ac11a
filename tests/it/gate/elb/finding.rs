//! From a container's address to the gates in front of it, with everybody who stands behind them.

use quell_core::ports::{GateError, Gates as _};
use quell_domain::{
    gate::{Door, Gate},
    ids::GateKey,
};
use serde_json::json;

use super::{Cloud, EDGE, HTTPS, OFFICE, PROJECT, Seed, brief, keys, patience};

fn door(address: &str, port: Option<u16>) -> Door {
    Door { address: address.parse().expect("an address"), port }
}

impl Cloud {
    async fn locate(&self, doors: &[Door]) -> Vec<Gate> {
        self.gates.locate(&self.balancer, doors).await.expect("located")
    }
}

fn found(gates: &[Gate]) -> Vec<&str> {
    gates.iter().map(|gate| gate.key.as_str()).collect()
}

#[tokio::test]
async fn by_address_and_port_with_all_that_it_hits() {
    let cloud = Cloud::start().await;
    let gates = cloud.locate(&[door("192.168.10.21", Some(30080))]).await;
    assert_eq!(found(&gates), [HTTPS]);
    let gate = &gates[0];
    assert_eq!(
        (gate.name.as_str(), gate.protocol.as_str(), gate.port),
        ("lb-web-prod/listener-https-443", "https", 443)
    );
    assert_eq!(gate.addresses, ["203.0.113.50", "192.168.10.200"]);
    assert_eq!((gate.public, gate.locked.as_deref()), (Some(true), None));
    let mut members: Vec<&str> = gate.members.iter().map(|member| member.address.as_str()).collect();
    members.sort_unstable();
    assert_eq!(members, ["192.168.10.21", "192.168.10.22", "192.168.10.23"], "one of them by a forwarding policy");

    assert!(cloud.locate(&[door("192.168.10.21", Some(30081))]).await.is_empty(), "another service of the node");
    assert!(cloud.locate(&[door("192.168.10.99", None)]).await.is_empty());
    assert!(cloud.locate(&[]).await.is_empty());
}

#[tokio::test]
async fn by_a_forwarding_policy_and_by_several_addresses() {
    let cloud = Cloud::start().await;
    assert_eq!(found(&cloud.locate(&[door("192.168.10.23", Some(30090))]).await), [HTTPS]);
    let doors = [door("172.16.3.18", None), door("192.168.20.11", Some(8080)), door("192.168.10.22", Some(1))];
    let gates = cloud.locate(&doors).await;
    assert_eq!(found(&gates), [OFFICE, EDGE]);
    assert_eq!(gates[0].members_at(&doors).count(), 1);
}

#[tokio::test]
async fn three_hundred_back_ends_over_several_pages() {
    for settings in [json!({}), json!({ "next_marker_always": true, "members_without_pool": true })] {
        let seed = Seed::builtin().with_members(300);
        let cloud = Cloud::with(seed, &keys(), false, patience()).await;
        cloud.control("PATCH", "settings", &settings);
        let gates = cloud.locate(&[door("10.20.1.1", Some(30081))]).await;
        assert_eq!(gates.len(), 1);
        let mut addresses: Vec<&str> = gates[0].members.iter().map(|member| member.address.as_str()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!((addresses.len(), gates[0].members.len()), (300, 300));
        assert_eq!(cloud.count("GET", "/members?"), 2, "two pages, each read once");
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let cloud = Cloud::start().await;
    for key in ["d1ff2ba5-0000-0000-0000-c3a30fbc8f76", "..", "a/b", ""] {
        let error = cloud.gates.read(&cloud.balancer, &GateKey::new(key)).await.expect_err(key);
        assert!(matches!(error, GateError::NotFound), "{key}: {error}");
    }
}

#[tokio::test]
async fn a_load_balancer_that_goes_away_locks_its_gates() {
    let cloud = Cloud::patient(brief()).await;
    let id = "26403ec6-d537-4a31-a63e-294b44831734";
    cloud.control("PATCH", &format!("loadbalancers/{id}"), &json!({ "provisioning_status": "PENDING_DELETE" }));
    let gate = cloud.read(HTTPS).await;
    assert!(gate.locked.is_some_and(|words| words.contains("PENDING_DELETE")));
    let error = cloud.restrict_https().await.expect_err("locked");
    assert!(matches!(&error, GateError::Busy(words) if words.contains("PENDING_DELETE")), "{error}");
    assert_eq!(cloud.changes(), 0);
}

#[tokio::test]
async fn one_back_end_is_taken_out_of_service_and_back() {
    let cloud = Cloud::start().await;
    let gate = cloud.read(HTTPS).await;
    let member = gate.members.iter().find(|member| member.address == "192.168.10.21").expect("a back end");
    let weigh = async |weight: u16| cloud.gates.weigh(&cloud.balancer, &gate.key, member, weight).await;
    let weight = async || {
        let members = cloud.read(HTTPS).await.members;
        members.into_iter().find(|it| it.id == member.id).map(|it| it.weight)
    };
    let former = member.weight;
    assert!(!weigh(0).await.expect("weighed").requests.is_empty());
    assert_eq!(weight().await, Some(0));
    let changes = cloud.changes();
    weigh(0).await.expect("it has");
    assert_eq!(cloud.changes(), changes);
    weigh(former).await.expect("weighed");
    assert_eq!(weight().await, Some(former));
    assert!(matches!(weigh(101).await, Err(GateError::NotOffered(_))));
    let mut stranger = member.clone();
    stranger.address = "192.168.10.99".to_owned();
    let error = cloud.gates.weigh(&cloud.balancer, &gate.key, &stranger, 0).await.expect_err("another back end");
    assert!(matches!(error, GateError::NotFound), "{error}");
    let error = cloud.gates.cut(&cloud.balancer, &gate.key, member).await.expect_err("no connections");
    assert!(matches!(&error, GateError::NotOffered(words) if words.contains("in place of that")), "{error}");
}

#[tokio::test]
async fn a_project_says_what_it_has() {
    let cloud = Cloud::start().await;
    let facts = cloud.gates.facts(&cloud.balancer.access).await.expect("facts");
    assert_eq!(facts.version, "Huawei Cloud ELB, v3: 1 dedicated, 1 shared");
    assert_eq!(
        facts.gates,
        ["lb-edge-shared/listener-tcp-80", "lb-web-prod/listener-https-443", "lb-web-prod/listener-tcp-8443"]
    );
    assert_eq!(facts.warnings.len(), 1, "{:?}", facts.warnings);
    assert_eq!(cloud.changes(), 0);
}

#[tokio::test]
async fn another_address_or_project_is_named() {
    let mut cloud = Cloud::start().await;
    let quell_domain::gate::BalancerAccess::Elb { project, .. } = &mut cloud.balancer.access else { panic!("ELB") };
    *project = PROJECT.replace('0', "f");
    let error = cloud.gates.facts(&cloud.balancer.access).await.expect_err("another project");
    assert!(matches!(error, GateError::Refused { .. } | GateError::Barred { .. }), "{error}");
    let mut access = cloud.balancer.access.clone();
    let quell_domain::gate::BalancerAccess::Elb { elb_base, .. } = &mut access else { panic!("ELB") };
    *elb_base = "http://127.0.0.1:port".to_owned();
    let error = cloud.gates.facts(&access).await.expect_err("no address");
    assert!(matches!(error, GateError::Barred { field: "elb_base", .. }), "{error}");
}
