//! Where detectors send their alarms: a token in the path, no session, an answer only after the commit.
//!
//! Answers never repeat what was sent, and nothing here logs the path: it holds the token.

use std::{sync::LazyLock, time::Duration};

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderName, header},
    response::{IntoResponse as _, Response},
};
use quell_core::intake::MAX_BODY;
use quell_domain::{Code, Problem};
use tokio::sync::Semaphore;

use super::{errors, forms::whole, web::Web};

/// How long a sender may take to send a body, waiting for a place included.
const PATIENCE: Duration = Duration::from_secs(30);
/// A body that says it is at most this large is read without waiting for a place.
const SMALL: usize = 256 * 1024;
/// Large bodies in memory at the same time, so that senders without a good token cannot fill it.
static LARGE: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(16));

/// `POST /intake/{kind}/{token}`.
pub async fn of_kind(
    State(web): State<Web>,
    Path((kind, token)): Path<(String, String)>,
    request: Request,
) -> Response {
    // An empty kind means detection, which has a path of its own.
    if kind.is_empty() {
        return errors::json(&Problem::not_found("alarm source"));
    }
    take(&web, &kind, &token, request).await
}

/// `POST /intake/{token}`.
pub async fn detected(State(web): State<Web>, Path(token): Path<String>, request: Request) -> Response {
    take(&web, "", &token, request).await
}

async fn take(web: &Web, kind: &str, token: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let text = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let declared = text(&header::CONTENT_LENGTH).and_then(|text| text.parse::<usize>().ok());
    if declared.is_some_and(|length| length > MAX_BODY) {
        return errors::json(&Problem::new(Code::TooLarge, "That is too large."));
    }
    if let Err(problem) = web.portal.must_know_source(kind, token).await {
        return errors::json(&problem);
    }
    let read = async {
        let _place = match declared {
            Some(length) if length <= SMALL => None,
            // It is never closed, so waiting cannot fail.
            _ => LARGE.acquire().await.ok(),
        };
        whole(body, MAX_BODY).await
    };
    let body = match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(body)) => body,
        Ok(Err(problem)) => return errors::json(&problem),
        Err(_) => return errors::json(&Problem::new(Code::Invalid, "The body took too long to arrive.")),
    };
    let received =
        web.portal.receive(kind, token, text(&header::CONTENT_TYPE), text(&header::CONTENT_ENCODING), body).await;
    match received {
        Ok(received) => Json(serde_json::json!({ "accepted": received.alarms, "unreadable": received.dead_letters }))
            .into_response(),
        Err(problem) => errors::json(&problem),
    }
}
