//! Who is asking, and the proof that they may: the first line of every server function.
//!
//! Owns: the keys of the session, and reading them. Decides nothing: `Portal::authorise` does.

use std::{net::SocketAddr, sync::Arc};

use axum::extract::ConnectInfo;
use http::{HeaderName, HeaderValue, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use quell_core::{Caller, Grant, Portal, grant::Proves, usecase::session::SignedIn};
use quell_domain::{
    Code, Problem, Timestamp,
    ids::{AccountId, Digest, PersonId},
    proof::Proof,
};
use serde::{Serialize, de::DeserializeOwned};
use tower_sessions::Session;

use crate::{bearer, error::ApiError};

/// Session key: the person's id.
pub const PERSON: &str = "person";
/// Session key: the account's id.
pub const ACCOUNT: &str = "account";
/// Session key: the sign-in name.
pub const LOGIN: &str = "login";
/// Session key: digest of the password hash that it was begun with.
pub const PASSWORD: &str = "password";
/// Session key: the message for the next page, see [`crate::flash`].
pub const FLASH: &str = "flash";
/// Session key: when and by what its person last proved that it is them.
pub const PROOF: &str = "proof";
/// Session key: a form that waits for a fresh proof, see [`crate::flash`].
pub const HELD: &str = "held";
/// Session key: the challenge that a passkey is to answer.
pub const CHALLENGE: &str = "challenge";
/// Session key: the code app that is being added, its secret sealed.
pub const CODE_APP: &str = "code_app";
/// Session key: the passkey that is being made.
pub const PASSKEY: &str = "passkey";
/// Session key: microseconds since the epoch at sign-in; the absolute expiry counts from here.
pub const SIGNED_IN_AT: &str = "signed_in_at";
/// Cookie that holds `light` or `dark`; no cookie follows the system.
pub const THEME: &str = "quell_theme";

/// The address that people and detectors use, from the configuration: never from a request's head.
#[derive(Debug, Clone)]
pub struct Origin(pub String);

/// The whole address of a path of ours.
#[must_use]
pub fn whole(path: &str) -> String {
    use_context::<Origin>().map(|origin| origin.0).unwrap_or_default() + path
}

/// Who a request comes from, as its token or else its session says. Not yet trusted: the person may have been disabled
/// since.
pub async fn caller(parts: &Parts) -> Caller {
    if let Some(script) = bearer::caller(parts) {
        return script;
    }
    let address = address(parts);
    let Some(session) = parts.extensions.get::<Session>() else { return Caller::Anonymous { address } };
    let read = async {
        let person = session.get::<String>(PERSON).await?;
        let account = session.get::<String>(ACCOUNT).await?;
        let login = session.get::<String>(LOGIN).await?;
        let password = session.get::<Digest>(PASSWORD).await?;
        let proof = session.get::<Proof>(PROOF).await?;
        Ok::<_, tower_sessions::session::Error>((person, account, login, password, proof))
    };
    match read.await {
        Ok((Some(person), Some(account), Some(login), Some(password), proof)) => Caller::Session {
            person: PersonId::new(person),
            account: AccountId::new(account),
            login,
            password,
            address,
            proof,
        },
        Ok(_) => Caller::Anonymous { address },
        Err(error) => {
            tracing::error!(%error, "the session cannot be read");
            Caller::Anonymous { address }
        }
    }
}

/// The network address a request comes from, without its port.
#[must_use]
pub fn address(parts: &Parts) -> Option<String> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_string())
}

/// The network address of the request being answered.
#[must_use]
pub fn peer() -> Option<String> {
    address(&use_context::<Parts>()?)
}

/// The portal and the caller of the request being answered.
///
/// # Errors
/// Internal, when the wiring did not provide them.
pub async fn asking() -> Result<(Arc<Portal>, Caller), ApiError> {
    match (use_context::<Arc<Portal>>(), use_context::<Parts>()) {
        (Some(portal), Some(parts)) => Ok((portal, caller(&parts).await)),
        _ => Err(misfit("a request without portal or head")),
    }
}

/// The portal, and the proof that the caller may do what `P` names.
///
/// # Errors
/// Unauthenticated, or forbidden with who may instead; the refusal is audited.
pub async fn guard<P: Proves>() -> Result<(Arc<Portal>, Grant<P>), ApiError> {
    let (portal, caller) = asking().await?;
    let grant = portal.authorise::<P>(&caller).await?;
    Ok((portal, grant))
}

/// Does the request being answered come from a person who opens a page, and not from a script?
#[must_use]
pub fn opens_page() -> bool {
    use_context::<Parts>().is_some_and(|parts| wants_page(&parts.headers))
}

/// Does the caller want a page?
#[must_use]
pub fn wants_page(headers: &http::HeaderMap) -> bool {
    let accepted = headers.get_all(http::header::ACCEPT);
    accepted.iter().any(|value| value.to_str().is_ok_and(|text| text.contains("text/html")))
}

/// The session of the request being answered.
#[must_use]
pub fn session() -> Option<Session> {
    use_context::<Parts>()?.extensions.get::<Session>().cloned()
}

/// Puts a signed-in person into the session under a new id, so that an id known before is worth nothing.
///
/// # Errors
/// Unavailable, when the session cannot be kept.
pub async fn begin(signed_in: &SignedIn, now: Timestamp) -> Result<(), ApiError> {
    let Some(session) = session() else { return Err(misfit("a sign-in without a session")) };
    let write = async {
        session.cycle_id().await?;
        // Nothing of whoever was signed in here before.
        for key in [PROOF, HELD, CHALLENGE, CODE_APP, PASSKEY] {
            session.remove_value(key).await?;
        }
        session.insert(PERSON, &signed_in.person).await?;
        session.insert(ACCOUNT, &signed_in.account).await?;
        session.insert(LOGIN, &signed_in.login).await?;
        session.insert(PASSWORD, &signed_in.password).await?;
        session.insert(SIGNED_IN_AT, now.0).await
    };
    write.await.map_err(|error| unkept(&error))
}

/// Remembers a fresh proof, under a new id: whoever knew the old one has gained nothing.
///
/// # Errors
/// Unavailable, when the session cannot be kept.
pub async fn prove(proof: &Proof) -> Result<(), ApiError> {
    let Some(session) = session() else { return Err(misfit("a proof without a session")) };
    let write = async {
        session.cycle_id().await?;
        session.insert(PROOF, proof).await
    };
    write.await.map_err(|error| unkept(&error))
}

/// Keeps something in the session under one of the keys above.
///
/// # Errors
/// Unavailable, when the session cannot be kept.
pub async fn keep<T: Serialize>(key: &str, value: &T) -> Result<(), ApiError> {
    let Some(session) = session() else { return Err(misfit("something to keep without a session")) };
    session.insert(key, value).await.map_err(|error| unkept(&error))
}

/// What is kept in the session under a key.
///
/// # Errors
/// Unavailable, when the session cannot be read.
pub async fn kept<T: DeserializeOwned>(key: &str) -> Result<Option<T>, ApiError> {
    let Some(session) = session() else { return Ok(None) };
    session.get(key).await.map_err(|error| unkept(&error))
}

/// The same, taken out.
///
/// # Errors
/// Unavailable, when the session cannot be kept.
pub async fn take_out<T: DeserializeOwned>(key: &str) -> Result<Option<T>, ApiError> {
    let Some(session) = session() else { return Ok(None) };
    session.remove(key).await.map_err(|error| unkept(&error))
}

/// Ends the session for good.
///
/// # Errors
/// Unavailable, when the session cannot be removed.
pub async fn end() -> Result<(), ApiError> {
    match session() {
        Some(session) => session.flush().await.map_err(|error| unkept(&error)),
        None => Ok(()),
    }
}

fn unkept(error: &tower_sessions::session::Error) -> ApiError {
    tracing::error!(%error, "the session cannot be kept");
    Problem::new(Code::Unavailable, "Sorry, the session cannot be kept at the moment.").into()
}

fn misfit(what: &str) -> ApiError {
    tracing::error!("wiring: {what}");
    Problem::new(Code::Internal, "Sorry, the portal is not set up correctly.").into()
}

/// Path and query, as browsers write them, when they are ours and harmless in a header: nowhere else is anybody sent.
#[must_use]
pub fn own_path(path: &str) -> Option<&str> {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"/_.?=&-%+:~,*".contains(&b);
    // What stands behind a percent sign is never a line's end or the like.
    let shown = |escape: &str| {
        escape.get(..2).is_some_and(|hex| matches!(u8::from_str_radix(hex, 16), Ok(b) if b >= b' ' && b != 0x7f))
    };
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(known)
        && path.split('%').skip(1).all(shown);
    ours.then_some(path)
}

/// The view of the queue that a page or form was come to from; what needs action when it names none.
#[must_use]
pub fn own_queue(back: &str) -> &str {
    own_path(back).filter(|back| back.starts_with("/incidents?")).unwrap_or("/incidents?view=action")
}

/// Adds a header to the answer being made.
pub fn header(name: HeaderName, value: HeaderValue) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.append_header(name, value);
    }
}

/// The value of a cookie that a request carries.
#[must_use]
pub fn cookie<'a>(headers: &'a http::HeaderMap, wanted: &str) -> Option<&'a str> {
    let lines = headers.get_all(http::header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == wanted).then_some(value)
    })
}

/// `light` or `dark` when the viewer chose one, else empty.
#[must_use]
pub fn theme() -> &'static str {
    let Some(parts) = use_context::<Parts>() else { return "" };
    match cookie(&parts.headers, THEME) {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_own_paths_are_gone_to() {
        for ours in ["/", "/incidents/12?view=mine", "/incidents?q=web%20api+a%C3%A9*&view=mine"] {
            assert_eq!(own_path(ours), Some(ours));
        }
        for foreign in [
            "",
            "//evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/\\evil",
            "/x#y",
            "/a%0d%0ab",
            "/a%0D%0Ab",
            "/%7f",
            "/%",
            "/%2",
            "/%zz",
            "/%+1",
            "/é",
        ] {
            assert_eq!(own_path(foreign), None, "{foreign}");
        }
    }
}
