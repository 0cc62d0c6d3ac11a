//! What is taken of a form or query: every field known and there once, ticks of a list as one text, within limits of size and
//! time.

use std::{collections::HashMap, time::Duration};

use axum::{
    Form,
    body::{self, Body, Bytes},
    extract::{FromRequest as _, Query, Request},
    http::{HeaderValue, header, request::Parts},
};
use quell_app::endpoints::{Endpoint, LISTS, Method};
use quell_domain::{
    Code, Problem,
    text::{cut, percent, visible},
};

/// No form of ours comes near this.
const MAX_FORM: usize = 64 * 1024;
/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) type Fields = Vec<(String, String)>;

/// The fields, and the body to hand on; for what reads, the query is in the head.
pub(super) async fn read(endpoint: &Endpoint, parts: &mut Parts, body: Body) -> Result<(Fields, Body), Problem> {
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
pub(in crate::http) async fn whole(body: Body, limit: usize) -> Result<Bytes, Problem> {
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
pub(super) fn check(endpoint: &Endpoint, fields: &[(String, String)]) -> Result<(), Problem> {
    let mut seen = Vec::with_capacity(fields.len());
    for (name, _) in fields {
        if !endpoint.takes(name) {
            return Err(Problem::field(cut(&visible(name), 60), "There is no such field here."));
        }
        if seen.contains(&name) {
            return Err(Problem::field(name, "Give this field once."));
        }
        seen.push(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
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
}
