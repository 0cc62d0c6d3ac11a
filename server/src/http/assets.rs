//! The built browser part: files whose names carry a hash, kept by browsers for ever, compressed when they were built.

use std::{collections::BTreeMap, fs, path::Path};

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use quell_app::Assets;
use tower_http::services::ServeDir;

use crate::{config::LIST, failure::Failure};

/// Reads the list of files.
///
/// # Errors
/// It is not there or is not such a list.
pub fn names(site: &Path) -> Result<Assets, Failure> {
    let file = site.join(LIST);
    let bytes =
        fs::read(&file).map_err(|error| Failure::new(format!("{} cannot be read: {error}.", file.display())))?;
    let names: BTreeMap<String, String> = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::new(format!("{} is not a list of files: {error}.", file.display())))?;
    Ok(Assets::new(names))
}

/// `/pkg`.
pub fn router(site: &Path) -> Router {
    let files = ServeDir::new(site.join("pkg")).precompressed_br().precompressed_gzip();
    Router::new().nest_service("/pkg", files).layer(middleware::from_fn(keep))
}

async fn keep(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED | StatusCode::PARTIAL_CONTENT) {
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}
