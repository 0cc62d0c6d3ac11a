//! What an attacker writes stays text, on whole pages and through the islands' props.

use leptos::prelude::*;

use quell_domain::{Timestamp, ids, token, view};

use super::{
    fixtures::{
        besides, bulk_page, change_page, draft_page, incident_page, incident_playbook_page, isolate_page, life_page,
        merge_page, nodes_page, playbooks_draft_page, playbooks_page, queue_page, step_row,
    },
    rendered,
};
use crate::{flash::Flash, pages, ui};

pub const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "</textarea></title></style><script>x</script>",
    "safe\u{202E}txt.exe\u{200B}",
    "\u{1b}[2J\u{7}\r\nSet-Cookie: a=b",
    "' onmouseover='x",
    "&lt;b&gt; &amp;",
];

/// The page without the islands' props, which carry the text as it is.
pub fn shown(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find("data-props=\"") {
        out.push_str(&rest[..at]);
        let from = at + "data-props=\"".len();
        let end = rest[from..].find('"').expect("the attribute ends");
        rest = &rest[from + end + 1..];
    }
    out + rest
}

pub fn harmless(html: &str, attack: &str) {
    for tag in ["<script", "<img", "</title>", "</style>"] {
        assert!(!html.contains(tag), "{attack:?} got through as {tag}");
    }
    let page = shown(html);
    for hidden in ['\u{202E}', '\u{200B}', '\u{1b}', '\u{7}', '\r'] {
        assert!(!page.contains(hidden), "{attack:?}: {hidden:?} is on the page as it is");
    }
}

#[test]
fn the_incident_page_shows_attacks_as_text() {
    for attack in ATTACKS {
        let html =
            rendered(|| pages::incident::body(&incident_page(attack), None, &life_page(attack), &Flash::default()));
        harmless(&html, attack);
        assert!(html.contains("data-props"), "the island carries its data");
    }
    let html =
        rendered(|| pages::incident::body(&incident_page("a\u{202E}b"), None, &life_page("x"), &Flash::default()));
    assert!(shown(&html).contains("a\\u202Eb"), "what hides is made visible");
}

#[test]
fn the_nodes_page_shows_what_another_engine_says_as_text() {
    for attack in ATTACKS {
        let page = nodes_page(attack);
        let html = rendered(|| pages::nodes::body(&page, &Flash::default()));
        harmless(&html, attack);
        assert!(html.contains("Accept this engine") && html.contains("engine-2"), "both engines and the button");
        assert!(html.contains("Client certificate: expired 2 days ago.") && html.contains("Pinned host key"));
    }
}

#[test]
fn the_queue_shows_attacks_as_text() {
    for attack in ATTACKS {
        let html = rendered(|| pages::queue::body(&queue_page(attack), &besides(attack), &Flash::default()));
        let own = r#"<script type="module" src="/pkg/select.js"></script>"#;
        assert_eq!(html.matches(own).count(), 1);
        let html = html.replace(own, "");
        // What was searched for comes back in its field as it was typed: by the viewer, not by an attacker.
        let typed = html.find("type=\"search\"").and_then(|at| html[at..].find('>').map(|end| (at, at + end)));
        let (from, to) = typed.expect("the search field");
        harmless(&format!("{}{}", &html[..from], &html[to..]), attack);
    }
}

#[test]
fn pages_about_several_incidents_show_attacks_as_text() {
    for attack in ATTACKS {
        for html in [
            rendered(|| pages::bulk::body(&bulk_page(attack))),
            rendered(|| pages::merge::body(&merge_page(attack), "/incidents?view=action", &Flash::default())),
            rendered(|| pages::isolate::body(&isolate_page(attack), "/incidents?view=action", &Flash::default())),
        ] {
            // What the form carries back is JSON in a field's value.
            let shown: String = html.split("<input type=\"hidden\"").map(after_tag).collect();
            harmless(&shown, attack);
        }
    }
}

/// What follows the first tag's end.
fn after_tag(part: &str) -> &str {
    if part.trim_start().starts_with("name=") { part.split_once('>').map_or(part, |(_, rest)| rest) } else { part }
}

#[test]
fn changes_and_drafts_show_attacks_as_text() {
    for attack in ATTACKS {
        let html = rendered(|| pages::change::body(&change_page(attack), &Flash::default()));
        harmless(&html, attack);
        let html = rendered(|| pages::policy::draft::body(&draft_page(attack)));
        assert!(!html.contains("<script") && !html.contains("<img"), "{attack:?} got out of a field");
    }
}

#[test]
fn what_teams_write_into_playbooks_is_shown_as_text() {
    for attack in ATTACKS {
        let html = rendered(|| pages::playbooks::body(&playbooks_page(attack), &Flash::default()));
        harmless(&html, attack);
        assert!(html.contains("Use version 2") && html.contains("proposed by"), "all of it is there");
        let html = rendered(|| pages::steps::body(&incident_playbook_page(attack), &Flash::default()));
        harmless(&html, attack);
        assert!(
            html.contains("Use the newest version")
                && html.contains("Leave it out")
                && html.contains("Do it after all")
        );
        let html = rendered(|| pages::playbooks::draft::body(&playbooks_draft_page(attack), &Flash::default()));
        assert!(!html.contains("<script") && !html.contains("<img"), "{attack:?} got out of a field");
    }
}

#[test]
fn long_text_folds_and_is_not_lost() {
    let long = "A".repeat(65_536);
    let html = rendered(|| ui::hostile(&long).into_any());
    assert!(html.contains("Show all 65536 characters"));
    assert!(html.contains(&"A".repeat(65_536)));
    let line = rendered(|| ui::hostile_line(&long).into_any());
    assert!(line.len() < 1_000, "{}", line.len());
}

#[test]
fn what_was_typed_comes_back_with_what_is_wrong() {
    let flash = Flash {
        problem: Some(quell_domain::Problem::field("reason", "Say why.")),
        values: [("reason".to_owned(), "</textarea><script>x".to_owned()), ("verdict".to_owned(), "benign".to_owned())]
            .into(),
        endpoint: crate::endpoints::VERDICT.path.to_owned(),
        ..Flash::default()
    };
    let html = rendered(|| pages::incident::body(&incident_page("x"), None, &life_page("x"), &flash));
    assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;x</textarea>"));
    assert!(html.contains("aria-describedby=\"h-reason e-reason\"") && html.contains("Say why."));
    assert!(html.contains("value=\"benign\" checked"));
}

#[test]
fn what_is_not_allowed_says_why_and_sends_nothing() {
    let mut page = incident_page("x");
    page.incident.acknowledged_at = None;
    let no = || quell_domain::policy::Can { allowed: false, why_not: "You are Auditor.".to_owned() };
    page.steps = quell_domain::playbook::steps(&page.incident)
        .into_iter()
        .map(|(step, state)| step_row(&page.incident, step, state, ""))
        .collect::<Vec<_>>();
    page.steps.iter_mut().flat_map(|row| &mut row.offers).for_each(|(_, can)| *can = no());
    page.can.acknowledge = no();
    page.can.triage = no();
    page.can.pause = no();
    page.can.collect = no();
    page.can.cancel = no();
    let mut life = life_page("x");
    life.can = no();
    let html = rendered(|| pages::incident::body(&page, None, &life, &Flash::default()));
    assert!(!html.contains("method=\"post\""), "no form that would be refused");
    assert!(!shown(&html).contains("/life/"), "nor a way to one");
    assert!(html.contains("aria-disabled=\"true\"") && html.contains("You are Auditor."));
}

#[test]
fn the_steps_of_a_life_show_attacks_as_text_and_say_why_not() {
    for step in view::LifeStep::ALL {
        for attack in ATTACKS {
            let mut page = life_page(attack);
            page.incident.closed_at = Some(Timestamp(1));
            let html = rendered(|| pages::life::body(*step, &page, &Flash::default()));
            harmless(&html, attack);
            assert!(html.contains("method=\"post\""), "{step:?} has a form");
        }
        let mut page = life_page("x");
        let no = quell_domain::policy::Can { allowed: false, why_not: "You are Auditor.".to_owned() };
        page.can = no.clone();
        page.steps = view::LifeStep::ALL.iter().map(|step| (*step, no.clone())).collect();
        let html = rendered(|| pages::life::body(*step, &page, &Flash::default()));
        assert!(!html.contains("method=\"post\""), "{step:?}: no form that would be refused");
        assert!(html.contains("aria-disabled=\"true\"") && html.contains("You are Auditor."), "{step:?}");
    }
}

#[test]
fn names_of_tokens_are_shown_as_text() {
    for attack in ATTACKS {
        let token = token::ApiToken {
            id: ids::TokenId::new("t"),
            person: ids::PersonId::new("p"),
            name: (*attack).to_owned(),
            scopes: token::CARRIED.to_vec(),
            created_at: Timestamp(0),
            expires_at: Timestamp(10),
            last_used_at: Some(Timestamp(1)),
            last_used_from: Some("10.0.0.1".to_owned()),
            revoked_at: None,
        };
        let tokens = vec![token.clone(), token::ApiToken { revoked_at: Some(Timestamp(2)), ..token }];
        let page = view::TokensPage { tokens, now: Timestamp(5) };
        let html = rendered(|| pages::tokens::body(&page, &Flash::default()));
        harmless(&html, attack);
        assert!(html.contains("Revoked") && html.contains("10.0.0.1"));
    }
}
