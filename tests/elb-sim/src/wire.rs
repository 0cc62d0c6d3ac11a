//! How an answer goes onto the wire, and how none does.

use std::io;

use axum::{
    body::{Body, Bytes},
    http,
};
use futures::stream;
use serde_json::Value;

use crate::settings::Settings;

/// An answer; a body is always JSON.
pub fn response(status: u16, body: Option<&Value>) -> http::Response<Body> {
    let mut response = http::Response::new(body.map_or_else(Body::empty, |body| Body::from(body.to_string())));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    if body.is_some() {
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    }
    response
}

/// An answer whose body fails before its first byte: the server closes the connection and sends nothing of it.
pub fn hang_up() -> http::Response<Body> {
    let broken = stream::iter([Err::<Bytes, _>(io::Error::other("cut because it was told to"))]);
    http::Response::new(Body::from_stream(broken))
}

/// The body, in the form that this deployment gives to times.
pub fn dressed(mut body: Value, settings: &Settings) -> Value {
    if settings.times_without_z {
        strip_z(&mut body);
    }
    body
}

fn strip_z(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(strip_z),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "created_at" || name == "updated_at" => {
                        if text.ends_with('Z') {
                            text.pop();
                        }
                    }
                    _ => strip_z(field),
                }
            }
        }
        _ => {}
    }
}
