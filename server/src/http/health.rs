//! For whoever watches the portal: is it alive, and can it work?

use axum::{extract::State, http::StatusCode};

use super::web::Web;

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the database answers too, and the portal is not stopping.
pub async fn ready(State(web): State<Web>) -> (StatusCode, &'static str) {
    if *web.shutdown.borrow() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match web.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
