//! Parts of plain forms. Every change on every page is one of these, and works with scripts off.

use leptos::{either::Either, prelude::*};
use quell_domain::policy::Can;

/// A field that is not shown.
pub fn hidden(name: &'static str, value: String) -> impl IntoView + use<> {
    view! { <input type="hidden" name=name value=value/> }
}

/// Why something is off, beside the button that is off. Nothing when it is on.
pub fn why_not(can: &Can) -> impl IntoView + use<> {
    (!can.allowed).then(|| view! { <p class="xs mut mt2">{can.why_not.clone()}</p> })
}

/// A form of one button: posts hidden fields. When it is not allowed the button says so and sends nothing.
pub fn post_button(
    path: &'static str,
    fields: Vec<(&'static str, String)>,
    class: &'static str,
    icon: Option<&'static str>,
    label: &'static str,
    about: String,
    can: &Can,
) -> impl IntoView + use<> {
    let about = (!about.is_empty()).then(|| view! { <span class="vh">" "{about}</span> });
    let icon = icon.map(super::icon);
    if !can.allowed {
        let why = can.why_not.clone();
        return Either::Left(view! {
            <button type="button" class=class aria-disabled="true" title=why>{icon}{label}{about}</button>
        });
    }
    let fields = fields.into_iter().map(|(name, value)| hidden(name, value)).collect::<Vec<_>>();
    Either::Right(view! {
        <form method="post" action=path>
            {fields}
            <button type="submit" class=class>{icon}{label}{about}</button>
        </form>
    })
}
