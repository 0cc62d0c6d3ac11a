//! Quell's own JSON.

use quell_domain::alarm::{AlarmClass, ContainerHint, Severity};
use quell_intake::Format;
use serde_json::{Value, json};

use crate::support::{alarm, batch, with};

fn full() -> Value {
    json!({
        "quell": 1, "id": "scan-7", "rule": "Miner found", "occurred_at": "2026-03-01T10:00:00Z", "severity": "High",
        "class": "abnormal_process", "message": "A miner runs", "node": "node-1",
        "container": {"id": "docker://3F9A2C71D0B4", "name": "web", "image": "shop/web:1.4"},
        "process": {"name": "xmrig", "command": "xmrig -o pool", "pid": 77, "ancestors": ["sh", "nginx"]},
        "user": "www-data", "file": "/tmp/xmrig", "connection": "10.0.0.5:4444->10.9.9.9:443", "pod": "web-1",
        "namespace": "shop", "techniques": ["T1496", "nonsense"], "succeeded": true
    })
}

#[test]
fn everything_documented_is_read() {
    let alarm = alarm(Format::Quell, full().to_string());
    assert_eq!((alarm.detector.as_str(), alarm.rule.as_str()), ("quell", "Miner found"));
    assert_eq!((alarm.class, alarm.severity), (AlarmClass::AbnormalProcess, Severity::High));
    assert_eq!(alarm.node_hint.as_deref(), Some("node-1"));
    assert_eq!(
        alarm.container,
        ContainerHint { id: Some("3f9a2c71d0b4".to_owned()), name: Some("web".to_owned()), host: false }
    );
    assert_eq!(alarm.detail.ancestors, ["sh", "nginx"]);
    assert_eq!(alarm.detail.pid.as_deref(), Some("77"));
    assert_eq!(alarm.detail.techniques, ["T1496"]);
    assert_eq!((alarm.detail.succeeded, alarm.detail.low_confidence, alarm.clock_suspect), (Some(true), false, false));
}

#[test]
fn the_least_that_is_taken() {
    let least = alarm(Format::Detect, "{\"quell\":1,\"rule\":\"x\"}");
    assert_eq!((least.class, least.severity), (AlarmClass::Other, Severity::Medium));
    assert_eq!(least.container, ContainerHint::default());
    assert!(least.clock_suspect && least.node_hint.is_none());
    let host = alarm(Format::Quell, "{\"quell\":1,\"rule\":\"x\",\"container\":{\"host\":true}}");
    assert!(host.container.host);
    for (body, reason) in [
        ("{\"rule\":\"x\"}", "The key \"quell\" is missing. It must be 1."),
        ("{\"quell\":2,\"rule\":\"x\"}", "The key \"quell\" names a version that is not known. It must be 1."),
        ("{\"quell\":1}", "The key \"rule\" is missing."),
    ] {
        assert_eq!(batch(Format::Quell, body).dead_letters[0].reason, reason);
    }
}

#[test]
fn the_senders_id_tells_repeats() {
    let key = |event: Value| alarm(Format::Quell, event.to_string()).dedupe_key;
    let changed = |name: &str| with(full(), |e| e[name] = json!("other"));
    assert_eq!(key(full()), key(changed("message")));
    assert_ne!(key(full()), key(changed("id")));
    let unnamed = with(full(), |e| e["id"] = json!(null));
    assert_eq!(key(unnamed.clone()), key(unnamed.clone()));
    assert_ne!(key(unnamed.clone()), key(with(unnamed, |e| e["message"] = json!("other"))));
}

#[test]
fn sensor_health_is_no_alarm() {
    let found = batch(Format::Detect, with(full(), |e| e["health"] = json!(true)).to_string());
    assert_eq!((found.alarms.len(), found.health[0].message.as_str()), (0, "Miner found: A miner runs"));
}
