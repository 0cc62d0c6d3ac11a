//! What a form's answer leaves for the next page: one message, kept in the session and shown once.
//!
//! Written by the form layer of the server, read by pages. Never holds a password that somebody typed, and nothing of it
//! is in a URL. A secret made for showing once (`once`) does lie in the session until that page is read.

use std::collections::BTreeMap;

use quell_domain::Problem;
use serde::{Deserialize, Serialize};

use crate::guard;

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
    /// Label and value of something shown only now.
    pub once: Option<(String, String)>,
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

/// Takes the message out of the session; empty when there is none. It is for the page that a person opens: a live page
/// that asks for itself again leaves it there.
pub async fn take() -> Flash {
    if !guard::opens_page() {
        return Flash::default();
    }
    let Some(session) = guard::session() else { return Flash::default() };
    match session.remove::<Flash>(guard::FLASH).await {
        Ok(flash) => flash.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "the session's message cannot be read");
            Flash::default()
        }
    }
}
