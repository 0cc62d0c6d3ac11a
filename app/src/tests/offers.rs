//! Pages offer what fits, say what is wrong where it can be mended, and lead on.

use leptos::prelude::*;
use quell_domain::{
    Problem,
    bulk::{BulkKind, BulkOutcome},
    change::Change,
    ids::NodeId,
    incident::{Closing, IncidentState},
    playbook::{DraftBook, Playbooks},
    policy::Can,
    view::PlaybooksDraftPage,
};

use super::{
    fixtures::{
        besides, bulk_page, incident_page, isolate_page, life_page, merge_page, playbooks_draft_page, queue_page,
        waiting_change_page,
    },
    rendered,
};
use crate::{endpoints, flash::Flash, pages};

/// What the form of an endpoint came back with.
fn came_back(endpoint: &endpoints::Endpoint, problem: Problem) -> Flash {
    Flash { problem: Some(problem), endpoint: endpoint.path.to_owned(), ..Flash::default() }
}

fn no(why: &str) -> Can {
    Can { allowed: false, why_not: why.to_owned() }
}

#[test]
fn nothing_ticked_is_said_above_the_boxes_and_marks_them() {
    let plain = rendered(|| pages::queue::body(&queue_page("x"), &besides("Ben"), &Flash::default()));
    assert!(!plain.contains("id=\"f-n\"") && !plain.contains("unticked"), "{plain}");
    assert!(plain.contains("Tick incidents in the list to acknowledge, assign, merge or isolate several in one go."));
    let flash = came_back(&endpoints::BULK_TRIAGE, Problem::field("n", "Tick at least one incident first."));
    let html = rendered(|| pages::queue::body(&queue_page("x"), &besides("Ben"), &flash));
    let (said, table) = (html.find("id=\"f-n\"").expect("said"), html.find("<table").expect("rows"));
    assert!(said < table && html.contains("class=\"unticked\""), "{html}");
    let flash = came_back(&endpoints::BULK_TRIAGE, Problem::field("to", "Choose the person first."));
    let html = rendered(|| pages::queue::body(&queue_page("x"), &besides("Ben"), &flash));
    assert!(html.contains("aria-invalid=\"true\" aria-describedby=\"e-to\"") && !html.contains("unticked"), "{html}");
}

#[test]
fn where_nothing_can_be_isolated_there_is_no_form_but_why_and_the_way_back() {
    let mut page = isolate_page("shop");
    let back = "/incidents?view=action";
    let html = rendered(|| pages::isolate::body(&page, back, &Flash::default()));
    assert!(html.contains("Request isolation of 1 container<") && html.contains("method=\"post\""), "{html}");
    page.targets[0].can = no("The container is paused already.");
    page.targets[0].trouble = None;
    let html = rendered(|| pages::isolate::body(&page, back, &Flash::default()));
    assert!(!html.contains("method=\"post\"") && !html.contains("0 containers"), "{html}");
    assert!(html.contains("The container is paused already.") && html.contains("Back to the queue"), "{html}");
    assert!(html.contains("/incidents?view=action&amp;pick=12\""), "{html}");
}

#[test]
fn what_was_so_already_is_not_called_refused_and_a_merge_says_into_which() {
    let mut page = bulk_page("x");
    page.kind = BulkKind::Merge;
    page.action = None;
    page.into = Some(3);
    page.rows.truncate(2);
    page.rows[0].line.outcome = BulkOutcome::Done;
    page.rows[1].line.outcome = BulkOutcome::Unchanged;
    for html in [
        rendered(|| pages::bulk::body(&page)),
        rendered(|| pages::bulk::told(&page, "/incidents?view=mine").into_any()),
    ] {
        assert!(html.contains("1 incident merged into "), "{html}");
        assert!(
            html.contains("<a href=\"/incidents/3\">INC-3</a>") && html.contains(", 1 with nothing to do. "),
            "{html}"
        );
        assert!(!html.to_lowercase().contains("refused"), "{html}");
    }
}

#[test]
fn one_incident_alone_is_not_merged_and_leads_back() {
    let mut page = merge_page("x");
    page.incidents.truncate(1);
    let html = rendered(|| pages::merge::body(&page, "/incidents?view=mine", &Flash::default()));
    assert!(html.contains("It takes at least two") && html.contains("/incidents?view=mine&amp;pick=12\""), "{html}");
}

#[test]
fn a_merged_incident_leads_to_where_it_was_merged() {
    let mut page = incident_page("x");
    page.incident.state = IncidentState::Closed;
    page.incident.closing = Some(Closing::Merged);
    page.still_open.clear();
    let html = rendered(|| pages::incident::body(&page, None, &life_page("x"), &Flash::default()));
    assert!(html.contains("href=\"/incidents/2\" class=\"btn sm\">Go to INC-2"), "{html}");
}

/// Two playbooks, of which the second is for one class.
fn two_books(change: impl Fn(&mut [DraftBook])) -> PlaybooksDraftPage {
    let mut books = DraftBook::all(&Playbooks::builtin());
    books.push(DraftBook { class: "escape".to_owned(), ..books[0].clone() });
    change(&mut books);
    let problem = DraftBook::playbooks(&books, 2).err();
    PlaybooksDraftPage { books, problem, preview: None, ..playbooks_draft_page("x") }
}

#[test]
fn a_mistake_in_a_playbook_is_said_where_it_is_mended() {
    let shown = |page: &PlaybooksDraftPage| rendered(|| pages::playbooks::draft::body(page, &Flash::default()));
    // In the step.
    let html = shown(&two_books(|books| books[0].steps[2].title.clear()));
    let (said, third) = (html.find("id=\"f-steps\"").expect("said"), html.find("id=\"h-s2\"").expect("step 3"));
    assert!(third < said && said < html.find("id=\"h-s3\"").expect("step 4"), "{html}");
    // Beside the targets.
    let html = shown(&two_books(|books| books[0].targets[0].contain = "soon".to_owned()));
    assert!(html.find("id=\"h-tg\"") < html.find("id=\"f-targets\""), "{html}");
    // In another playbook: the way there.
    let html = shown(&two_books(|books| books[1].targets[0].contain = "soon".to_owned()));
    assert!(
        html.contains("href=\"/admin/playbooks/draft?class=escape#f-targets\" class=\"btn sm\">Go to this playbook"),
        "{html}"
    );
}

#[test]
fn a_draft_is_proposed_below_what_it_changes() {
    let page = PlaybooksDraftPage { problem: None, ..playbooks_draft_page("x") };
    let html = rendered(|| pages::playbooks::draft::body(&page, &Flash::default()));
    let (changes, propose) = (html.find("id=\"h-df\""), html.find("value=\"propose\""));
    assert!(changes.is_some() && changes < propose && html.contains("href=\"#h-df\""), "{html}");
    // Enter in a field presses the first button of the form.
    let first = html.split("type=\"submit\"").nth(1).expect("a button");
    assert!(first.trim_start().starts_with("name=\"press\" value=\"preview\""), "{first}");
}

#[test]
fn a_change_says_when_a_playbook_is_new() {
    let page = |own| {
        let mut page = waiting_change_page("x");
        page.playbooks = playbooks_draft_page("x").preview;
        page.playbooks.iter_mut().flat_map(|it| &mut it.books).for_each(|book| book.own = own);
        rendered(|| pages::change::body(&page, &Flash::default()))
    };
    assert!(page((false, true)).contains("New: until now this class followed"));
    assert!(page((true, false)).contains("Removed: this class will follow"));
    let html = page((true, true));
    assert!(!html.contains("New: ") && html.contains("<b>Approve</b>") && html.contains("<b>Refuse</b>"), "{html}");
}

#[test]
fn a_change_shows_what_its_sentence_has_no_room_for() {
    let labels: Vec<String> = (10..30).map(|n| format!("label-that-is-rather-long-{n}")).collect();
    let mut page = waiting_change_page("x");
    let (node, before) = (NodeId::new("n"), vec!["pci".to_owned()]);
    page.change.change = Change::SetLabels { node, before, labels: labels.clone() };
    let html = rendered(|| pages::change::body(&page, &Flash::default()));
    assert!(labels.iter().all(|label| html.contains(label)), "{html}");
    assert!(html.contains("Taken away") && html.contains("pci"), "{html}");
}
