//! The OpenAPI document, for whoever is signed in.

use axum::{Json, extract::State};
use serde_json::Value;

use super::web::Web;

/// `GET /api/v1/openapi.json`.
pub async fn document(State(web): State<Web>) -> Json<Value> {
    Json(quell_app::openapi::document(&web.origin))
}
