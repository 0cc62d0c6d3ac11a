//! Bytes that leave the house as files: evidence items, dead letters and the audit trail. Never shown, never run by a browser.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use quell_app::guard;
use quell_core::grant::may;
use quell_domain::{
    Problem,
    ids::{DeadLetterId, EvidenceId},
};

use super::{errors, web::Web};
use crate::export;

/// What is in the file may be an attacker's page.
const SANDBOX: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'",
);

/// `GET /evidence/{item}/download`.
pub async fn evidence(State(web): State<Web>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    evidence_file(&web, &parts, &id).await.unwrap_or_else(|problem| refused(&web, &parts, &problem))
}

async fn evidence_file(web: &Web, parts: &Parts, id: &str) -> Result<Response, Problem> {
    let grant = web.portal.authorise::<may::ReadEvidence>(&guard::caller(parts).await).await?;
    let id = EvidenceId::new(id);
    // Asking for the head takes nothing away, so it leaves no trace; the body is dropped unread.
    let file = match parts.method {
        Method::HEAD => web.portal.download_head(grant, id).await?,
        _ => web.portal.download(grant, id).await?,
    };
    let mut headers = attachment(&file.file_name, "application/octet-stream");
    headers.insert(header::CONTENT_LENGTH, file.size.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    if let Some(tag) = file.item.sha256.as_ref().and_then(|hash| HeaderValue::from_str(&format!("\"{hash}\"")).ok()) {
        headers.insert(header::ETAG, tag);
    }
    Ok((headers, Body::from_stream(file.bytes)).into_response())
}

/// `GET /audit/export`.
pub async fn audit(State(web): State<Web>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    audit_file(&web, &parts).await.unwrap_or_else(|problem| refused(&web, &parts, &problem))
}

async fn audit_file(web: &Web, parts: &Parts) -> Result<Response, Problem> {
    let grant = web.portal.authorise::<may::ReadAudit>(&guard::caller(parts).await).await?;
    let (rows, head) = match parts.method {
        Method::HEAD => web.portal.export_head(grant).await?,
        _ => web.portal.export_audit(grant).await?,
    };
    let name = format!("quell-audit-{}.ndjson", head.0);
    let headers = attachment(&name, "application/x-ndjson; charset=utf-8");
    Ok((headers, Body::from_stream(export::lines(rows, head))).into_response())
}

/// `GET /dead-letters/{letter}/download`.
pub async fn dead_letter(State(web): State<Web>, Path(id): Path<String>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    dead_letter_file(&web, &parts, &id).await.unwrap_or_else(|problem| refused(&web, &parts, &problem))
}

async fn dead_letter_file(web: &Web, parts: &Parts, id: &str) -> Result<Response, Problem> {
    let grant = web.portal.authorise::<may::ManageSources>(&guard::caller(parts).await).await?;
    let bytes = web.portal.dead_letter(grant, DeadLetterId::new(id)).await?;
    Ok((attachment(&format!("dead-letter-{id}.bin"), "application/octet-stream"), bytes).into_response())
}

fn refused(web: &Web, parts: &Parts, problem: &Problem) -> Response {
    errors::answer(problem, &parts.headers, &web.assets.url("quell.css"))
}

/// RFC 6266. The name is ours; anything that could end the quotes is replaced all the same.
fn attachment(name: &str, kind: &'static str) -> HeaderMap {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{safe}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_its_header() {
        let headers = attachment("a\"; filename=\"b.html\r\nx: y", "application/octet-stream");
        assert_eq!(headers[header::CONTENT_DISPOSITION], "attachment; filename=\"a___filename__b.html__x__y\"");
    }
}
