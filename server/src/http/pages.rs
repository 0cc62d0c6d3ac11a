//! Leptos: pages and server functions with what they find in their context.

use std::sync::OnceLock;

use axum::{
    Router,
    extract::Request,
    http::{Method, StatusCode, request::Parts},
    response::Response,
};
use leptos::{
    config::LeptosOptions,
    nonce::Nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _};
use quell_app::{Origin, guard};
use quell_domain::Problem;

use super::{errors, headers::CspNonce, web::Web};

/// The pages' routes. Computed once and before anything is served: computing them sets a flag of the whole process that
/// makes pages rendered meanwhile hang (Leptos issue 4773).
pub fn list() -> &'static [AxumRouteListing] {
    static LIST: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    LIST.get_or_init(|| leptos_axum::generate_route_list(quell_app::App))
}

/// Pages, server functions, and the page for everything that is not there.
pub fn router(web: &Web) -> Router {
    let options = LeptosOptions::builder().output_name("quell").build();
    let context = {
        let web = web.clone();
        move || {
            provide_context(web.portal.clone());
            provide_context(web.secrets.clone());
            provide_context(web.slips.clone());
            provide_context(web.assets.clone());
            provide_context(Origin(web.origin.clone()));
            let nonce = use_context::<Parts>().and_then(|parts| parts.extensions.get::<CspNonce>().cloned());
            if let Some(nonce) = nonce {
                provide_context(Nonce::from_value(nonce.0));
            }
        }
    };
    let missing = leptos_axum::render_app_async_with_context(context.clone(), quell_app::shell);
    Router::new()
        .leptos_routes_with_context(&options, list().to_vec(), context, quell_app::shell)
        .fallback(move |request: Request| not_found(request, missing.clone()))
        .with_state(options)
}

async fn not_found<F, A>(request: Request, render: F) -> Response
where
    F: Fn(Request) -> A,
    A: Future<Output = Response>,
{
    let is_page = request.method() == Method::GET
        && guard::wants_page(request.headers())
        && !request.uri().path().starts_with("/api/");
    if !is_page {
        return errors::json(&Problem::not_found("page"));
    }
    let mut response = render(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
