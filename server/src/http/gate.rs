//! The gate in front of pages, server functions and streams: without a person in good standing nothing is rendered.
//!
//! It stands here and not in the pages, because a page that redirects by itself is rendered and sent all the same. What
//! exactly somebody may do is decided behind it, by the grant that every use case takes.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, request::Parts},
    middleware::Next,
    response::Response,
};
use quell_app::{bearer, guard};
use quell_core::{Caller, Grant, grant::may};
use quell_domain::{Code, Problem};

use super::{errors, redirect, routes, web::Web};

/// Lets through whoever may come in.
pub async fn check(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if bearer::token(parts.uri.path(), &parts.headers).is_some() {
        return match script(&web, &parts).await {
            Ok(()) => next.run(Request::from_parts(parts, body)).await,
            Err(problem) => errors::json(&problem),
        };
    }
    let open = routes::is_open(parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str));
    let path = parts.uri.path();
    let leads_home = matches!(path, "/" | "/login");
    if !open || leads_home {
        let caller = guard::caller(&parts).await;
        let style = web.assets.url("quell.css");
        match web.portal.standing(&caller).await {
            Err(problem) => return errors::answer(&problem, &parts.headers, &style),
            Ok(true) if leads_home => {
                return match home(&web, &caller).await {
                    Ok(path) => redirect::see_other(path),
                    Err(problem) => errors::answer(&problem, &parts.headers, &style),
                };
            }
            Ok(false) if !open => return turned_away(&web, &parts),
            Ok(_) => {}
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Lets a good token through to what tokens may ask for at all.
async fn script(web: &Web, parts: &Parts) -> Result<(), Problem> {
    web.portal.holder(&guard::caller(parts).await).await?;
    if routes::takes_token(parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str)) {
        return Ok(());
    }
    Err(Problem::forbidden("A token may not call this: it is about a browser's own session."))
}

/// The page that a person begins on.
async fn home(web: &Web, caller: &Caller) -> Result<&'static str, Problem> {
    let grant: Grant<may::OwnAccount> = web.portal.authorise(caller).await?;
    Ok(quell_app::home(grant.roles()))
}

/// A browser goes to the sign-in page and from there on to where it wanted to; a program gets the status.
fn turned_away(web: &Web, parts: &Parts) -> Response {
    let program = parts.uri.path() == "/live" || !guard::wants_page(&parts.headers);
    if program {
        return errors::json(&Problem::new(Code::Unauthenticated, "Please sign in."));
    }
    if parts.method != Method::GET {
        // Nobody can be led on to a change; only to the page with its form.
        let page = redirect::referer(&parts.headers, &web.origins);
        return redirect::to_sign_in(page.as_deref().unwrap_or("/"));
    }
    let wanted = parts.uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    redirect::to_sign_in(guard::own_path(wanted).unwrap_or(parts.uri.path()))
}
