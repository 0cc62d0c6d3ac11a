//! What programs can ask the portal for, in words: for the page `/help/api` and the [OpenAPI document](crate::openapi).
//!
//! Both are made from [`ENDPOINTS`]; the words stand apart because the browser's part needs none of them.

mod words;

use quell_domain::{
    policy::Permission,
    token::{CARRIED, may_carry},
};

pub use self::words::{FIELDS, SAID};
use crate::endpoints::{self, ENDPOINTS, Endpoint, Method};

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Number,
    /// `on`, or left out.
    Tick,
    /// One of these words.
    OneOf(fn() -> Vec<&'static str>),
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name; with an endpoint before it when it means something else there.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// One sentence.
    pub what: &'static str,
    /// A value to show. Of a secret, and of what cannot be guessed, the shell variable that holds it.
    pub example: &'static str,
}

/// One endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    /// Which.
    pub endpoint: &'static Endpoint,
    /// One or two sentences.
    pub what: &'static str,
    /// Fields that may be left out.
    pub optional: &'static [&'static str],
}

/// Something that is served beside the endpoints and that a program may want.
#[derive(Debug, Clone, Copy)]
pub struct Plain {
    /// Its path, names of parts in braces.
    pub path: &'static str,
    /// What the caller needs; none for whoever is signed in.
    pub permission: Option<Permission>,
    /// What the part in braces is, when there is one.
    pub part: Option<(&'static str, &'static str)>,
    /// One or two sentences.
    pub what: &'static str,
    /// The media type of the answer.
    pub media: &'static str,
}

/// All of them; every one is read with GET.
pub const PLAIN: &[Plain] = &[
    Plain {
        path: "/evidence/{item}/download",
        permission: Some(Permission::ReadEvidence),
        part: Some(("item", "The id of the item of evidence.")),
        what: "Downloads an item of evidence, byte for byte. The header ETag holds its SHA-256.",
        media: "application/octet-stream",
    },
    Plain {
        path: "/audit/export",
        permission: Some(Permission::ReadAudit),
        part: None,
        what: "Downloads the whole audit trail, one entry a line, for checking it without the portal.",
        media: "application/x-ndjson",
    },
    Plain {
        path: "/live",
        permission: None,
        part: None,
        what: "A stream of server-sent events that says that something changed, never what.",
        media: "text/event-stream",
    },
    Plain {
        path: "/dead-letters/{letter}/download",
        permission: Some(Permission::ManageSources),
        part: Some(("letter", "The id of the dead letter.")),
        what: "Downloads what came from an alarm source and could not be read. Hostile.",
        media: "application/octet-stream",
    },
    Plain {
        path: "/api/v1/openapi.json",
        permission: None,
        part: None,
        what: "This description as an OpenAPI document.",
        media: "application/json",
    },
];

/// What the caller of a program needs to know about who may.
#[must_use]
pub fn who(permission: Option<Permission>, open: bool) -> String {
    match permission {
        Some(permission) => {
            let roles = permission.roles().iter().map(|role| role.label()).collect::<Vec<_>>().join(", ");
            format!("To {} ({roles})", permission.label())
        }
        None if open => "Anybody".to_owned(),
        None => "Whoever is signed in".to_owned(),
    }
}

/// May a token call it? Without a permission it is about the browser's own session.
#[must_use]
pub fn takes_token(endpoint: &Endpoint) -> bool {
    endpoint.permission.is_some_and(may_carry)
}

/// What is said about an endpoint.
#[must_use]
pub fn said(endpoint: &Endpoint) -> Option<&'static Said> {
    SAID.iter().find(|said| said.endpoint.path == endpoint.path)
}

/// What is said about a field of an endpoint.
#[must_use]
pub fn field(endpoint: &Endpoint, name: &str) -> Option<&'static Field> {
    let own = format!("{}.{name}", short(endpoint));
    let known = |wanted: &str| FIELDS.iter().find(|field| field.name == wanted);
    known(&own).or_else(|| known(name))
}

/// May this field be left out?
#[must_use]
pub fn is_optional(endpoint: &Endpoint, name: &str) -> bool {
    said(endpoint).is_some_and(|said| said.optional.contains(&name))
}

/// `incidents/queue`.
#[must_use]
pub fn short(endpoint: &Endpoint) -> &'static str {
    endpoint.path.trim_start_matches("/api/v1/")
}

/// Areas in the order of the table, each with its endpoints.
#[must_use]
pub fn areas() -> Vec<(&'static str, Vec<&'static Endpoint>)> {
    let mut areas: Vec<(&'static str, Vec<&'static Endpoint>)> = Vec::new();
    for endpoint in ENDPOINTS {
        let area = short(endpoint).split('/').next().unwrap_or_default();
        match areas.iter_mut().find(|(known, _)| *known == area) {
            Some((_, endpoints)) => endpoints.push(endpoint),
            None => areas.push((area, vec![endpoint])),
        }
    }
    areas
}

/// A line for a shell that calls an endpoint. `$QUELL_TOKEN` holds a token; where none will do, the file `quell.cookies`
/// holds the session.
#[must_use]
pub fn curl(endpoint: &Endpoint, origin: &str) -> String {
    let fields: Vec<String> = endpoint
        .fields
        .iter()
        .filter_map(|name| field(endpoint, name))
        .zip(endpoint.fields)
        .filter(|(field, name)| !is_optional(endpoint, name) || !field.example.is_empty())
        .map(|(field, name)| format!(" --data-urlencode {}", quoted(name, field.example)))
        .collect();
    let get = if endpoint.method == Method::Get && !fields.is_empty() { " -G" } else { "" };
    // curl sends a form only when it has a field.
    let empty = if endpoint.method == Method::Post && fields.is_empty() { " -d ''" } else { "" };
    let proof = match (takes_token(endpoint), endpoint.method) {
        (true, _) => " -H \"Authorization: Bearer $QUELL_TOKEN\"".to_owned(),
        (false, Method::Get) => " -b quell.cookies".to_owned(),
        (false, Method::Post) => format!(" -b quell.cookies -c quell.cookies -H 'Origin: {origin}'"),
    };
    format!("curl{get}{proof}{}{empty} '{origin}{}'", fields.concat(), endpoint.path)
}

/// The same for what is served beside them.
#[must_use]
pub fn curl_plain(plain: &Plain, origin: &str) -> String {
    let proof = match plain.permission {
        Some(permission) if !may_carry(permission) => "-b quell.cookies",
        _ => "-H \"Authorization: Bearer $QUELL_TOKEN\"",
    };
    let path = match plain.part {
        Some((name, _)) => plain.path.replace(&format!("{{{name}}}"), &format!("${}", name.to_uppercase())),
        None => plain.path.to_owned(),
    };
    let unbuffered = if plain.path == "/live" { " -N" } else { "" };
    format!("curl{unbuffered} {proof} \"{origin}{path}\"")
}

/// `'number=1'`, and `"password=$PASSWORD"` for what the shell knows: capitals.
fn quoted(name: &str, example: &str) -> String {
    let is_variable = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    if example.split(':').all(is_variable) {
        let value = example.split(':').map(|part| format!("${{{part}}}")).collect::<Vec<_>>().join(":");
        return format!("\"{name}={value}\"");
    }
    format!("'{name}={example}'")
}

/// What to try a new token with: the path of something that it may read.
#[must_use]
pub fn example_for(scopes: &[Permission]) -> &'static str {
    let reads = |endpoint: &&Endpoint| {
        let needed = said(endpoint).is_none_or(|said| endpoint.fields.len() > said.optional.len());
        endpoint.method == Method::Get && !needed && endpoint.permission.is_some_and(|it| scopes.contains(&it))
    };
    debug_assert!(scopes.iter().all(|scope| CARRIED.contains(scope)));
    ENDPOINTS.iter().find(reads).map_or("/api/v1/openapi.json", |endpoint| endpoint.path)
}

/// Does it need no sign-in at all?
#[must_use]
pub fn is_open(endpoint: &Endpoint) -> bool {
    endpoint.permission.is_none() && endpoint.path != endpoints::SIGN_OUT.path
}
