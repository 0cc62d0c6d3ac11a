//! The address that leads nowhere, and the one that leads to where a person starts.

use leptos::prelude::*;
use quell_domain::Problem;

use super::{
    frame::{Here, Page, framed},
    home,
};
use crate::api;

/// 404, framed.
pub fn unknown() -> impl IntoView {
    framed(Here::Nowhere, |_| async { Err(Problem::not_found("page").into()) })
}

/// `/` goes to the page that fits the person's roles.
pub fn start() -> impl IntoView {
    framed(Here::Nowhere, |_| async {
        let me = api::me::show().await?;
        let to = home(&me.roles);
        leptos_axum::redirect(to);
        Ok(Page::new("Quell", view! { <p><a href=to>"Go on"</a></p> }.into_any()))
    })
}
