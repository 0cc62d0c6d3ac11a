//! What a form's answer leaves for the next page: one message, shown once. It waits in the session, and for whoever has
//! none in a cookie: see [`crate::slips`].
//!
//! Written by the form layer of the server, read by pages. Never holds a password that somebody typed, and nothing of it
//! is in a URL. A secret made for showing once is not in the session either: see [`crate::secrets`].

use std::collections::BTreeMap;

use http::{header::SET_COOKIE, request::Parts};
use leptos::prelude::use_context;
use quell_domain::Problem;
use serde::{Deserialize, Serialize};

use crate::{Secrets, Slips, error::ApiError, guard};

/// How a form ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flash {
    /// Why it failed.
    pub problem: Option<Problem>,
    /// What was typed into the fields that are not secret, so that nobody types it twice.
    pub values: BTreeMap<String, String>,
    /// The path of the endpoint that the form posted to.
    pub endpoint: String,
    /// One sentence: what was done.
    pub notice: String,
    /// Something shown only now.
    pub once: Option<Shown>,
}

/// A form that could not be carried out without a fresh proof, kept until that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The page that the form is on.
    pub path: String,
    /// What was typed.
    pub flash: Flash,
}

/// Something shown only now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// What it is.
    pub label: String,
    /// How to make another.
    pub again: String,
    /// A command to try it with, less the secret at its end.
    pub example: String,
    /// What that command does.
    pub effect: String,
    /// The secret, unless it is gone. Never written into the session.
    #[serde(skip)]
    pub value: Option<String>,
}

impl Flash {
    /// What was typed into a field of this endpoint's form.
    #[must_use]
    pub fn value(&self, endpoint: &str, field: &str) -> String {
        if self.endpoint == endpoint { self.values.get(field).cloned().unwrap_or_default() } else { String::new() }
    }

    /// What is wrong with a field of this endpoint's form.
    #[must_use]
    pub fn remedy(&self, endpoint: &str, field: &str) -> Option<String> {
        let problem = self.problem.as_ref().filter(|_| self.endpoint == endpoint)?;
        problem.fields.iter().find(|found| found.field == field).map(|found| found.remedy.clone())
    }
}

/// Takes the message out of where it waits; empty when there is none. It is for the page that a person opens: a live page
/// that asks for itself again leaves it there.
pub async fn take() -> Flash {
    if !guard::opens_page() {
        return Flash::default();
    }
    if let Some(flash) = slip() {
        return flash;
    }
    let Some(session) = guard::session() else { return Flash::default() };
    match session.remove::<Flash>(guard::FLASH).await {
        Ok(flash) => {
            let mut flash = flash.unwrap_or_default();
            if let Some(once) = &mut flash.once {
                once.value = use_context::<Secrets>().and_then(|secrets| secrets.take(&session));
            }
            flash
        }
        Err(error) => {
            tracing::warn!(%error, "the session's message cannot be read");
            Flash::default()
        }
    }
}

/// After a fresh proof: brings what was typed back to its page, when that is where the person goes on to. Says whether
/// there was anything.
///
/// # Errors
/// Unavailable, when the session cannot be kept.
pub async fn release(path: &str) -> Result<bool, ApiError> {
    match guard::take_out::<Held>(guard::HELD).await? {
        Some(held) if held.path == path => {
            let notice = "It is you. Nothing was done yet: look once more, and send it again.".to_owned();
            guard::keep(guard::FLASH, &Flash { notice, ..held.flash }).await.map(|()| true)
        }
        _ => Ok(false),
    }
}

/// Takes the message out of the browser's cookie.
fn slip() -> Option<Flash> {
    let slips = use_context::<Slips>()?;
    let flash = slips.read(&use_context::<Parts>()?.headers)?;
    guard::header(SET_COOKIE, slips.removal()?);
    Some(flash)
}
