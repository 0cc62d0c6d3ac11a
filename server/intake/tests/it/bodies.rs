//! Shapes of a body.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use quell_domain::Code;
use quell_intake::{Format, MAX_BODY, MAX_INFLATED, read};
use serde_json::json;

use crate::support::{alarm, batch, delivery, shell, with};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("in memory");
    encoder.finish().expect("in memory")
}

fn three() -> [String; 3] {
    [0, 1, 2].map(|n| with(shell(), |e| e["output_fields"]["proc.pid"] = json!(n)).to_string())
}

#[test]
fn one_body_may_hold_many_alarms_with_their_exact_bytes() {
    let [a, b, c] = three();
    for body in [
        format!("[{a}, {b},\n{c}]"),
        format!("{a}\n{b}\r\n\n{c}\n"),
        format!("{a}{b}{c}"),
        format!(
            "Events detected: 1\n{a}\nRule counts by severity:\n   NOTICE: 1\n{b}\n2026-03-01T10:00:00+0000: Loading rules from:\n{c}"
        ),
    ] {
        let found = batch(Format::Falco, &body);
        assert_eq!(found.dead_letters, []);
        let raw: Vec<&[u8]> = found.alarms.iter().map(|alarm| alarm.raw.as_slice()).collect();
        assert_eq!(raw, [a.as_bytes(), b.as_bytes(), c.as_bytes()]);
        assert_eq!(found.alarms.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["id-1", "id-2", "id-3"]);
    }
}

#[test]
fn a_bad_item_is_a_dead_letter_between_its_neighbours() {
    let [a, b, _] = three();
    let found = batch(Format::Falco, format!("[{a},{{\"no\":\"rule\"}},5,{b}]"));
    assert_eq!((found.alarms.len(), found.dead_letters.len()), (2, 2));
    assert_eq!(found.dead_letters[0].raw, b"{\"no\":\"rule\"}");
    assert_eq!(found.dead_letters[0].reason, "The event names no rule.");
    assert_eq!(found.dead_letters[1].raw, b"5");
    let found = batch(Format::Detect, format!("hello\n{a}\n{{\"a\":1}}"));
    assert_eq!((found.alarms.len(), found.dead_letters.len()), (1, 2));
    assert_eq!(found.dead_letters[1].reason, "This is JSON, but neither Falco's, Falcosidekick's nor Quell's.");
}

#[test]
fn gzip_is_inflated_said_or_not_and_within_limits() {
    let [a, b, _] = three();
    let body = gzip(format!("{a}\n{b}").as_bytes());
    for encoding in [None, Some("gzip"), Some("GZIP"), Some("x-gzip")] {
        let mut delivery = delivery(Format::Falco, &body);
        delivery.content_encoding = encoding;
        assert_eq!(read(&delivery, &mut String::new).expect("gzip").alarms.len(), 2);
    }
    let code = |body: &[u8]| read(&delivery(Format::Falco, body), &mut String::new).expect_err("refused").code;
    assert_eq!(code(&vec![b' '; MAX_BODY + 1]), Code::TooLarge);
    assert_eq!(code(&gzip(&vec![b' '; MAX_INFLATED + 1])), Code::TooLarge);
    assert!(read(&delivery(Format::Falco, &gzip(&vec![b' '; MAX_INFLATED])), &mut String::new).is_ok());
    assert!(read(&delivery(Format::Falco, &vec![b' '; MAX_BODY]), &mut String::new).is_ok());
}

#[test]
fn a_body_that_cannot_be_inflated_is_one_dead_letter() {
    let [a, ..] = three();
    let whole = gzip(a.as_bytes());
    let cut = &whole[..whole.len() - 9];
    for (encoding, body, reason) in [
        (Some("gzip"), a.as_bytes(), "not whole gzip"),
        (Some("gzip"), cut, "not whole gzip"),
        (None, cut, "not whole gzip"),
        (Some("br"), a.as_bytes(), "Content-Encoding"),
    ] {
        let mut delivery = delivery(Format::Falco, body);
        delivery.content_encoding = encoding;
        let found = read(&delivery, &mut || "id".to_owned()).expect("kept");
        assert_eq!((found.alarms.len(), found.dead_letters.len()), (0, 1));
        assert_eq!(found.dead_letters[0].raw, body, "as it came");
        assert!(found.dead_letters[0].reason.contains(reason), "{}", found.dead_letters[0].reason);
    }
}

#[test]
fn shippers_wrappings_are_taken_off() {
    let event = shell();
    let plain = alarm(Format::Falco, event.to_string());
    let line = event.to_string();
    for body in [
        json!({"date": 1.5, "log": line}).to_string(),
        json!({"date": 1.5, "log": format!("2026-03-01T10:00:00.5Z stdout F {line}\n")}).to_string(),
        json!({"MESSAGE": format!("Mar  1 10:00:00 node-1 falco[7]: {line}")}).to_string(),
        json!({"message": {"log": line}}).to_string(),
        json!({"specversion": "1.0", "id": "x", "type": "falco.rule.output.v1", "data": event}).to_string(),
        json!({"specversion": "1.0", "data": line}).to_string(),
        format!("2026-03-01T10:00:00.475152409Z stdout F {line}"),
        format!("Mar  1 10:00:00 node-1 falco: {line}"),
    ] {
        let found = alarm(Format::Detect, &body);
        assert_eq!((found.raw.as_slice(), &found.dedupe_key), (body.as_bytes(), &plain.dedupe_key), "{body}");
    }
}

#[test]
fn an_object_in_an_events_message_does_not_replace_it() {
    let forged = with(shell(), |e| e["rule"] = json!("Forged")).to_string();
    let event = with(shell(), |e| {
        e["message"] = json!(forged);
        e["log"] = json!(forged);
    });
    assert_eq!(alarm(Format::Detect, event.to_string()).rule, "Terminal shell in container");
}

#[test]
fn msgpack_says_what_to_change() {
    let mut delivery = delivery(Format::Falco, b"\x92\xd7\x00hello");
    delivery.content_type = Some("application/msgpack");
    let found = read(&delivery, &mut String::new).expect("kept");
    assert!(found.dead_letters[0].reason.ends_with("set its format to JSON."));
}
