//! Where detectors send their alarms: a token in the path, no session, an answer only after the commit.
//!
//! Answers never repeat what was sent, and nothing here logs the path: it holds the token.

use std::{sync::LazyLock, time::Duration};

use axum::{
    Json,
    body::{Body, Bytes},
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
    // First of all: who has no token learns nothing of what is taken here.
    if let Err(problem) = web.portal.must_know_source(kind, token).await {
        return errors::json(&problem);
    }
    if declared.is_some_and(|length| length > MAX_BODY) {
        return errors::json(&Problem::new(Code::TooLarge, "That is too large."));
    }
    let body = match arrived(body, declared, PATIENCE).await {
        Ok(body) => body,
        Err(problem) => return errors::json(&problem),
    };
    let received =
        web.portal.receive(kind, token, text(&header::CONTENT_TYPE), text(&header::CONTENT_ENCODING), body).await;
    match received {
        Ok(received) => Json(serde_json::json!({ "accepted": received.alarms, "unreadable": received.dead_letters }))
            .into_response(),
        Err(problem) => errors::json(&problem),
    }
}

/// The whole body, unless it is too large or takes too long.
async fn arrived(body: Body, declared: Option<usize>, patience: Duration) -> Result<Bytes, Problem> {
    let read = async {
        let _place = match declared {
            Some(length) if length <= SMALL => None,
            // It is never closed, so waiting cannot fail.
            _ => LARGE.acquire().await.ok(),
        };
        whole(body, MAX_BODY).await
    };
    tokio::time::timeout(patience, read)
        .await
        .unwrap_or_else(|_| Err(Problem::new(Code::Invalid, "The body took too long to arrive.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let never = || Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        for declared in [None, Some(10), Some(MAX_BODY)] {
            let problem = arrived(never(), declared, Duration::ZERO).await.expect_err("too late");
            assert_eq!(problem.message, "The body took too long to arrive.");
        }
        assert_eq!(LARGE.available_permits(), 16, "its place is free again");
        assert_eq!(arrived(Body::from("x"), None, Duration::ZERO).await.expect("there"), "x");
        let large = arrived(Body::from(vec![b' '; MAX_BODY + 1]), None, PATIENCE).await.expect_err("too large");
        assert_eq!(large.code, Code::TooLarge);
    }
}
