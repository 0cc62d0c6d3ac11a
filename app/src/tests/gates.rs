//! The pages of gates and load balancers: hostile names stay text, and what a person must see before they act is there.

use leptos::prelude::*;
use quell_domain::{Problem, action::Action, policy::Can};

use super::{
    fixtures::gates::{balancers_page, change, gate_approval, gate_confirm_page, gates_page},
    hostile::{ATTACKS, harmless},
    rendered,
};
use crate::{endpoints::REQUEST_GATE, flash::Flash, pages};

#[test]
fn gates_and_load_balancers_show_attacks_as_text() {
    for attack in ATTACKS {
        harmless(&rendered(|| pages::gates::body(&gates_page(attack))), attack);
        harmless(&rendered(|| pages::balancers::body(&balancers_page(attack), &Flash::default())), attack);
        harmless(
            &rendered(|| pages::gates::told::change(&change(attack), Some(&gate_approval(attack))).into_any()),
            attack,
        );
        for action in [Action::RestrictGate, Action::RestoreGate] {
            let page = gate_confirm_page(action, attack);
            let html = rendered(|| pages::gates::confirm::body(&page, &Flash::default()));
            // The form carries the key of the gate back as it is: an attribute's value, escaped.
            let shown: String =
                html.split("<input type=\"hidden\"").map(|part| part.split_once('>').map_or(part, |it| it.1)).collect();
            assert!(!html.contains("<script") && !html.contains("<img"), "{attack:?}");
            harmless(&shown, attack);
        }
    }
}

#[test]
fn whoever_restricts_sees_whom_it_hits_and_what_it_leaves() {
    let page = gate_confirm_page(Action::RestrictGate, "shop");
    let html = rendered(|| pages::gates::confirm::body(&page, &Flash::default()));
    for part in [
        "May connect now",
        "All may connect but these 20 addresses and networks:",
        "1 other back end is behind this gate",
        "This container",
        "40 a second",
        "What it will not stop",
        "How it is taken back",
        "How it will be proved",
        "203.0.113.7\n198.51.100.0/24</textarea>",
        "weight 0",
        "name=\"cut\"",
        "name=\"accepts_impact\"",
        "/incidents/12/actions/disconnect",
        "/incidents/12/actions/pause",
        "href=\"/incidents/3\"",
    ] {
        assert!(html.contains(part), "no {part}: {html}");
    }
    assert!(!html.contains("name=\"over\""), "nothing to decide about");
}

#[test]
fn what_somebody_else_changed_is_decided_with_both_states_in_sight() {
    let page = gate_confirm_page(Action::RestoreGate, "shop");
    let html = rendered(|| pages::gates::confirm::body(&page, &Flash::default()));
    for part in ["As Quell left it", "As it is now", "203.0.113.7", "name=\"over\"", "name=\"leave\""] {
        assert!(html.contains(part), "no {part}: {html}");
    }
    assert!(html.contains("I have read what it does<"), "it stops nothing: {html}");
    assert!(!html.contains("id=\"f-allow\"") && !html.contains("name=\"over\" value=\"yes\" checked"));
}

#[test]
fn a_gate_that_nothing_leads_through_is_not_said_to_hit_others() {
    let mut page = gate_confirm_page(Action::RestrictGate, "shop");
    page.back_ends.iter_mut().for_each(|it| it.own = false);
    let html = rendered(|| pages::gates::confirm::body(&page, &Flash::default()));
    assert!(html.contains("No back end behind this gate is known to lead") && !html.contains("hits it too"), "{html}");
}

#[test]
fn a_wrong_list_comes_back_with_what_was_typed() {
    let flash = Flash {
        problem: Some(Problem::field("allow", "“0.0.0.0/0” lets in nearly everybody.")),
        values: [("allow".to_owned(), "0.0.0.0/0".to_owned()), ("how".to_owned(), "member".to_owned())].into(),
        endpoint: REQUEST_GATE.path.to_owned(),
        ..Flash::default()
    };
    let html = rendered(|| pages::gates::confirm::body(&gate_confirm_page(Action::RestrictGate, "shop"), &flash));
    assert!(html.contains("0.0.0.0/0</textarea>") && html.contains("nearly everybody"), "{html}");
    assert!(html.contains("value=\"member\" checked"), "{html}");
}

#[test]
fn who_may_not_gets_no_form_but_why() {
    let no = || Can { allowed: false, why_not: "You are Auditor.".to_owned() };
    let mut page = gates_page("shop");
    page.gates[0].restrict = no();
    page.gates[0].restore = no();
    let html = rendered(|| pages::gates::body(&page));
    assert!(!html.contains("restrict_gate") && html.contains("You are Auditor."), "{html}");
    let mut page = gate_confirm_page(Action::RestrictGate, "shop");
    page.can = no();
    let html = rendered(|| pages::gates::confirm::body(&page, &Flash::default()));
    assert!(!html.contains("type=\"submit\"") && !html.contains("name=\"allow\""), "{html}");
}

#[test]
fn a_load_balancer_offers_its_own_way_for_a_change() {
    let html = rendered(|| pages::balancers::body(&balancers_page("edge"), &Flash::default()));
    for part in
        ["value=\"master:/run/h.sock\"", "shop = shop_be @ /etc/haproxy/shop.map</textarea>", "value=\"env:QUELL_ELB\""]
    {
        assert!(html.contains(part), "no {part}: {html}");
    }
    assert!(html.contains("v2, classic shared load balancers") && html.contains("Add a load balancer"), "{html}");
}
