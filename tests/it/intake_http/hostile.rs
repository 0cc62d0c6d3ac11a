//! Text that an attacker chose, in every field of an alarm: shown, visible, and harmless on every page.

use std::cell::Cell;

use quell_tests::{engine::IDLE, wait_for};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::flow::stage::{NODE, PATIENCE, Stage, ask, queue};

/// What may not come out as it went in.
const SCRIPT: &str = "</textarea></title></script><script>alert('quell')</script><img src=x onerror=alert(1)>";
/// Overrides of direction, marks, a colour of the terminal, a bell, nothing, deletion and a separator of lines.
const STRANGE: &str = "\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}\u{200f}\u{061c}\u{1b}[31mred\u{1b}]0;t\u{7}\u{0}\u{7f}\u{9b}\u{2028}\u{feff}";

fn evil(field: &str) -> String {
    format!("{field}:{SCRIPT}{STRANGE}\" onmouseover=\"x' ; DROP TABLE alarm; -- $(reboot)")
}

/// How many events it takes to blow every field up: a body holds at most 1 MiB.
const GROUPS: usize = 3;

/// Every field that is read or shown, with hostile text; `id` decides whether the container is found. Of the fields, those
/// of one group are blown up to 64 KB.
fn event(id: &str, time: &str, group: Option<usize>) -> Value {
    let number = Cell::new(0);
    let text = |field: &str| {
        number.set(number.get() + 1);
        let large = group == Some(number.get() % GROUPS);
        if large { evil(field).repeat(64 * 1024 / evil(field).len() + 1) } else { evil(field) }
    };
    json!({
        "time": time, "hostname": NODE, "rule": text("rule"), "priority": text("priority"), "source": "syscall",
        "output": text("output"), "message": text("message"), "tags": [text("tag"), "T1059", text("mitre_x")],
        "uuid": text("uuid"), text("key"): text("value"),
        "output_fields": {
            "container.id": id, "container.name": text("name"), "container.image.repository": text("image"),
            "container.image.tag": text("tag"), "k8s.pod.name": text("pod"), "k8s.ns.name": text("namespace"),
            "proc.name": text("process"), "proc.cmdline": text("command"), "proc.exepath": text("exe"),
            "proc.pname": text("parent"), "proc.pcmdline": text("parent-command"), "proc.aname[2]": text("ancestor"),
            "proc.pid": text("pid"), "user.name": text("user"), "user.uid": text("uid"), "fd.name": format!("/{}", text("file")),
            "evt.type": text("type"), "evt.arg.path": text("argument"), "evt.res": text("result"), text("field"): text("unknown"),
        },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_is_harmless_on_every_page_on_sqlite() {
    hostile_text_is_harmless(Stage::set().await, "hostile-sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_is_harmless_on_every_page_on_postgres() {
    hostile_text_is_harmless(Stage::on_postgres().await, "hostile-postgres").await;
}

async fn hostile_text_is_harmless(stage: Stage, name: &str) {
    let ana = stage.portal.person("ana", &["analyst", "responder", "auditor", "admin"]).await;
    let victim = stage.engine.victim(name, IDLE);
    let nowhere = "cd".repeat(32);
    let mut events = vec![
        event(&victim, "2026-03-01T00:00:00.000000001Z", None),
        event(&nowhere, "2026-03-01T00:00:00.000000002Z", None),
        // No id at all: everything hangs on a hostile name.
        event("<NA>", &evil("time"), None),
    ];
    for group in 0..GROUPS {
        for id in [victim.as_str(), &nowhere, "<NA>"] {
            events.push(event(id, &format!("2026-03-01T00:00:0{group}.5Z"), Some(group)));
        }
    }
    for event in &events {
        let answer = stage.post(event.to_string()).await;
        assert_eq!((answer.status, answer.json()["accepted"].as_i64()), (StatusCode::OK, Some(1)), "{}", answer.text());
    }
    let ledger = stage.ledger().await;
    wait_for("the incidents", PATIENCE, async || {
        (ledger.count("SELECT COUNT(*) FROM alarm_unmapped").await == 0).then_some(())
    })
    .await;
    assert_eq!(ledger.alarms().await, events.len() as i64);
    stage.post(format!("{SCRIPT}{STRANGE}")).await;
    let note = [("number", "1"), ("text", &evil("note").replace('\0', ""))];
    assert_eq!(
        ana.post_form("/api/v1/incidents/note", &note.map(|(name, value)| (name, value as &str))).await.status,
        StatusCode::SEE_OTHER
    );

    let mut paths =
        vec!["/incidents".to_owned(), "/audit".to_owned(), "/admin/sources".to_owned(), "/admin/nodes".to_owned()];
    paths.push(format!("/incidents?q={}", "%3Cscript%3Ealert(1)%3C%2Fscript%3E%E2%80%AE%1B"));
    // A filter's field gives back exactly what was asked for, so only markup is tried here.
    paths.push("/audit?actor=%3Cscript%3Ealert(1)%3C%2Fscript%3E&code=%22%3E%3Cscript%3E".to_owned());
    let rows = queue(&ana, "action").await.rows;
    assert!(rows.len() >= 2, "{rows:?}");
    for row in rows {
        for page in ["", "/actions/pause"] {
            paths.push(format!("/incidents/{}{page}", row.number));
        }
    }
    for path in paths {
        assert_harmless(&ana.read(&path).await, &path);
    }
    // As data it is whole: nothing was cut out of what is kept and told to programs.
    let told = ask(&ana, "/api/v1/incidents/show?number=1").await.text();
    assert!(told.contains("DROP TABLE alarm"));
    assert!(ana.read("/incidents/1").await.contains("&lt;script&gt;alert"), "it is shown, escaped");
    stage.assert_audit_intact();
}

/// No markup of theirs, and nothing that moves, hides or turns what is read. Attributes that only our own program reads
/// (the data of live panels) may hold hidden characters, as data.
pub fn assert_harmless(html: &str, path: &str) {
    for tag in tags(html) {
        let names = attribute_names(tag);
        let own = !names.iter().any(|name| name.starts_with("on") || name.contains(['<', '\'', '"', ';']));
        assert!(own, "{path}: a tag that is not ours: <{tag}>");
        assert!(!tag.starts_with("img"), "{path}: <{tag}>");
        if tag.starts_with("script") {
            assert!(names.contains(&"nonce") || tag.contains("src=\"/pkg/"), "{path}: <{tag}>");
        }
    }
    let html = without_data(html);
    for markup in ["<script>alert", "</textarea></title>", "<img src=x"] {
        if let Some(at) = html.find(markup) {
            panic!("{path}: {markup} came out raw: …{}…", around(&html, at));
        }
    }
    let strange = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    if let Some(at) = html.find(strange) {
        panic!("{path}: a hidden character came out raw: {:?}", around(&html, at));
    }
}

/// What stands between `<` and `>` of every opening tag, as a browser reads it: `>` in quotes does not end one, and the
/// text of a script holds none.
fn tags(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
            continue;
        }
        let mut quote = None;
        let end = rest.find(|c: char| match (quote, c) {
            (None, '>') => true,
            (None, '"' | '\'') => {
                quote = Some(c);
                false
            }
            (Some(open), _) if open == c => {
                quote = None;
                false
            }
            _ => false,
        });
        let end = end.expect("every tag ends");
        found.push(&rest[..end]);
        let script = rest.starts_with("script");
        rest = &rest[end + 1..];
        if script {
            rest = rest.split_once("</script>").expect("every script ends").1;
        }
    }
    found
}

/// The names of a tag's attributes.
fn attribute_names(tag: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = tag.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        names.push(&rest[..end]);
        rest = rest[end..].trim_start();
        let Some(value) = rest.strip_prefix('=') else { continue };
        rest = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).expect("every quote ends").1,
            _ => value.split_once(char::is_whitespace).map_or("", |(_, rest)| rest),
        }
        .trim_start();
    }
    names
}

fn around(html: &str, at: usize) -> &str {
    &html[html.floor_char_boundary(at.saturating_sub(120))..html.ceil_char_boundary((at + 80).min(html.len()))]
}

/// The page without the values of `data-props`.
fn without_data(html: &str) -> String {
    let mut rest = html;
    let mut kept = String::with_capacity(html.len());
    while let Some((before, after)) = rest.split_once("data-props=\"") {
        kept.push_str(before);
        let (_, after) = after.split_once('"').expect("the attribute ends");
        rest = after;
    }
    kept + rest
}

#[test]
fn a_tag_that_is_not_ours_is_noticed() {
    let caught = |html: &'static str| std::panic::catch_unwind(|| assert_harmless(html, "here")).is_err();
    assert!(!caught(
        "<p class=\"a>b\" data-props=\"\u{202e}\">x &lt;script&gt;alert \" onclick=\"x</p><script nonce=\"n\">a<b</script>"
    ));
    for html in [
        "<p title=\"a\" onmouseover=\"x\">",
        "<p title='a' onmouseover=x>",
        "<script>alert(1)</script>",
        "<img src=x>",
        "<p>\u{202e}</p>",
        "<p>\u{1b}</p>",
    ] {
        assert!(caught(html), "{html}");
    }
}
