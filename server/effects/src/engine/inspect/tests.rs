//! Readings of answers that the test engine does not give.

use super::*;

fn answer(extra: &serde_json::Value) -> ContainerInspectResponse {
    let mut answer = serde_json::json!({
        "Id": "a".repeat(64), "Name": "/web", "Image": "sha256:00", "Created": "2026-11-24T10:00:00.1Z", "RestartCount": 2,
        "Path": "sh", "Args": ["-c", "sleep 1"], "Driver": "overlay2", "MountLabel": "", "ProcessLabel": "", "AppArmorProfile": "",
        "State": { "Status": "running", "Pid": 42, "StartedAt": "2026-11-24T10:00:01Z" },
        "Config": { "Image": "shop/web:1" }, "HostConfig": {}, "Mounts": [], "NetworkSettings": { "Networks": { "b": {}, "a": {} } },
    });
    if let (Some(answer), Some(extra)) = (answer.as_object_mut(), extra.as_object()) {
        answer.extend(extra.clone());
    }
    serde_json::from_value(answer).expect("an answer")
}

#[allow(clippy::needless_pass_by_value, reason = "the macro's value is the argument in every call")]
fn read(extra: serde_json::Value) -> Container {
    let id = ContainerId::parse(&"a".repeat(64)).expect("an id");
    container(answer(&extra), (EngineId::new("E"), true), &id, Some(3), Timestamp(7)).expect("a container")
}

#[test]
fn plain_facts_are_taken_as_written() {
    let it = read(serde_json::json!({}));
    assert_eq!(
        (it.facts.name.as_str(), it.facts.image.as_str(), it.facts.image_id.as_str()),
        ("web", "shop/web:1", "sha256:00")
    );
    assert_eq!(
        (it.facts.created.as_str(), it.facts.started_at.as_str()),
        ("2026-11-24T10:00:00.1Z", "2026-11-24T10:00:01Z")
    );
    assert_eq!((it.facts.restart_count, it.pid, it.state, it.processes), (2, 42, RunState::Running, Some(3)));
    assert_eq!((it.command.as_str(), it.restart_policy.as_str()), ("sh -c sleep 1", "no"));
    let names: Vec<&str> = it.attachments.iter().map(|network| network.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(
        !it.auto_remove
            && !it.privileged
            && !it.health_check
            && it.live_restore
            && it.managed_by.is_none()
            && it.shared_namespaces.is_empty()
    );
}

#[test]
fn what_is_shared_and_mounted_is_told() {
    let it = read(serde_json::json!({
        "HostConfig": {
            "NetworkMode": format!("container:{}", "b".repeat(64)), "PidMode": "host", "IpcMode": "shareable",
            "AutoRemove": true, "Privileged": true, "RestartPolicy": { "Name": "unless-stopped" },
        },
        "Mounts": [
            { "Type": "volume", "Name": "v", "Source": "/var/lib/v/_data", "Destination": "/data", "RW": true },
            { "Type": "tmpfs", "Source": "", "Destination": "/run", "RW": true },
            { "Type": "bind", "Source": "/etc", "Destination": "/host", "RW": false },
        ],
    }));
    assert_eq!(
        it.shared_namespaces,
        ["the network namespace of container bbbbbbbbbbbb", "the process namespace of the node"]
    );
    assert_eq!(
        it.facts.mounts,
        ["bind /etc → /host (ro)", "tmpfs → /run (rw)", "volume /var/lib/v/_data → /data (rw)"]
    );
    assert!(it.auto_remove && it.privileged);
    assert_eq!(it.restart_policy, "unless-stopped");
}

#[test]
fn managers_are_known_by_their_labels() {
    for (label, value, manager) in [
        ("io.kubernetes.pod.name", "x", Some("kubernetes")),
        ("com.docker.swarm.task.id", "x", Some("swarm")),
        ("com.docker.compose.project", "x", Some("compose")),
        ("autoheal", "true", Some("autoheal")),
        ("autoheal", "false", None),
        ("io.kubernetesque", "x", None),
    ] {
        let it = read(serde_json::json!({ "Config": { "Labels": { label: value } } }));
        assert_eq!(it.managed_by.as_deref(), manager, "{label}={value}");
    }
}

#[test]
fn a_switched_off_health_check_is_none() {
    for (test, expected) in
        [(serde_json::json!(["NONE"]), false), (serde_json::json!(["CMD", "x"]), true), (serde_json::json!([]), false)]
    {
        let it = read(serde_json::json!({ "Config": { "Healthcheck": { "Test": test } } }));
        assert_eq!(it.health_check, expected);
    }
}

#[test]
fn an_answer_about_another_container_is_refused() {
    let other = ContainerId::parse(&"c".repeat(64)).expect("an id");
    assert!(matches!(mark(&answer(&serde_json::json!({})), &other), Err(EngineError::Garbled(_))));
}
