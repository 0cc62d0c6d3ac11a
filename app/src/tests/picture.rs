//! The drawing and its words say the same, whatever names there are.

use quell_domain::{
    action::Action,
    gate::HoldState,
    picture::{Picture, sketch},
};

use super::{
    fixtures::{gates::hold, incident_page},
    rendered,
};
use crate::ui::picture::picture;
use leptos::prelude::*;

/// Texts between tags, as a reader sees them.
fn words(html: &str) -> String {
    let text: String = html.split('<').map(|part| part.split_once('>').map_or("", |(_, text)| text)).collect();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'").replace("&amp;", "&")
}

#[test]
fn the_drawing_and_the_list_say_the_same() {
    for name in ["payments", "漢字", "a\u{202E}b<script>", "' onmouseover='x", &"long ".repeat(80)] {
        for state in [HoldState::Held, HoldState::Taking, HoldState::Lost, HoldState::Released] {
            let mut page = incident_page(name);
            page.holds = vec![hold(name, state)];
            let seen = Picture::of(&page);
            let html = rendered(|| picture(&seen, ().into_any()).into_any());
            let (drawing, list) = html.split_once("<details").expect("both");
            let (drawing, list) = (words(drawing), words(list));
            for sketch in [sketch::across(&seen), sketch::down(&seen)] {
                for text in &sketch.texts {
                    assert!(drawing.contains(&text.text), "{text:?} is not drawn: {drawing}");
                    let mono = matches!(text.face, sketch::Face::Name | sketch::Face::Plain);
                    let cut = text.text.trim_end_matches('…');
                    assert!(!mono || list.contains(cut), "{text:?} is not told: {list}");
                }
                let drawn: Vec<&str> = sketch.lines.iter().map(|line| line.state.label()).collect();
                let mut rest = list.as_str();
                for state in ["From there to the gate: ", "From there to the container: "].iter().zip(&drawn) {
                    let told = rest.split_once(state.0).expect("a way").1;
                    assert!(told.starts_with(state.1), "{told} is not {}", state.1);
                    rest = told;
                }
                for state in &drawn[2..] {
                    assert!(rest.contains(state), "{state} is not told: {rest}");
                }
            }
        }
    }
}

#[test]
fn each_state_has_a_line_a_mark_and_a_word_of_its_own() {
    let mut page = incident_page("x");
    page.unknown = false;
    page.incident.unknown = None;
    page.requests.clear();
    let html = |page: &_| rendered(|| picture(&Picture::of(page), ().into_any()).into_any());
    let open = html(&page);
    assert!(
        open.contains("class=\"way open\"") && open.contains("mk-w open") && open.contains("wd mid open"),
        "{open}"
    );
    page.incident.measures = vec![Action::Disconnect];
    page.incident.contained_at = Some(page.as_of);
    let cut = html(&page);
    assert!(cut.contains("class=\"way cut\"") && cut.contains("mk-w cut") && cut.contains(">Cut<"), "{cut}");
    page.incident.measures = vec![Action::Kill];
    assert!(html(&page).contains("mk-w past"));
    page.unknown = true;
    assert!(html(&page).contains("mk-w unknown") && html(&page).contains(">Unknown<"));
    assert!(cut.contains("role=\"img\" aria-labelledby=\"h-pi\" aria-describedby=\"pi-w\""), "{cut}");
}
