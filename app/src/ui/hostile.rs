//! The only way attacker-written text gets onto a page (ux, section 3.11): isolated from the direction of the text
//! around it, with hidden characters made visible, and never endless.

use leptos::{either::Either, prelude::*};
use quell_domain::text::{cut, visible};

/// Characters shown before the rest folds away.
const SHOWN: usize = 300;

/// Text in a typewriter face; what is longer than 300 characters folds behind *Show all*.
pub fn hostile(text: &str) -> impl IntoView + use<> {
    let text = visible(text);
    let length = text.chars().count();
    let rest = (length > SHOWN).then(|| {
        let all = text.clone();
        view! {
            <details class="more">
                <summary>{format!("Show all {length} characters")}</summary>
                <bdi class="mono all">{all}</bdi>
            </details>
        }
    });
    view! { <bdi class="mono wrap-any">{cut(&text, SHOWN)}</bdi>{rest} }
}

/// One line in a typewriter face for a table cell: cut at 120 characters, the first 300 in its tip.
pub fn hostile_line(text: &str) -> impl IntoView + use<> {
    let text = visible(text);
    view! { <bdi class="mono" title=cut(&text, SHOWN)>{cut(&text, 120)}</bdi> }
}

/// A name that may be missing, as one line; words in its place when it is.
pub fn known(text: &str, otherwise: &'static str) -> impl IntoView + use<> {
    if text.is_empty() {
        Either::Left(view! { <span class="mut">{otherwise}</span> })
    } else {
        Either::Right(hostile_line(text))
    }
}

/// Words of several lines, as a person typed them; at most 4,000 characters.
pub fn hostile_lines(text: &str) -> impl IntoView + use<> {
    let text = text.lines().map(visible).collect::<Vec<_>>().join("\n");
    view! { <bdi class="lines">{cut(&text, 4_000)}</bdi> }
}

/// Words in the ordinary face, for titles and quotes; at most 300 characters.
pub fn hostile_words(text: &str) -> impl IntoView + use<> {
    view! { <bdi>{cut(&visible(text), SHOWN)}</bdi> }
}

/// Text inside of a drawing, which has no elements for it: it was cut to its room before. The style sheet isolates its
/// direction.
#[must_use]
pub fn drawn(text: &str) -> String {
    cut(&visible(text), SHOWN)
}
