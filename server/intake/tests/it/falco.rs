//! Falco and Falcosidekick: what is read, and the traps.

use quell_domain::alarm::{AlarmClass, ContainerHint, Severity};
use quell_intake::{Format, Health};
use serde_json::json;

use crate::support::{alarm, batch, falco, shell, with};

#[test]
fn a_shell_is_read_completely() {
    let event = shell();
    let alarm = falco(&event);
    assert_eq!(alarm.raw, event.to_string().as_bytes());
    assert_eq!((alarm.detector.as_str(), alarm.rule.as_str()), ("falco", "Terminal shell in container"));
    assert_eq!((alarm.class, alarm.severity), (AlarmClass::AbnormalProcess, Severity::Low));
    assert_eq!((alarm.severity_reported.as_str(), alarm.severity_reason.as_str()), ("Notice", "as the detector says"));
    assert_eq!(alarm.occurred_at.rfc3339(), "2026-03-01T10:00:00.123456Z");
    assert!(!alarm.clock_suspect);
    assert_eq!(alarm.node_hint.as_deref(), Some("node-1"));
    assert_eq!(
        alarm.container,
        ContainerHint { id: Some("3f9a2c71d0b4".to_owned()), name: Some("web".to_owned()), host: false }
    );
    let detail = alarm.detail;
    assert_eq!(detail.message, "A shell was spawned in a container");
    assert_eq!(detail.image.as_deref(), Some("shop/web:1.4"));
    assert_eq!((detail.process.as_deref(), detail.command.as_deref()), (Some("bash"), Some("bash -i")));
    assert_eq!(detail.ancestors, ["nginx", "containerd-shim"]);
    assert_eq!((detail.user.as_deref(), detail.pid), (Some("www-data"), None));
    assert_eq!((detail.pod, detail.namespace), (None, None));
    assert_eq!(detail.techniques, ["T1059"]);
    assert_eq!((detail.succeeded, detail.low_confidence), (None, false));
}

#[test]
fn the_node_of_the_source_is_not_said_to_be_the_alarms() {
    let alarm = falco(&with(shell(), |e| e["hostname"] = json!(null)));
    assert_eq!(alarm.node_hint, None);
}

#[test]
fn severities_follow_the_table_and_the_floors() {
    let rated = |rule: &str, priority: &str| {
        let alarm = falco(&with(shell(), |e| {
            e["rule"] = json!(rule);
            e["priority"] = json!(priority);
        }));
        (alarm.severity, alarm.severity_reason)
    };
    for (word, severity) in [
        ("Emergency", Severity::Critical),
        ("ALERT", Severity::Critical),
        ("critical", Severity::Critical),
        ("Error", Severity::High),
        ("WARNING", Severity::Medium),
        ("NOTICE", Severity::Low),
        ("Informational", Severity::Info),
        ("Info", Severity::Info),
        ("Debug", Severity::Info),
        ("", Severity::Medium),
        ("whatever", Severity::Medium),
    ] {
        assert_eq!(rated("Terminal shell in container", word).0, severity, "{word}");
    }
    assert_eq!(
        rated("Debugfs Launched in Privileged Container", "Warning"),
        (Severity::High, "raised from medium to high: container escape".to_owned())
    );
    assert_eq!(
        rated("Redirect STDOUT/STDIN to Network Connection in Container", "Notice"),
        (Severity::High, "raised from low to high: remote shell in a container".to_owned())
    );
    assert_eq!(rated("PTRACE anti-debug attempt", "Notice").0, Severity::Medium);
}

#[test]
fn unknown_rules_fall_back_to_attack_ids_then_to_other() {
    let class = |tags: serde_json::Value| {
        falco(&with(shell(), |e| {
            e["rule"] = json!("Our own rule");
            e["tags"] = tags;
        }))
        .class
    };
    assert_eq!(class(json!(["T1611"])), AlarmClass::Escape);
    assert_eq!(class(json!("T1071.001,custom")), AlarmClass::Network);
    assert_eq!(class(json!(["TA0010"])), AlarmClass::Network);
    assert_eq!(class(json!(["mitre_execution", ""])), AlarmClass::Other);
    assert_eq!(class(json!(null)), AlarmClass::Other);
}

#[test]
fn big_numbers_unknowns_and_failed_attempts_are_understood() {
    let alarm = falco(&with(shell(), |e| {
        let fields = &mut e["output_fields"];
        fields["proc.exe_ino.ctime_duration_proc_start"] = json!(18_446_744_073_670_260_079_u64);
        fields["user.name"] = json!("<NA>");
        fields["user.uid"] = json!(4_294_967_295_u64);
        fields["evt.res"] = json!("EACCES");
        fields["proc.pid"] = json!(4242);
        fields["container.image.tag"] = json!(null);
        fields["container.image.digest"] = json!(["sha256:abc"]);
        fields["fd.name"] = json!("10.0.0.5:4444->10.9.9.9:443");
    }));
    assert_eq!((alarm.detail.user, alarm.detail.succeeded), (None, Some(false)));
    assert_eq!(
        (alarm.detail.pid.as_deref(), alarm.detail.image.as_deref()),
        (Some("4242"), Some("shop/web@sha256:abc"))
    );
    assert_eq!(alarm.detail.connection.as_deref(), Some("10.0.0.5:4444->10.9.9.9:443"));
    let good = falco(&with(shell(), |e| e["output_fields"]["evt.res"] = json!("SUCCESS")));
    assert_eq!(good.detail.succeeded, Some(true));
    assert_eq!(falco(&with(shell(), |e| e["output_fields"]["evt.res"] = json!("<NA>"))).detail.succeeded, None);
}

#[test]
fn a_lost_process_means_low_confidence() {
    let alarm = falco(&with(shell(), |e| {
        for (name, value) in
            [("container.id", json!("host")), ("proc.cmdline", json!("<NA>")), ("user.uid", json!(4_294_967_295_u64))]
        {
            e["output_fields"][name] = value;
        }
        for name in ["container.name", "proc.name", "proc.exepath", "proc.pname", "user.name"] {
            e["output_fields"][name] = json!(null);
        }
    }));
    assert!(alarm.detail.low_confidence && alarm.container.host);
    assert_eq!((alarm.detail.process, alarm.detail.command), (None, None));
}

#[test]
fn fresh_containers_have_only_an_id() {
    let alarm = falco(&with(shell(), |e| {
        for name in ["container.name", "container.image.repository", "container.image.tag"] {
            e["output_fields"][name] = json!(null);
        }
    }));
    assert_eq!(alarm.container.id.as_deref(), Some("3f9a2c71d0b4"));
    assert!(!alarm.detail.low_confidence);
}

#[test]
fn the_full_id_counts_unless_it_contradicts() {
    let full = format!("3f9a2c71d0b4{}", "0".repeat(52));
    let alarm = falco(&with(shell(), |e| e["output_fields"]["container.full_id"] = json!(full)));
    assert_eq!((alarm.container.id, alarm.detail.low_confidence), (Some(full), false));
    let forged = falco(&with(shell(), |e| e["output_fields"]["container.full_id"] = json!("e".repeat(64))));
    assert_eq!((forged.container.id.as_deref(), forged.detail.low_confidence), (Some("3f9a2c71d0b4"), true));
}

#[test]
fn a_container_that_stands_only_in_the_text_is_the_last_one_and_not_trusted() {
    let event = with(shell(), |e| {
        e["output_fields"] = json!({"evt_time": 1_772_359_200_123_456_789_u64});
        e["output"] = json!(
            "10:00:00.1: Critical Executing binary not part of base image | user=root process=sh parent=update \
             command=sh -c echo container_id=eeeeeeeeeeee terminal=0 container_id=3f9a2c71d0b4 \
             container_name=k8s_web_web-1_shop_uid_0 container_image_repository=shop/web container_image_tag=2 \
             k8s_pod_name=web-1 k8s_ns_name=<NA>"
        );
    });
    let alarm = falco(&event);
    assert_eq!(alarm.container.id.as_deref(), Some("3f9a2c71d0b4"));
    assert!(alarm.detail.low_confidence);
    assert_eq!(alarm.detail.message, "Executing binary not part of base image");
    assert_eq!(alarm.detail.image.as_deref(), Some("shop/web:2"));
    assert_eq!((alarm.detail.pod.as_deref(), alarm.detail.namespace), (Some("web-1"), None));
    assert_eq!(alarm.detail.process.as_deref(), Some("sh"));

    // Cut by a forwarder: the true id is gone, the one in the command line must not take its place.
    let cut = falco(&with(event, |e| {
        e["output"] = json!("10:00:00.1: Critical x | command=sh container_id=eeeeeeeeeeee [...]");
    }));
    assert_eq!((cut.container.id, cut.detail.low_confidence), (None, true));
}

#[test]
fn sources_without_containers_name_none() {
    let alarm = falco(&json!({
        "hostname": "node-1", "rule": "Attach/Exec Pod", "priority": "Notice", "source": "k8s_audit", "tags": ["k8s"],
        "time": "2026-03-01T10:00:00Z", "output": "10:00:00.0: Notice Attach to pod (user=container_id=3f9a2c71d0b4)",
        "output_fields": {"ka.target.name": "web-1", "ka.target.namespace": "shop", "ka.target.resource": "pods",
                          "ka.uri.param[command]": "sh", "ka.user.name": "somebody"}
    }));
    assert_eq!(alarm.container, ContainerHint::default());
    assert_eq!((alarm.detail.pod.as_deref(), alarm.detail.namespace.as_deref()), (Some("web-1"), Some("shop")));
    assert_eq!((alarm.detail.user.as_deref(), alarm.detail.command.as_deref()), (Some("somebody"), Some("sh")));
}

#[test]
fn pods_are_read_from_kubernetes_container_names() {
    let alarm =
        falco(&with(shell(), |e| e["output_fields"]["container.name"] = json!("k8s_web_web-7_shop_0193-uid_2")));
    assert_eq!((alarm.detail.pod.as_deref(), alarm.detail.namespace.as_deref()), (Some("web-7"), Some("shop")));
}

#[test]
fn sensors_speaking_about_themselves_are_no_alarms() {
    for (rule, source) in [
        ("Falco internal: syscall event drop", "internal"),
        ("Falco internal: metrics snapshot", ""),
        ("Test rule", "syscalls"),
    ] {
        let event = with(shell(), |e| {
            e["rule"] = json!(rule);
            e["source"] = json!(source);
            e["output"] = json!("815508 system calls dropped");
        });
        let found = batch(Format::Detect, event.to_string());
        assert!(found.alarms.is_empty() && found.dead_letters.is_empty());
        let message = format!("{rule}: 815508 system calls dropped");
        assert_eq!(found.health, [Health { node: Some("node-1".to_owned()), message: message.clone() }]);
        let unnamed = batch(Format::Falco, with(event, |e| e["hostname"] = json!("")).to_string());
        assert_eq!(unnamed.health, [Health { node: Some("default-node".to_owned()), message }]);
    }
}

#[test]
fn times_in_protobuf_form_missing_or_wrong() {
    let protobuf = falco(&with(shell(), |e| {
        e["time"] = json!({"seconds": 1_772_359_200, "nanos": 5_000});
        e["priority"] = json!("NOTICE");
        e["source"] = json!("SYSCALL");
    }));
    assert_eq!(
        (protobuf.occurred_at.rfc3339().as_str(), protobuf.severity),
        ("2026-03-01T10:00:00.000005Z", Severity::Low)
    );
    let old = falco(&with(shell(), |e| e["time"] = json!("2026-02-27T10:00:00Z")));
    let future = falco(&with(shell(), |e| e["time"] = json!("2026-03-01T10:07:00Z")));
    let none = falco(&with(shell(), |e| {
        e["time"] = json!("soon");
        e["output_fields"]["evt.time.iso8601"] = json!(null);
    }));
    assert!(old.clock_suspect && future.clock_suspect && none.clock_suspect);
    assert_eq!(none.occurred_at, none.received_at);
}

#[test]
fn the_same_event_has_one_key_however_it_came() {
    let direct = falco(&shell());
    let forwarded = with(shell(), |e| {
        e["uuid"] = json!("7466e462-ddde-434d-8dee-390ca5656f83");
        e["tags"] = json!(["shell", "T1059", "added"]);
        e["output_fields"]["cluster"] = json!("added");
        e["output_fields"]["evt.time.iso8601"] = json!(1.772_359_200_123_456_8e18);
    });
    let flat = with(forwarded.clone(), |e| {
        let fields = e["output_fields"].as_object().expect("object").clone();
        let renamed = fields.into_iter().map(|(k, v)| (k.replace(['.', '['], "_").replace(']', ""), v));
        e["output_fields"] = renamed.collect::<serde_json::Map<_, _>>().into();
    });
    let sidekick = alarm(Format::Detect, forwarded.to_string());
    assert_eq!(sidekick.detector, "falcosidekick");
    assert_eq!(sidekick.dedupe_key, direct.dedupe_key);
    let flat = falco(&flat);
    assert_eq!(flat.dedupe_key, direct.dedupe_key);
    assert_eq!((flat.container, flat.detail), (direct.container.clone(), sidekick.detail));

    let long = |tail: &str| {
        with(shell(), |e| e["output_fields"]["proc.cmdline"] = json!(format!("{}{tail}", "x".repeat(507))))
    };
    assert_eq!(falco(&long(&"x".repeat(90))).dedupe_key, falco(&long("[...]")).dedupe_key);

    for (name, value) in
        [("proc.cmdline", "bash"), ("evt.arg.flags", "x"), ("fd.name", "/etc/shadow"), ("container.id", "3f9a2c71d0b5")]
    {
        let other = falco(&with(shell(), |e| e["output_fields"][name] = json!(value)));
        assert_ne!(other.dedupe_key, direct.dedupe_key, "{name}");
    }
    for name in ["rule", "hostname", "time"] {
        let other = falco(&with(shell(), |e| e[name] = json!("2026-03-01T10:00:00.123456788Z")));
        assert_ne!(other.dedupe_key, direct.dedupe_key, "{name}");
    }
}
