//! The one layer between browsers or programs and the server functions.
//!
//! Owns: which fields are taken ([`fields`]), honest status codes, and for browser forms the 303 with a one-time message for
//! the next page, so that nothing typed is lost and nothing of it is in a URL.
//! Server functions alone would answer a form with 302 to any `Referer`, put errors into its query, call every error
//! 500 and take unknown fields.

mod fields;

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use quell_app::{
    bearer,
    endpoints::{ENDPOINTS, Endpoint, Method},
    flash::{Flash, Held, Shown},
    guard,
};
use quell_domain::{Code, Problem, view};
use tower_sessions::Session;

pub(super) use self::fields::whole;
use self::fields::{Fields, check, read};
use super::{errors, redirect, web::Web};

/// No answer to a change or problem comes near this.
const MAX_ANSWER: usize = 1024 * 1024;

static BY_PATH: LazyLock<HashMap<&'static str, &'static Endpoint>> =
    LazyLock::new(|| ENDPOINTS.iter().map(|endpoint| (endpoint.path, endpoint)).collect());

/// Checks what comes to a server function and puts its answer into the form that the caller likes.
pub async fn answer(State(web): State<Web>, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let endpoint = template.and_then(|path| BY_PATH.get(path.as_str()).copied());
    // With another method it is not a call of this server function, and is refused further in.
    let Some(endpoint) = endpoint.filter(|endpoint| calls(request.method(), endpoint.method)) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let script = bearer::token(parts.uri.path(), &parts.headers).is_some();
    let browser = endpoint.method == Method::Post && !script && guard::wants_page(&parts.headers);
    let from = redirect::referer(&parts.headers, &web.origins);
    let session = parts.extensions.get::<Session>().cloned();
    let mut fields = Fields::new();
    let response = match read(endpoint, &mut parts, body).await.and_then(|(read, body)| {
        fields = read;
        check(endpoint, &fields).map(|()| body)
    }) {
        Ok(body) => {
            // With these the server function would redirect by itself.
            parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
            parts.headers.remove(header::REFERER);
            honest(next.run(Request::from_parts(parts, body)).await).await
        }
        Err(problem) => Err(problem),
    };
    match (response, browser) {
        (Ok(response), false) => response,
        (Err(problem), false) => errors::json(&problem),
        (Ok(response), true) => done(&web, response, session).await,
        (Err(problem), true) if problem.code == Code::StepUp => {
            let back = problem.next.or(from).unwrap_or_else(|| endpoint.back.to_owned());
            let values = typed(endpoint, fields);
            let flash = Flash { values, endpoint: endpoint.path.to_owned(), ..Flash::default() };
            held(session, &Held { path: back.clone(), flash }, redirect::to_proof(&back)).await
        }
        (Err(problem), true) => {
            let place = if problem.code == Code::Unauthenticated && endpoint.permission.is_some() {
                redirect::to_sign_in(from.as_deref().unwrap_or(endpoint.back))
            } else if let Some(next) = &problem.next {
                redirect::see_other(next)
            } else {
                redirect::see_other(from.as_deref().unwrap_or(endpoint.back))
            };
            let values = typed(endpoint, fields);
            let flash =
                Flash { problem: Some(problem), values, endpoint: endpoint.path.to_owned(), ..Flash::default() };
            with_message(&web, session, flash, place).await
        }
    }
}

fn calls(method: &http::Method, wanted: Method) -> bool {
    match wanted {
        Method::Get => matches!(*method, http::Method::GET | http::Method::HEAD),
        Method::Post => *method == http::Method::POST,
    }
}

/// A server function's answer: whole when it succeeded, the problem in it when it did not.
async fn honest(response: Response) -> Result<Response, Problem> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let bytes = whole(response.into_body(), MAX_ANSWER).await.unwrap_or_default();
    Err(serde_json::from_slice(&bytes).unwrap_or_else(|_| {
        let correlation_id = quell_core::ids::mint();
        tracing::error!(correlation_id, status = status.as_u16(), "a server function failed without a problem");
        Problem {
            correlation_id: Some(correlation_id),
            ..Problem::new(Code::Internal, "Sorry, something went wrong on our side.")
        }
    }))
}

/// 303 to where the server function says, with its message kept for that page.
async fn done(web: &Web, response: Response, session: Option<Session>) -> Response {
    let (parts, body) = response.into_parts();
    let next: view::Next =
        match whole(body, MAX_ANSWER).await.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            Some(next) => next,
            None => {
                tracing::error!("a server function's answer names no next page");
                view::Next::to("/", "")
            }
        };
    let mut place = redirect::see_other(&next.path);
    // The theme is a cookie of its own.
    for cookie in parts.headers.get_all(header::SET_COOKIE) {
        place.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    if !next.notice.is_empty() || next.once.is_some() {
        let once = next.once.map(|once| {
            if let Some(session) = &session {
                web.secrets.keep(session, once.value);
            }
            Shown { label: once.label, again: once.again, example: once.example, effect: once.effect, value: None }
        });
        let flash = Flash { notice: next.notice, once, ..Flash::default() };
        place = with_message(web, session, flash, place).await;
    }
    place
}

/// What was typed, without what is secret.
fn typed(endpoint: &Endpoint, fields: Fields) -> BTreeMap<String, String> {
    fields
        .into_iter()
        .filter(|(name, _)| {
            endpoint.fields.contains(&name.as_str()) && !endpoint.secret_fields.contains(&name.as_str())
        })
        // What strangers type waits in a cookie, which has little room.
        .map(|(name, value)| {
            let room = if endpoint.permission.is_some() { 8_000 } else { 100 };
            (name, value.chars().take(room).collect())
        })
        .collect()
}

/// The way on, with a message that waits there: in the session, or with whoever has none.
async fn with_message(web: &Web, session: Option<Session>, flash: Flash, mut place: Response) -> Response {
    match kept(session, &flash).await {
        Ok(true) => {}
        Ok(false) => {
            if let Some(cookie) = web.slips.write(flash) {
                place.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
        Err(error) => return unkept(&error),
    }
    place
}

/// The way to the proof. What was typed waits in the session until it is given.
async fn held(session: Option<Session>, held: &Held, place: Response) -> Response {
    // Only who is signed in can be asked for a proof.
    let Some(session) = session else { return place };
    match session.insert(guard::HELD, held).await {
        Ok(()) => place,
        Err(error) => unkept(&error),
    }
}

fn unkept(error: &tower_sessions::session::Error) -> Response {
    tracing::error!(%error, "the session cannot be kept");
    errors::json(&Problem::new(Code::Unavailable, "Sorry, the session cannot be kept at the moment."))
}

/// Keeps the message in the session of whoever is signed in: strangers would fill the table.
async fn kept(session: Option<Session>, flash: &Flash) -> Result<bool, tower_sessions::session::Error> {
    let Some(session) = session else { return Ok(false) };
    if session.get::<String>(guard::PERSON).await?.is_none() {
        return Ok(false);
    }
    session.insert(guard::FLASH, flash).await.map(|()| true)
}

#[cfg(test)]
mod tests {
    use quell_app::endpoints::{NOTE, SIGN_IN};

    use super::*;

    #[test]
    fn strangers_are_given_little_room() {
        let long = "\u{202e}".repeat(60_000);
        let kept = |endpoint, field: &str| typed(endpoint, vec![(field.to_owned(), long.clone())]).remove(field);
        assert_eq!(kept(&SIGN_IN, "login").map(|text| text.chars().count()), Some(100));
        assert_eq!(kept(&NOTE, "text").map(|text| text.chars().count()), Some(8_000));
        assert_eq!(kept(&SIGN_IN, "password"), None, "secrets are not kept");
        assert_eq!(kept(&SIGN_IN, "other"), None, "nor what was not asked for");
    }
}
