//! What drafts of the policy and of the playbooks have in common: their buttons, and how a row of two versions is marked.

use leptos::prelude::*;
use quell_domain::versions::Mark;

use crate::ui::{icon, icon_small};

/// A button of a draft's form. All of them send the whole form; `press` says what for.
pub fn press(value: &'static str, class: &'static str, label: &'static str) -> impl IntoView {
    view! { <button class=class type="submit" name="press" value=value>{label}</button> }
}

/// Above a draft. The first button is the one that Enter presses: it keeps, and nothing else.
pub fn head(shows_changes: bool, is_kept: bool, more: Option<AnyView>) -> impl IntoView {
    let changes = shows_changes.then(|| view! { <a class="btn" href="#h-df">{icon("flow")}"What it changes"</a> });
    view! {
        <div class="acts">
            {press("preview", "btn", "Keep and preview")}
            {changes}
            <span class="sp"></span>
            {more}
            {is_kept.then(|| press("drop", "btn quiet", "Forget the draft"))}
        </div>
    }
}

/// Below a draft and what it changes.
pub fn foot() -> impl IntoView {
    view! {
        <div class="sft card">
            <div class="xs mut">"Nothing counts before another admin publishes it."</div>
            <span class="sp"></span>
            {press("preview", "btn lg", "Keep and preview")}
            {press("propose", "btn pri lg", "Propose to another admin")}
        </div>
    }
}

/// How a row differs between two versions.
pub fn mark(mark: Mark) -> AnyView {
    match mark {
        Mark::Same => view! { <span class="mut">"Same"</span> }.into_any(),
        Mark::Removed => view! { <span class="mark bad-t">{icon_small("minus")}"Gone"</span> }.into_any(),
        Mark::Added => view! { <span class="mark">{icon_small("plus")}"New"</span> }.into_any(),
    }
}
