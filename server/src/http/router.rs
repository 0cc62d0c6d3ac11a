//! Puts routes and layers together.

use std::net::SocketAddr;

use axum::{
    Router,
    http::StatusCode,
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use quell_domain::time::HOUR;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    access, assets, client, crash, csrf, download, forms, gate, headers, health, intake, live, openapi, pages, session,
    streams::Streams,
    web::{Shared, Web},
};
use crate::{
    config::{Config, PublicUrl},
    failure::Failure,
    wiring::Wired,
};

/// The whole edge, ready to be served.
///
/// # Errors
/// There is no built browser part, or its list of files cannot be read.
pub fn app(
    wired: &Wired,
    config: &Config,
    public_url: &PublicUrl,
    address: SocketAddr,
    shutdown: watch::Receiver<bool>,
) -> Result<Router, Failure> {
    let site = config.site.found().ok_or_else(|| {
        Failure::new(format!(
            "The built browser part was not found: {} holds it. Build it with `cargo xtask build`, or give its folder in server.site.",
            config.site
        ))
    })?;
    let web = Web::new(Shared {
        portal: wired.portal.clone(),
        store: wired.store.clone(),
        sessions: wired.store.sessions(),
        secrets: quell_app::Secrets::default(),
        slips: quell_app::Slips::new(public_url.is_https()),
        assets: assets::names(site)?,
        origin: public_url.origin(),
        origins: origins(public_url, address),
        https: public_url.is_https(),
        proxies: config.trusted_proxies.clone(),
        only_proxies: !address.ip().is_loopback(),
        absolute: config.absolute_hours * HOUR,
        shutdown,
        streams: Streams::default(),
    });

    let without_session = Router::new()
        .route("/intake/{token}", post(intake::detected))
        .route("/intake/{kind}/{token}", post(intake::of_kind))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .with_state(web.clone())
        .merge(assets::router(site))
        .layer(CatchPanicLayer::custom(crash::answer))
        .layer(from_fn_with_state(web.clone(), headers::plain));

    let streams = Router::new()
        .route("/live", get(live::open))
        .route("/evidence/{item}/download", get(download::evidence))
        .route("/dead-letters/{letter}/download", get(download::dead_letter))
        .route("/audit/export", get(download::audit))
        .route("/api/v1/openapi.json", get(openapi::document))
        .with_state(web.clone());
    // The last one is the first to see a request.
    let with_session = pages::router(&web)
        .merge(streams)
        .layer(from_fn_with_state(web.clone(), forms::answer))
        .layer(from_fn_with_state(web.clone(), gate::check))
        .layer(from_fn_with_state(web.clone(), session::age))
        .layer(session::layer(web.sessions.clone(), web.https, config.idle_minutes))
        .layer(from_fn_with_state(web.clone(), session::explain))
        .layer(from_fn_with_state(web.clone(), csrf::check))
        .layer(CatchPanicLayer::custom(crash::answer))
        .layer(from_fn_with_state(web.clone(), headers::page));

    Ok(without_session.merge(with_session).layer(from_fn_with_state(web, client::resolve)).layer(from_fn(access::log)))
}

/// The public origin; on loopback also the other names of this machine, which people type just as well.
fn origins(public_url: &PublicUrl, address: SocketAddr) -> Vec<String> {
    let mut origins = vec![public_url.origin()];
    if address.ip().is_loopback() && !public_url.is_https() {
        let port = address.port();
        for name in ["localhost", "127.0.0.1", "[::1]"] {
            let suffix = if port == 80 { String::new() } else { format!(":{port}") };
            origins.push(format!("http://{name}{suffix}"));
        }
    }
    origins
}
