//! The OpenAPI document of what programs can ask for, made from the table of endpoints and the words about it.

use quell_domain::Code;
use serde_json::{Map, Value, json};

use crate::{
    endpoints::{ENDPOINTS, Endpoint, Method},
    help::{self, Kind, PLAIN, Plain},
};

/// Every way to fail, with its sentence.
pub const FAILURES: &[(Code, &str)] = &[
    (Code::Invalid, "The input is wrong: fields says which and how to mend it."),
    (Code::Unauthenticated, "Nobody is signed in, or the token is not good."),
    (Code::Forbidden, "The caller may not: message says who may. With the code step_up, a fresh proof is missing."),
    (Code::NotFound, "There is no such thing, or the caller may not know of it."),
    (Code::Conflict, "The world changed meanwhile: look again."),
    (Code::TooLarge, "The body is too large."),
    (Code::Throttled, "Too many tries: wait at least as long as the header Retry-After says."),
    (Code::Unavailable, "The database or an engine cannot be reached: try again later."),
    (Code::Internal, "A failure of the portal: quote correlation_id to whoever reads its log."),
];

/// The document, for the portal at this address.
#[must_use]
pub fn document(origin: &str) -> Value {
    let mut paths = Map::new();
    for endpoint in ENDPOINTS {
        paths.insert(endpoint.path.to_owned(), of_endpoint(endpoint));
    }
    for plain in PLAIN {
        paths.insert(plain.path.to_owned(), of_plain(plain));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Quell",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Reads are GET with their input in the query, changes are POST with a form. Answers are JSON. \
                A script sends a token of its person; a browser has a session cookie, and its changes must say in Origin \
                or Sec-Fetch-Site that they come from a page of the portal.",
        },
        "servers": [{ "url": origin }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "A token made on the page /me/tokens." },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": if origin.starts_with("https:") { "__Host-quell" } else { "quell" },
                    "description": "What signing in gives.",
                },
            },
            "responses": failures(),
            "schemas": schemas(),
        },
    })
}

fn of_endpoint(endpoint: &Endpoint) -> Value {
    let security = match (help::takes_token(endpoint), help::is_open(endpoint)) {
        (true, _) => json!([{ "token": [] }, { "session": [] }]),
        (false, false) => json!([{ "session": [] }]),
        (false, true) => json!([]),
    };
    let short = help::short(endpoint);
    let area = short.split('/').next().unwrap_or_default();
    let what = help::said(endpoint).map_or("", |said| said.what);
    let mut operation = json!({
        "operationId": short.replace('/', "_"),
        "tags": [area],
        "summary": what,
        "description": help::who(endpoint.permission, help::is_open(endpoint)) + ".",
        "security": security,
        "x-permission": endpoint.permission.map(quell_domain::policy::Permission::word),
    });
    let changes = endpoint.method == Method::Post;
    let answer = if changes {
        json!({ "$ref": "#/components/schemas/Next" })
    } else {
        json!({ "type": "object", "description": "What the page of the same name shows." })
    };
    operation["responses"] = responses("application/json", &answer);
    if changes {
        if !endpoint.fields.is_empty() {
            operation["requestBody"] = body(endpoint);
        }
        return json!({ "post": operation });
    }
    let parameters: Vec<Value> = endpoint
        .fields
        .iter()
        .map(|name| {
            json!({
                "name": name,
                "in": "query",
                "required": !help::is_optional(endpoint, name),
                "description": help::field(endpoint, name).map_or("", |field| field.what),
                "schema": schema(endpoint, name),
            })
        })
        .collect();
    operation["parameters"] = parameters.into();
    json!({ "get": operation })
}

/// The form of a change: each field once, and no others.
fn body(endpoint: &Endpoint) -> Value {
    let properties: Map<String, Value> = endpoint
        .fields
        .iter()
        .map(|name| {
            let mut schema = schema(endpoint, name);
            schema["description"] = help::field(endpoint, name).map_or("", |field| field.what).into();
            ((*name).to_owned(), schema)
        })
        .collect();
    let required: Vec<&str> =
        endpoint.fields.iter().copied().filter(|name| !help::is_optional(endpoint, name)).collect();
    json!({
        "required": !required.is_empty(),
        "content": { "application/x-www-form-urlencoded": { "schema": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        } } },
    })
}

fn schema(endpoint: &Endpoint, name: &str) -> Value {
    let mut schema = match help::field(endpoint, name).map(|field| field.kind) {
        Some(Kind::Number) => json!({ "type": "integer", "format": "int64", "minimum": 1 }),
        Some(Kind::Tick) => json!({ "type": "string", "enum": ["on"] }),
        Some(Kind::OneOf(words)) => {
            let mut words = words();
            if help::is_optional(endpoint, name) {
                words.push("");
            }
            json!({ "type": "string", "enum": words })
        }
        _ => json!({ "type": "string" }),
    };
    if endpoint.secret_fields.contains(&name) {
        schema["format"] = "password".into();
        schema["writeOnly"] = true.into();
    }
    schema
}

fn of_plain(plain: &Plain) -> Value {
    let token = plain.permission.is_none_or(quell_domain::token::may_carry);
    let security = if token { json!([{ "token": [] }, { "session": [] }]) } else { json!([{ "session": [] }]) };
    let schema = match plain.media {
        "application/json" => json!({ "type": "object" }),
        "application/octet-stream" => json!({}),
        _ => json!({ "type": "string" }),
    };
    let parts: Vec<Value> = plain
        .part
        .iter()
        .map(|(name, what)| {
            json!({ "name": name, "in": "path", "required": true, "description": what, "schema": { "type": "string" } })
        })
        .collect();
    json!({ "get": {
        "operationId": plain.path.replace("/api/v1/", "").replace(['/', '{', '}', '-', '.'], "_").trim_matches('_').to_owned(),
        "tags": ["files"],
        "summary": plain.what,
        "description": help::who(plain.permission, false) + ".",
        "security": security,
        "x-permission": plain.permission.map(quell_domain::policy::Permission::word),
        "parameters": parts,
        "responses": responses(plain.media, &schema),
    } })
}

fn responses(media: &str, schema: &Value) -> Value {
    let mut all = Map::new();
    all.insert("200".to_owned(), json!({ "description": "Done.", "content": { media: { "schema": schema } } }));
    for (code, _) in FAILURES {
        let reference = format!("#/components/responses/{}", name(*code));
        all.insert(code.status().to_string(), json!({ "$ref": reference }));
    }
    all.into()
}

fn failures() -> Value {
    let one = |(code, words): &(Code, &str)| {
        let mut failure = json!({
            "description": words,
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        });
        let text = json!({ "schema": { "type": "string" } });
        match code {
            Code::Unauthenticated => failure["headers"] = json!({ "WWW-Authenticate": text }),
            Code::Throttled | Code::Unavailable => failure["headers"] = json!({ "Retry-After": text }),
            Code::Internal => failure["headers"] = json!({ "X-Correlation-Id": text }),
            _ => {}
        }
        (name(*code), failure)
    };
    Value::Object(FAILURES.iter().map(one).collect())
}

/// The word of a code, as it stands in a problem.
#[must_use]
pub fn name(code: Code) -> String {
    serde_json::to_value(code).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn schemas() -> Value {
    let text = |what: &str| json!({ "type": "string", "description": what });
    let maybe = |what: &str| json!({ "type": ["string", "null"], "description": what });
    let codes: Vec<String> = FAILURES.iter().map(|(code, _)| *code).chain([Code::StepUp]).map(name).collect();
    json!({
        "Problem": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": { "type": "string", "enum": codes },
                "message": text("One or two sentences for a person."),
                "fields": { "type": "array", "items": {
                    "type": "object",
                    "required": ["field", "remedy"],
                    "properties": { "field": text("The field's name."), "remedy": text("What to write instead.") },
                } },
                "correlation_id": maybe("What to quote to whoever reads the log."),
                "next": maybe("The page to go on from."),
            },
        },
        "Next": {
            "type": "object",
            "required": ["path", "notice"],
            "properties": {
                "path": text("The page that shows the change."),
                "notice": text("What was done, in a sentence."),
                "once": {
                    "type": ["object", "null"],
                    "description": "A secret that is shown only now.",
                    "required": ["label", "value", "again"],
                    "properties": {
                        "label": text("What it is."),
                        "value": text("The secret."),
                        "again": text("How to make another."),
                        "example": text("A command to try it with, less the secret at its end."),
                        "effect": text("What that command does."),
                    },
                },
            },
        },
    })
}
