//! Asking the portal again: the one way from the islands to pages and server functions, through the same gate and guards
//! as everybody else.
//!
//! A plain `fetch`: the client that Leptos makes for each server function brings encoders for inputs and readers for
//! errors that no island needs, and the browser would have to load them.

use leptos::prelude::window;
use quell_domain::Code;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use crate::islands::carried;

/// What a server function that reads answers.
///
/// # Errors
/// Like [`text`]; internal when the answer cannot be read: then page and portal are from different builds.
pub async fn data<T: DeserializeOwned>(path: &str) -> Result<T, Code> {
    carried::unpack(&text(path).await?).ok_or(Code::Internal)
}

/// What stands at a path of ours. The browser says that it takes anything, as scripts do, so this does not count as use,
/// and messages wait for who comes by hand.
///
/// # Errors
/// Unauthenticated and forbidden as the portal says; unavailable in all other cases.
pub async fn text(path: &str) -> Result<String, Code> {
    let away = |_| Code::Unavailable;
    let answer = JsFuture::from(window().fetch_with_str(path)).await.map_err(away)?;
    let answer = answer.dyn_into::<Response>().map_err(away)?;
    match answer.status() {
        200 => {}
        401 => return Err(Code::Unauthenticated),
        403 => return Err(Code::Forbidden),
        _ => return Err(Code::Unavailable),
    }
    let text = JsFuture::from(answer.text().map_err(away)?).await.map_err(away)?;
    text.as_string().ok_or(Code::Unavailable)
}
