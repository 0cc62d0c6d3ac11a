//! Bodies made to hurt.

use proptest::prelude::*;
use quell_intake::{Format, read};
use serde_json::json;

use crate::support::{batch, delivery, falco, shell, with};

#[test]
fn hostile_text_is_kept_as_it_came() {
    let hostile = [
        "<script>alert(1)</script>",
        "\u{202e}gpj.exe\u{2066}",
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "'; DROP TABLE alarm; --",
        "$(reboot) `id` ../../etc/passwd",
        "line\nbreak\r\ttab",
        &"A".repeat(64 * 1024),
    ];
    for text in hostile {
        let alarm = falco(&with(shell(), |e| {
            e["hostname"] = json!(text);
            e["rule"] = json!(text);
            for name in [
                "container.name",
                "proc.cmdline",
                "proc.name",
                "user.name",
                "k8s.pod.name",
                "container.image.repository",
            ] {
                e["output_fields"][name] = json!(text);
            }
        }));
        assert_eq!((alarm.rule.as_str(), alarm.node_hint.as_deref()), (text, Some(text)));
        assert_eq!(alarm.container.name.as_deref(), Some(text));
        assert_eq!(alarm.detail.command.as_deref(), Some(text));
        assert_eq!(alarm.detail.pod.as_deref(), Some(text));
        assert_eq!(alarm.detail.image, Some(format!("{text}:1.4")));
    }
    let nul = falco(&with(shell(), |e| e["output_fields"]["proc.cmdline"] = json!("a\0b")));
    assert_eq!(nul.detail.command.as_deref(), Some("a\u{fffd}b"));
    assert!(nul.raw.windows(6).any(|w| w == b"\\u0000"));
}

#[test]
fn bytes_that_are_no_utf8_do_not_hide_an_alarm() {
    let mut bad = shell().to_string().replace("bash -i", "bash BAD").into_bytes();
    let at = bad.windows(3).position(|w| w == b"BAD").expect("marker");
    bad[at..at + 3].copy_from_slice(&[0xff, 0xfe, 0xc0]);
    let found = batch(Format::Falco, &bad);
    assert_eq!((found.alarms.len(), found.dead_letters.len()), (1, 0));
    assert_eq!(found.alarms[0].raw, bad);
}

#[test]
fn a_key_that_comes_twice_counts_the_last_time() {
    let body = shell().to_string().replacen('{', "{\"priority\":\"Critical\",", 1);
    let found = batch(Format::Falco, body);
    assert_eq!(found.alarms[0].severity_reported, "Notice");
}

#[test]
fn what_no_parser_takes_is_a_dead_letter() {
    let deep = format!("{{\"rule\":\"x\",\"output_fields\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let huge = shell().to_string().replace("34816", "1e309");
    for body in
        [deep, objects, huge, "{\"rule\":nan}".to_owned(), "{]".to_owned(), "{\"rule\": \"\\ud800\"}".to_owned()]
    {
        let found = batch(Format::Falco, &body);
        assert_eq!((found.alarms.len(), found.dead_letters.len()), (0, 1), "{}", &body[..40.min(body.len())]);
        assert_eq!(found.dead_letters[0].raw, body.as_bytes());
        assert!(!found.dead_letters[0].reason.is_empty());
    }
}

#[test]
fn wrong_types_everywhere_are_survived() {
    for wrong in [json!(null), json!(1), json!([]), json!({}), json!([[[]]]), json!(true), json!({"a": {"b": 1}})] {
        for key in ["hostname", "output", "output_fields", "priority", "source", "tags", "time", "uuid", "message"] {
            let found = batch(Format::Detect, with(shell(), |e| e[key] = wrong.clone()).to_string());
            assert_eq!(found.alarms.len() + found.health.len(), 1, "{key} {wrong}");
        }
        for name in shell()["output_fields"].as_object().expect("object").keys() {
            let found = batch(Format::Detect, with(shell(), |e| e["output_fields"][name] = wrong.clone()).to_string());
            assert_eq!(found.alarms.len(), 1, "{name} {wrong}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..400)) {
        for format in Format::ALL {
            let _ = read(&delivery(*format, &body), &mut String::new);
        }
    }

    #[test]
    fn any_json_like_text_is_survived_and_no_byte_is_lost(body in "[\\[\\]{}\",:\\\\ \n0-9a-f<>|=()]{0,300}") {
        let found = read(&delivery(Format::Detect, body.as_bytes()), &mut String::new).expect("not compressed");
        for letter in &found.dead_letters {
            prop_assert!(body.as_bytes().windows(letter.raw.len().max(1)).any(|w| w == letter.raw));
        }
    }

    #[test]
    fn a_damaged_event_is_survived(at in 0_usize..1000, byte in any::<u8>(), cut in 0_usize..1400) {
        let mut body = shell().to_string().into_bytes();
        let len = body.len();
        body[at % len] = byte;
        body.truncate(cut.max(1));
        let found = read(&delivery(Format::Detect, &body), &mut String::new);
        if let Ok(found) = found {
            prop_assert!(found.alarms.len() + found.dead_letters.len() + found.health.len() <= 8);
        }
    }
}
