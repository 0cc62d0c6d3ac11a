//! Sessions: the cookie, how long it lives without use and in any case.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE, request::Parts},
    middleware::Next,
    response::Response,
};
use quell_app::{bearer, guard};
use quell_domain::{Code, Problem, ids::PersonId, time::MINUTE};
use quell_store::SqlSessions;
use tower_sessions::{
    Expiry, Session, SessionManagerLayer,
    cookie::{SameSite, time::Duration},
};

use super::{errors, web::Web};

/// Session key: microseconds since the epoch when the session was last prolonged.
const TOUCHED_AT: &str = "touched_at";

/// The layer that reads and writes the cookie.
pub fn layer(sessions: SqlSessions, https: bool, idle_minutes: i64) -> SessionManagerLayer<SqlSessions> {
    SessionManagerLayer::new(sessions)
        // A browser takes a `__Host-` cookie only when it is secure, for the whole host and for no other.
        .with_name(if https { "__Host-quell" } else { "quell" })
        .with_secure(https)
        .with_http_only(true)
        // Strict would sign people out who follow a link from a mail.
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::minutes(idle_minutes)))
}

/// Ends sessions that are too old, and prolongs used ones, at most once a minute.
pub async fn age(State(web): State<Web>, request: Request, next: Next) -> Response {
    if let Some(session) = request.extensions().get::<Session>()
        && let Err(error) = grow_older(&web, session, is_use(&request)).await
    {
        tracing::error!(%error, "the session cannot be read");
        let problem = Problem::new(Code::Unavailable, "Sorry, the database cannot be used at the moment.");
        return errors::answer(&problem, request.headers(), &web.assets.url("quell.css"));
    }
    next.run(request).await
}

/// Says what it means that a session could not be read or written: its layer answers with a bare status then, and the
/// request may have been carried out before.
pub async fn explain(State(web): State<Web>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let response = next.run(request).await;
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR || response.headers().contains_key(CONTENT_TYPE) {
        return response;
    }
    let correlation_id = quell_core::ids::mint();
    tracing::error!(correlation_id, "the session could not be read or written");
    let problem = Problem {
        correlation_id: Some(correlation_id),
        ..Problem::new(
            Code::Unavailable,
            "Sorry, the database was too busy. What you asked for may have been done: look before you ask again.",
        )
    };
    errors::answer(&problem, &headers, &web.assets.url("quell.css"))
}

async fn grow_older(web: &Web, session: &Session, used: bool) -> Result<(), tower_sessions::session::Error> {
    let Some(signed_in_at) = session.get::<i64>(guard::SIGNED_IN_AT).await? else { return Ok(()) };
    let now = web.portal.now().0;
    if now - signed_in_at > web.absolute {
        return session.flush().await;
    }
    let touched_at = session.get::<i64>(TOUCHED_AT).await?.unwrap_or(signed_in_at);
    if used && now - touched_at > MINUTE {
        session.insert(TOUCHED_AT, now).await?;
    }
    Ok(())
}

/// Panels refetch and streams reconnect by themselves: only what a person does counts as use.
fn is_use(request: &Request) -> bool {
    request.method() == Method::POST || (guard::wants_page(request.headers()) && !is_prefetch(request.headers()))
}

fn is_prefetch(headers: &HeaderMap) -> bool {
    headers.get("sec-purpose").is_some_and(|value| value.as_bytes().starts_with(b"prefetch"))
}

/// Who holds this session, or this token, now? Asked again and again by open streams; none once they signed out, were disabled, or the
/// session or the token ran out.
pub async fn holder(web: &Web, parts: &Parts) -> Option<PersonId> {
    if let Some(script) = bearer::caller(parts) {
        return web.portal.holder(&script).await.ok()?;
    }
    let id = parts.extensions.get::<Session>()?.id()?;
    let session = Session::new(Some(id), Arc::new(web.sessions.clone()), None);
    let signed_in_at = session.get::<i64>(guard::SIGNED_IN_AT).await.ok()??;
    if web.portal.now().0 - signed_in_at > web.absolute {
        return None;
    }
    let mut fresh = parts.clone();
    fresh.extensions.insert(session);
    web.portal.holder(&guard::caller(&fresh).await).await.ok()?
}
