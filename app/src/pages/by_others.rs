//! In the place of a decision that the viewer may not make: why, and who may.

use leptos::prelude::*;
use quell_domain::policy::Can;

use crate::ui::{hostile_words, why_not};

/// The card; `nobody` is said when there is nobody who may.
pub fn by_others(can: &Can, deciders: &[String], nobody: &str) -> AnyView {
    let who =
        if deciders.is_empty() { nobody.to_owned() } else { format!("It can be decided by: {}.", deciders.join(", ")) };
    view! {
        <section class="card" aria-labelledby="h-dc">
            <header><h2 id="h-dc">"Decision"</h2></header>
            <div class="bd stack sm">{why_not(can)}<p class="t2">{hostile_words(&who)}</p></div>
        </section>
    }
    .into_any()
}
