//! One call of the port: who we are now, where that is said, which requests were made, and an end to all patience.
//!
//! Questions are asked again by themselves. Changes are sent once: whoever changes something looks anew before each try.

use std::sync::{Mutex, MutexGuard, PoisonError};

use quell_core::ports::{Done, GateError};
use quell_domain::{gate::BalancerAccess, text};
use reqwest::{Client, Method, Url};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    Elb,
    credentials::{Credentials, Keys},
    http::{self, Answer},
    patience::Pauses,
    refusal::{Said, Trouble, meaning, said},
    sign,
};
use crate::files::barred;

/// Names and values of a query; a name may stand in it several times.
pub(super) type Query<'a> = [(&'a str, String)];

/// What is needed to talk to one project of ELB.
pub(super) struct Session<'a> {
    pub elb: &'a Elb,
    /// Are access controls whitelists (v2)?
    pub classic: bool,
    pub access: &'a BalancerAccess,
    elb_base: &'a str,
    pub iam_base: Option<&'a str>,
    pub project: &'a str,
    pub credentials: Credentials,
    pub client: Client,
    ends: Instant,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    requests: Vec<String>,
    /// Microseconds by which our clock is ahead of theirs.
    ahead: Option<i64>,
}

impl<'a> Session<'a> {
    pub(super) fn open(elb: &'a Elb, access: &'a BalancerAccess) -> Result<Self, GateError> {
        let BalancerAccess::Elb { elb_base, iam_base, project, credentials, classic, ca } = access else {
            return Err(GateError::NotOffered("This is not the way to a project of ELB."));
        };
        let mut bases = vec![("elb_base", elb_base.as_str())];
        bases.extend(iam_base.as_deref().map(|base| ("iam_base", base)));
        Ok(Self {
            elb,
            classic: *classic,
            access,
            elb_base,
            iam_base: iam_base.as_deref(),
            project,
            credentials: Credentials::read(credentials, &bases)?,
            client: http::client(ca.as_deref(), elb.patience.connect)?,
            ends: Instant::now() + elb.patience.whole,
            seen: Mutex::default(),
        })
    }

    /// A path of the third generation's interface.
    pub(super) fn v3(&self, rest: &str) -> String {
        format!("/v3/{}/elb/{rest}", self.project)
    }

    /// A path of the second generation's interface.
    pub(super) fn v2(&self, rest: &str) -> String {
        format!("/v2/{}/elb/{rest}", self.project)
    }

    /// For as long as this session may last.
    pub(super) fn pauses(&self) -> Pauses {
        Pauses::new(self.elb.patience.first, self.ends)
    }

    /// For a change to be seen.
    pub(super) fn settling(&self) -> Pauses {
        Pauses::new(self.elb.patience.first, Instant::now() + self.elb.patience.settle)
    }

    /// Do our keys end by themselves?
    pub(super) fn is_temporary(&self) -> bool {
        matches!(&self.credentials, Credentials::Keys(Keys { token: Some(_), .. }))
    }

    /// Microseconds by which our clock is ahead of the interface's, as of its last answer.
    pub(super) fn ahead(&self) -> Option<i64> {
        self.seen().ahead
    }

    /// The record of what was done.
    pub(super) fn done(&self, words: impl Into<String>) -> Done {
        Done { requests: self.seen().requests.clone(), words: words.into() }
    }

    /// Asks, again where that helps.
    pub(super) async fn get(&self, path: &str, query: &Query<'_>) -> Result<Value, GateError> {
        let mut pauses = self.pauses();
        loop {
            match self.once(Method::GET, path, query, String::new()).await {
                Ok(answer) => {
                    return serde_json::from_slice(&answer.body).map_err(|cause| garbled(path, &cause));
                }
                Err(trouble) => pauses.wait(trouble).await?,
            }
        }
    }

    /// Asks for one thing, which stands in the answer under `key`.
    pub(super) async fn one<T: DeserializeOwned>(&self, path: &str, key: &str) -> Result<T, GateError> {
        let mut answer = self.get(path, &[]).await?;
        read(answer.get_mut(key).map(Value::take).unwrap_or_default(), key)
    }

    /// Changes something, once. The answer is null where it holds nothing.
    pub(super) async fn change(&self, method: Method, path: &str, body: &Value) -> Result<Value, Trouble> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.once(method, path, &[], body).await?;
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    async fn once(&self, method: Method, path: &str, query: &Query<'_>, body: String) -> Result<Answer, Trouble> {
        let write = method != Method::GET;
        let limit = if write { self.elb.patience.change } else { self.elb.patience.read };
        let url = url("elb_base", self.elb_base, path, query)?;
        let mut renewed = false;
        loop {
            let authority = self.authority(&method, &url, query, &body).await?;
            let mut request = self.client.request(method.clone(), url.clone()).headers(authority.headers);
            if !body.is_empty() {
                request = request.body(body.clone());
            }
            let answer = http::send(request, limit, write).await?;
            self.note(&answer);
            match answer.status {
                200..300 => return Ok(answer),
                // A token may end before its time. Whoever is not known has changed nothing.
                401 if authority.kept && !renewed => {
                    self.elb.tokens.forget(self.access);
                    renewed = true;
                }
                _ => return Err(self.refused(&answer, authority.token.as_ref(), write)),
            }
        }
    }

    /// What an answer that is not 2xx means.
    pub(super) fn refused(&self, answer: &Answer, token: Option<&SecretString>, write: bool) -> Trouble {
        let said = self.said(answer, token);
        if answer.status != 401 {
            return meaning(answer.status, said, request_id(answer), answer.retry_after, write);
        }
        let words = match &self.credentials {
            Credentials::Keys(_) => {
                "The keys are not accepted: they are wrong or have ended, or this machine's clock is wrong by more than \
                 15 minutes."
            }
            Credentials::Login(_) => "The user and password, or the token that was given for them, are not accepted.",
        };
        Trouble::Over(barred("credentials", words, format!("{} {}", said.code, said.message)).into())
    }

    /// Their words, without our secrets.
    pub(super) fn said(&self, answer: &Answer, token: Option<&SecretString>) -> Said {
        let Said { code, message } = said(&answer.body);
        Said { code: self.credentials.clean(&code, token), message: self.credentials.clean(&message, token) }
    }

    fn note(&self, answer: &Answer) {
        let ahead = answer.date.map(|theirs| self.elb.clock.now().since(theirs));
        let mut seen = self.seen();
        seen.requests.extend(request_id(answer));
        seen.ahead = ahead.or(seen.ahead);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Most characters of a request's id.
const ID: usize = 64;
/// Most characters of what is wrong with an answer.
const WORDS: usize = 200;

/// Reads one thing of an answer.
pub(super) fn read<T: DeserializeOwned>(value: Value, what: &str) -> Result<T, GateError> {
    serde_json::from_value(value).map_err(|cause| garbled(what, &cause))
}

fn garbled(what: &str, cause: &serde_json::Error) -> GateError {
    GateError::Garbled(text::cut(&format!("{what}: {cause}"), WORDS))
}

/// An id as a part of a path: what is none names nothing.
pub(super) fn id(id: &str) -> Result<&str, GateError> {
    let fits = (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits { Ok(id) } else { Err(GateError::NotFound) }
}

/// An address with its query, both as they are signed.
pub(super) fn url(field: &'static str, base: &str, path: &str, query: &Query<'_>) -> Result<Url, GateError> {
    let mark = if query.is_empty() { "" } else { "?" };
    Url::parse(&format!("{base}{path}{mark}{}", sign::query(query)))
        .map_err(|cause| barred(field, "This is not an address that can be asked.", cause).into())
}

fn request_id(answer: &Answer) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Id {
        request_id: String,
    }
    let id = answer.request.clone().or_else(|| Some(serde_json::from_slice::<Id>(&answer.body).ok()?.request_id))?;
    Some(text::cut(&text::visible(&id), ID)).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_names_nothing() {
        assert!(id("d1ff2ba5-da7b-46c8-a7b0-c3a30fbc8f76").is_ok());
        for wrong in ["", ".", "..", "a/b", "a%2Fb", "a?b", &"a".repeat(65)] {
            assert!(matches!(id(wrong), Err(GateError::NotFound)), "{wrong}");
        }
    }

    #[test]
    fn addresses_are_written_as_they_are_signed() {
        let query = [("name", "a b'c".to_owned()), ("id", "2".to_owned()), ("id", "1".to_owned())];
        let url = url("elb_base", "https://elb.example", "/v3/p/elb/pools", &query).expect("an address");
        assert_eq!(url.as_str(), "https://elb.example/v3/p/elb/pools?id=1&id=2&name=a%20b%27c");
        assert!(super::url("elb_base", "nothing", "/", &[]).is_err());
    }
}
