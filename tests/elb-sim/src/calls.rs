//! The log of calls: what was asked and how it ended, without a secret in it.

use serde::Serialize;
use serde_json::Value;

use crate::{faults::Fault, request::Request};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Not yet, or the client went away.
    Open,
    /// With an answer.
    Answered,
    /// With a connection that was cut.
    Cut,
}

/// A call.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// `PUT`
    pub method: String,
    /// With its query, as on the wire.
    pub path: String,
    /// The name of the key, or the end of the token. None until the caller is known.
    pub caller: Option<String>,
    /// The body, where it holds no password: of calls to the load balancer.
    pub body: Option<Value>,
    /// What went wrong because it was told to.
    pub fault: Option<Fault>,
    /// How it ended.
    pub end: End,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Its id.
    pub request_id: String,
    /// When it came.
    pub at: String,
}

/// All calls, in the order in which they came.
#[derive(Debug, Default)]
pub struct Calls {
    entries: Vec<Entry>,
    forgotten: usize,
}

impl Calls {
    /// A call came. The number is for [`Calls::entry`].
    pub fn came(&mut self, request: &Request, request_id: &str, at: String) -> usize {
        let elb = request.parts.get(2).is_some_and(|part| part == "elb");
        let body = if elb { serde_json::from_slice(&request.body).ok() } else { None };
        self.entries.push(Entry {
            method: request.method.clone(),
            path: request.target(),
            caller: None,
            body,
            fault: None,
            end: End::Open,
            status: None,
            request_id: request_id.to_owned(),
            at,
        });
        self.forgotten + self.entries.len() - 1
    }

    /// That call, unless it was forgotten.
    pub fn entry(&mut self, number: usize) -> Option<&mut Entry> {
        self.entries.get_mut(number.checked_sub(self.forgotten)?)
    }

    /// All of them.
    pub fn all(&self) -> &[Entry] {
        &self.entries
    }

    /// Forgets all of them.
    pub fn forget(&mut self) {
        self.forgotten += self.entries.len();
        self.entries.clear();
    }
}
