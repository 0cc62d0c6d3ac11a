//! Helpers and fixtures. All payloads are written for these tests.

use quell_domain::{Timestamp, alarm::Alarm, ids::SourceId};
use quell_intake::{Batch, Delivery, Format, read};
use serde_json::{Value, json};

/// The moment of every delivery here: one minute after the events of [`shell`].
pub const NOW: &str = "2026-03-01T10:01:00Z";

pub fn delivery(format: Format, body: &[u8]) -> Delivery<'_> {
    Delivery {
        format,
        content_type: None,
        content_encoding: None,
        body,
        received_at: Timestamp::parse_rfc3339(NOW).expect("a time"),
        source: SourceId::new("source-1"),
        default_node: Some("default-node".to_owned()),
    }
}

pub fn batch(format: Format, body: impl AsRef<[u8]>) -> Batch {
    let mut next = 0;
    let mut mint = || {
        next += 1;
        format!("id-{next}")
    };
    read(&delivery(format, body.as_ref()), &mut mint).expect("readable")
}

/// The only alarm of a body.
pub fn alarm(format: Format, body: impl AsRef<[u8]>) -> Alarm {
    let mut batch = batch(format, body);
    assert_eq!((batch.alarms.len(), &batch.dead_letters, &batch.health), (1, &vec![], &vec![]));
    batch.alarms.remove(0)
}

pub fn falco(event: &Value) -> Alarm {
    alarm(Format::Falco, event.to_string())
}

/// A shell in a container, as a current Falco reports it.
pub fn shell() -> Value {
    json!({
        "hostname": "node-1",
        "output": "2026-03-01T10:00:00.123456789+0000: Notice A shell was spawned in a container | evt_type=execve user=www-data \
                   process=bash command=bash -i container_id=3f9a2c71d0b4 container_name=web",
        "output_fields": {
            "container.id": "3f9a2c71d0b4", "container.name": "web", "container.image.repository": "shop/web",
            "container.image.tag": "1.4", "evt.time.iso8601": 1_772_359_200_123_456_789_u64, "evt.type": "execve",
            "k8s.ns.name": null, "k8s.pod.name": null, "proc.cmdline": "bash -i", "proc.exepath": "/usr/bin/bash",
            "proc.name": "bash", "proc.pname": "nginx", "proc.aname[2]": "containerd-shim", "proc.tty": 34816,
            "user.loginuid": -1, "user.name": "www-data", "user.uid": 33
        },
        "priority": "Notice", "rule": "Terminal shell in container", "source": "syscall",
        "tags": ["T1059", "container", "", "mitre_execution", "shell"], "time": "2026-03-01T10:00:00.123456789Z"
    })
}

/// A change to an event.
pub fn with(mut event: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut event);
    event
}
