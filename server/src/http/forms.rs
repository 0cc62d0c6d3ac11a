//! The one layer between browsers or programs and the server functions.
//!
//! Owns: which fields are taken (each once, no others; ticks of a list as one text), honest status codes, and for browser forms the 303 with a
//! one-time message for the next page, so that nothing typed is lost and nothing of it is in a URL.
//! Server functions alone would answer a form with 302 to any `Referer`, put errors into its query, call every error
//! 500 and take unknown fields.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
    time::Duration,
};

use axum::{
    Form,
    body::{self, Body, Bytes},
    extract::{FromRequest as _, MatchedPath, Query, Request, State},
    http::{HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use quell_app::{
    bearer,
    endpoints::{ENDPOINTS, Endpoint, LISTS, Method},
    flash::{Flash, Held, Shown},
    guard,
};
use quell_domain::{Code, Problem, text::percent, view};
use tower_sessions::Session;

use super::{errors, redirect, web::Web};

/// No form of ours comes near this.
const MAX_FORM: usize = 64 * 1024;
/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// No answer to a change or problem comes near this.
const MAX_ANSWER: usize = 1024 * 1024;

static BY_PATH: LazyLock<HashMap<&'static str, &'static Endpoint>> =
    LazyLock::new(|| ENDPOINTS.iter().map(|endpoint| (endpoint.path, endpoint)).collect());

type Fields = Vec<(String, String)>;

/// Checks what comes to a server function and puts its answer into the form that the caller likes.
pub async fn answer(State(web): State<Web>, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let endpoint = template.and_then(|path| BY_PATH.get(path.as_str()).copied());
    // With another method it is not a call of this server function, and is refused further in.
    let Some(endpoint) = endpoint.filter(|endpoint| calls(request.method(), endpoint.method)) else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let script = bearer::token(parts.uri.path(), &parts.headers).is_some();
    let browser = endpoint.method == Method::Post && !script && guard::wants_page(&parts.headers);
    let from = redirect::referer(&parts.headers, &web.origins);
    let session = parts.extensions.get::<Session>().cloned();
    let mut fields = Fields::new();
    let response = match read(endpoint, &mut parts, body).await.and_then(|(read, body)| {
        fields = read;
        check(endpoint, &fields).map(|()| body)
    }) {
        Ok(body) => {
            // With these the server function would redirect by itself.
            parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
            parts.headers.remove(header::REFERER);
            honest(next.run(Request::from_parts(parts, body)).await).await
        }
        Err(problem) => Err(problem),
    };
    match (response, browser) {
        (Ok(response), false) => response,
        (Err(problem), false) => errors::json(&problem),
        (Ok(response), true) => done(&web, response, session).await,
        (Err(problem), true) if problem.code == Code::StepUp => {
            let back = problem.next.or(from).unwrap_or_else(|| endpoint.back.to_owned());
            let values = typed(endpoint, fields);
            let flash = Flash { values, endpoint: endpoint.path.to_owned(), ..Flash::default() };
            held(session, &Held { path: back.clone(), flash }, redirect::to_proof(&back)).await
        }
        (Err(problem), true) => {
            let place = if problem.code == Code::Unauthenticated && endpoint.permission.is_some() {
                redirect::to_sign_in(from.as_deref().unwrap_or(endpoint.back))
            } else if let Some(next) = &problem.next {
                redirect::see_other(next)
            } else {
                redirect::see_other(from.as_deref().unwrap_or(endpoint.back))
            };
            let values = typed(endpoint, fields);
            let flash =
                Flash { problem: Some(problem), values, endpoint: endpoint.path.to_owned(), ..Flash::default() };
            with_message(&web, session, flash, place).await
        }
    }
}

fn calls(method: &http::Method, wanted: Method) -> bool {
    match wanted {
        Method::Get => matches!(*method, http::Method::GET | http::Method::HEAD),
        Method::Post => *method == http::Method::POST,
    }
}

/// The fields, and the body to hand on; for what reads, the query is in the head.
async fn read(endpoint: &Endpoint, parts: &mut Parts, body: Body) -> Result<(Fields, Body), Problem> {
    let garbled = || Problem::new(Code::Invalid, "The fields cannot be read.");
    if endpoint.method == Method::Get {
        let Query(fields) = Query::<Fields>::try_from_uri(&parts.uri).map_err(|_| garbled())?;
        let (fields, joined) = join(fields);
        if joined {
            let path = format!("{}?{}", parts.uri.path(), encoded(&fields));
            parts.uri = path.parse().map_err(|_| garbled())?;
        }
        return Ok((fields, body));
    }
    if parts.uri.query().is_some() {
        return Err(Problem::new(Code::Invalid, "A change takes its fields from the body only."));
    }
    let bytes = arrived(body, PATIENCE).await?;
    let mut request = Request::new(Body::from(bytes.clone()));
    *request.method_mut() = parts.method.clone();
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let Form(fields) = Form::<Fields>::from_request(request, &()).await.map_err(|_| garbled())?;
    let (fields, joined) = join(fields);
    if !joined {
        return Ok((fields, Body::from(bytes)));
    }
    let whole = encoded(&fields);
    // Server functions do not look at it, but it must not lie.
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    Ok((fields, Body::from(whole)))
}

/// What a form sends once for each tick, as one field with a line for each; and whether there was anything to join.
fn join(fields: Fields) -> (Fields, bool) {
    let before = fields.len();
    let mut joined = Fields::with_capacity(before);
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (name, value) in fields {
        let list = LISTS.iter().find(|list| **list == name);
        match list.and_then(|list| places.get(list)).and_then(|place| joined.get_mut(*place)) {
            Some((_, lines)) => {
                lines.push('\n');
                lines.push_str(&value);
            }
            None => {
                places.extend(list.map(|list| (*list, joined.len())));
                joined.push((name, value));
            }
        }
    }
    let any = joined.len() < before;
    (joined, any)
}

fn encoded(fields: &[(String, String)]) -> String {
    fields.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect::<Vec<_>>().join("&")
}

/// All bytes of a form, unless it is too large or takes too long.
async fn arrived(body: Body, patience: Duration) -> Result<Bytes, Problem> {
    tokio::time::timeout(patience, whole(body, MAX_FORM))
        .await
        .unwrap_or_else(|_| Err(Problem::new(Code::Invalid, "The form took too long to arrive. Send it again.")))
}

/// All bytes of a body, up to a limit.
pub(super) async fn whole(body: Body, limit: usize) -> Result<Bytes, Problem> {
    body::to_bytes(body, limit).await.map_err(|error| {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(this) = cause {
            if this.is::<http_body_util::LengthLimitError>() {
                return Problem::new(Code::TooLarge, "That is too large.");
            }
            cause = this.source();
        }
        Problem::new(Code::Invalid, "The body ended too early.")
    })
}

/// Every field known and there once: what is not understood must not be ignored.
fn check(endpoint: &Endpoint, fields: &[(String, String)]) -> Result<(), Problem> {
    let mut seen = Vec::with_capacity(fields.len());
    for (name, _) in fields {
        if !endpoint.takes(name) {
            return Err(Problem::field(
                quell_domain::text::cut(&quell_domain::text::visible(name), 60),
                "There is no such field here.",
            ));
        }
        if seen.contains(&name) {
            return Err(Problem::field(name, "Give this field once."));
        }
        seen.push(name);
    }
    Ok(())
}

/// A server function's answer: whole when it succeeded, the problem in it when it did not.
async fn honest(response: Response) -> Result<Response, Problem> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let bytes = whole(response.into_body(), MAX_ANSWER).await.unwrap_or_default();
    Err(serde_json::from_slice(&bytes).unwrap_or_else(|_| {
        let correlation_id = quell_core::ids::mint();
        tracing::error!(correlation_id, status = status.as_u16(), "a server function failed without a problem");
        Problem {
            correlation_id: Some(correlation_id),
            ..Problem::new(Code::Internal, "Sorry, something went wrong on our side.")
        }
    }))
}

/// 303 to where the server function says, with its message kept for that page.
async fn done(web: &Web, response: Response, session: Option<Session>) -> Response {
    let (parts, body) = response.into_parts();
    let next: view::Next =
        match whole(body, MAX_ANSWER).await.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            Some(next) => next,
            None => {
                tracing::error!("a server function's answer names no next page");
                view::Next::to("/", "")
            }
        };
    let mut place = redirect::see_other(&next.path);
    // The theme is a cookie of its own.
    for cookie in parts.headers.get_all(header::SET_COOKIE) {
        place.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    if !next.notice.is_empty() || next.once.is_some() {
        let once = next.once.map(|once| {
            if let Some(session) = &session {
                web.secrets.keep(session, once.value);
            }
            Shown { label: once.label, again: once.again, example: once.example, effect: once.effect, value: None }
        });
        let flash = Flash { notice: next.notice, once, ..Flash::default() };
        place = with_message(web, session, flash, place).await;
    }
    place
}

/// What was typed, without what is secret.
fn typed(endpoint: &Endpoint, fields: Fields) -> BTreeMap<String, String> {
    fields
        .into_iter()
        .filter(|(name, _)| {
            endpoint.fields.contains(&name.as_str()) && !endpoint.secret_fields.contains(&name.as_str())
        })
        // What strangers type waits in a cookie, which has little room.
        .map(|(name, value)| {
            let room = if endpoint.permission.is_some() { 8_000 } else { 100 };
            (name, value.chars().take(room).collect())
        })
        .collect()
}

/// The way on, with a message that waits there: in the session, or with whoever has none.
async fn with_message(web: &Web, session: Option<Session>, flash: Flash, mut place: Response) -> Response {
    match kept(session, &flash).await {
        Ok(true) => {}
        Ok(false) => {
            if let Some(cookie) = web.slips.write(flash) {
                place.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
        Err(error) => return unkept(&error),
    }
    place
}

/// The way to the proof. What was typed waits in the session until it is given.
async fn held(session: Option<Session>, held: &Held, place: Response) -> Response {
    // Only who is signed in can be asked for a proof.
    let Some(session) = session else { return place };
    match session.insert(guard::HELD, held).await {
        Ok(()) => place,
        Err(error) => unkept(&error),
    }
}

fn unkept(error: &tower_sessions::session::Error) -> Response {
    tracing::error!(%error, "the session cannot be kept");
    errors::json(&Problem::new(Code::Unavailable, "Sorry, the session cannot be kept at the moment."))
}

/// Keeps the message in the session of whoever is signed in: strangers would fill the table.
async fn kept(session: Option<Session>, flash: &Flash) -> Result<bool, tower_sessions::session::Error> {
    let Some(session) = session else { return Ok(false) };
    if session.get::<String>(guard::PERSON).await?.is_none() {
        return Ok(false);
    }
    session.insert(guard::FLASH, flash).await.map(|()| true)
}

#[cfg(test)]
mod tests {
    use quell_app::endpoints::{NOTE, SIGN_IN};

    use super::*;

    #[tokio::test]
    async fn a_form_that_does_not_come_is_not_waited_for() {
        let never = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let problem = arrived(never, Duration::ZERO).await.expect_err("too late");
        assert_eq!(problem.message, "The form took too long to arrive. Send it again.");
        assert_eq!(arrived(Body::from("x"), Duration::ZERO).await.expect("there"), "x");
    }

    #[test]
    fn ticks_of_a_list_are_one_field_and_nothing_else_is_joined() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (fields, joined) = join(vec![field("n", "1"), field("to", "x y"), field("n", "2")]);
        assert_eq!((fields.as_slice(), joined), ([field("n", "1\n2"), field("to", "x y")].as_slice(), true));
        assert_eq!(encoded(&fields), "n=1%0A2&to=x%20y");
        let (fields, joined) = join(vec![field("to", "1"), field("to", "2")]);
        assert_eq!((fields.len(), joined), (2, false), "given twice, and refused for that");
    }

    #[test]
    fn strangers_are_given_little_room() {
        let long = "\u{202e}".repeat(60_000);
        let kept = |endpoint, field: &str| typed(endpoint, vec![(field.to_owned(), long.clone())]).remove(field);
        assert_eq!(kept(&SIGN_IN, "login").map(|text| text.chars().count()), Some(100));
        assert_eq!(kept(&NOTE, "text").map(|text| text.chars().count()), Some(8_000));
        assert_eq!(kept(&SIGN_IN, "password"), None, "secrets are not kept");
        assert_eq!(kept(&SIGN_IN, "other"), None, "nor what was not asked for");
    }
}
