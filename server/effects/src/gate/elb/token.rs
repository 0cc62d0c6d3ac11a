//! Tokens of IAM: a password is exchanged for one, which is kept in memory until shortly before it ends.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use quell_core::ports::GateError;
use quell_domain::{Timestamp, gate::BalancerAccess, time::MINUTE};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::credentials::Login;

/// The rest of its life in which a token is not used any more. They live for a day.
const MARGIN: i64 = 10 * MINUTE;

/// One token for each way to a load balancer's interface.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<BalancerAccess, Kept>>);

struct Kept {
    /// The user and password that it was given for: after a change it counts no more.
    login: Login,
    token: SecretString,
    until: Timestamp,
}

impl Tokens {
    /// The one that can still be used.
    pub(super) fn get(&self, access: &BalancerAccess, login: &Login, now: Timestamp) -> Option<SecretString> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(access)?;
        (kept.login == *login && kept.until > now).then(|| kept.token.clone())
    }

    /// Keeps a new one, and drops those that ended.
    pub(super) fn keep(&self, access: &BalancerAccess, login: &Login, fresh: &Fresh, now: Timestamp) {
        let kept = Kept { login: login.clone(), token: fresh.token.clone(), until: fresh.expires.plus(-MARGIN) };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, kept| kept.until > now);
        all.insert(access.clone(), kept);
    }

    /// Drops one that was refused.
    pub(super) fn forget(&self, access: &BalancerAccess) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(access);
    }
}

/// A token as IAM gave it.
pub(super) struct Fresh {
    pub token: SecretString,
    pub expires: Timestamp,
}

/// What is sent to `POST /v3/auth/tokens`.
pub(super) fn request(login: &Login, project: &str) -> Value {
    let user = json!({
        "name": login.user,
        "password": login.password.expose_secret(),
        "domain": { "name": login.domain },
    });
    json!({ "auth": {
        "identity": { "methods": ["password"], "password": { "user": user } },
        "scope": { "project": { "id": project } },
    } })
}

/// What came back: the token stands in a header, its end in the body.
pub(super) fn answer(token: Option<SecretString>, body: &[u8]) -> Result<Fresh, GateError> {
    #[derive(Deserialize)]
    struct Answer {
        token: Life,
    }
    #[derive(Deserialize)]
    struct Life {
        expires_at: String,
    }
    let life = serde_json::from_slice::<Answer>(body).ok().map(|answer| answer.token.expires_at);
    let expires = life.as_deref().and_then(Timestamp::parse_rfc3339);
    match (token, expires) {
        (Some(token), Some(expires)) => Ok(Fresh { token, expires }),
        _ => Err(GateError::Garbled("IAM gave no token, or did not say until when.".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> BalancerAccess {
        BalancerAccess::Elb {
            elb_base: "https://elb.example".to_owned(),
            iam_base: None,
            project: "0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d".to_owned(),
            credentials: "/run/keys".to_owned(),
            classic: false,
            ca: None,
        }
    }

    #[test]
    fn a_token_is_used_until_shortly_before_its_end_and_for_one_password_only() {
        let (tokens, access) = (Tokens::default(), access());
        let login = |password: &str| Login {
            user: "soc".to_owned(),
            domain: "acme".to_owned(),
            password: password.to_owned().into(),
        };
        let (now, end) = (Timestamp(0), Timestamp(60 * MINUTE));
        let fresh = Fresh { token: "MIIC".to_owned().into(), expires: end };
        tokens.keep(&access, &login("a"), &fresh, now);
        assert!(tokens.get(&access, &login("a"), now).is_some());
        assert!(tokens.get(&access, &login("b"), now).is_none(), "another password");
        assert!(tokens.get(&access, &login("a"), end.plus(-MARGIN)).is_none(), "renewed before it ends");
        tokens.forget(&access);
        assert!(tokens.get(&access, &login("a"), now).is_none());
    }

    #[test]
    fn an_answer_has_a_token_and_an_end() {
        let token = || Some(SecretString::from("MIIC".to_owned()));
        let body = br#"{"token":{"expires_at":"2026-03-12T08:30:15.123000Z","methods":["password"]}}"#;
        assert_eq!(
            answer(token(), body).map(|fresh| fresh.expires.rfc3339()).ok(),
            Some("2026-03-12T08:30:15.123000Z".to_owned())
        );
        for (token, body) in [(None, &body[..]), (token(), b"{}"), (token(), b"<html>")] {
            assert!(matches!(answer(token, body), Err(GateError::Garbled(_))));
        }
    }
}
