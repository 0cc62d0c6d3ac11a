//! The numbers beside the links of the navigation.

use leptos::prelude::*;

/// How many wait, beside a link: `of` is `incidents`, `approvals` or `changes`. Follows what happens on a page that is
/// live. Only incidents say that there are none.
#[island]
pub fn OpenCount(of: String, count: i64) -> impl IntoView {
    let shown = RwSignal::new(count);
    let incidents = of == "incidents";
    #[cfg(feature = "hydrate")]
    {
        let changes = of == "changes";
        crate::live::follow(
            move |change| change.kind == if changes { "changes" } else { "queue" },
            move || async move {
                let me: quell_domain::view::Me = crate::live::ask::data(crate::endpoints::ME.path).await?;
                let count = if incidents {
                    me.need_action
                } else if changes {
                    me.changes
                } else {
                    me.to_decide
                };
                shown.set(count.unwrap_or_default());
                Ok(())
            },
        );
    }
    let (class, words) = if incidents { ("n num", " need action") } else { ("n num hot", " to decide") };
    move || {
        let count = shown.get();
        (incidents || count > 0).then(|| view! { <span class=class>{count}<span class="vh">{words}</span></span> })
    }
}
