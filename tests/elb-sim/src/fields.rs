//! A request's body, looked at field by field: every field is taken once, with its type and limits, and what is left
//! over is not known and refused.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::{
    reply::{Dialect, Refusal},
    request::Request,
};

/// The fields of an object that were not looked at yet.
#[derive(Debug)]
pub struct Fields {
    map: Map<String, Value>,
    dialect: Dialect,
}

impl Fields {
    /// The body, which must be JSON by its type and by its text, and an object.
    pub fn of_body(request: &Request, dialect: Dialect) -> Result<Self, Refusal> {
        let kind = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
        if kind.split(';').next().map(str::trim) != Some("application/json") {
            return Err(dialect.bad("Content-Type"));
        }
        match serde_json::from_slice(&request.body) {
            Ok(Value::Object(map)) => Ok(Self { map, dialect }),
            _ => Err(dialect.bad("body")),
        }
    }

    /// The one object that the body wraps: `{"listener": {…}}`.
    pub fn wrapped(request: &Request, name: &str, dialect: Dialect) -> Result<Self, Refusal> {
        let mut body = Self::of_body(request, dialect)?;
        let inner = body.object(name)?.ok_or_else(|| dialect.missing(name))?;
        body.finish()?;
        Ok(inner)
    }

    /// A field as it is; null too.
    pub fn any(&mut self, name: &str) -> Option<Value> {
        self.map.remove(name)
    }

    /// An object, with its own fields.
    pub fn object(&mut self, name: &str) -> Result<Option<Self>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { map, dialect: self.dialect })),
            Some(_) => Err(self.dialect.bad(name)),
        }
    }

    /// The same, when it must be there.
    pub fn must_object(&mut self, name: &str) -> Result<Self, Refusal> {
        self.object(name)?.ok_or_else(|| self.dialect.missing(name))
    }

    /// A text of at most so many characters.
    pub fn text(&mut self, name: &str, longest: usize) -> Result<Option<String>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= longest => Ok(Some(text)),
            Some(_) => Err(self.dialect.bad(name)),
        }
    }

    /// The same, when it must be there.
    pub fn must_text(&mut self, name: &str, longest: usize) -> Result<String, Refusal> {
        self.text(name, longest)?.ok_or_else(|| self.dialect.missing(name))
    }

    /// True or false.
    pub fn switch(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(on)),
            Some(_) => Err(self.dialect.bad(name)),
        }
    }

    /// A whole number in a range.
    pub fn number(&mut self, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, Refusal> {
        match self.any(name) {
            None => Ok(None),
            Some(value) => match value.as_i64().filter(|number| range.contains(number)) {
                Some(number) => Ok(Some(number)),
                None => Err(self.dialect.bad(name)),
            },
        }
    }

    /// A list of objects, each with its own fields.
    pub fn objects(&mut self, name: &str) -> Result<Option<Vec<Self>>, Refusal> {
        let bad = self.dialect.bad(name);
        match self.any(name) {
            None => Ok(None),
            Some(Value::Array(items)) => {
                let objects = items.into_iter().map(|item| match item {
                    Value::Object(map) => Some(Self { map, dialect: self.dialect }),
                    _ => None,
                });
                objects.collect::<Option<Vec<_>>>().map(Some).ok_or(bad)
            }
            Some(_) => Err(bad),
        }
    }

    /// Refuses what is left: a field that the vendor does not know.
    pub fn finish(self) -> Result<(), Refusal> {
        match self.map.keys().next() {
            Some(name) => Err(self.dialect.bad(name)),
            None => Ok(()),
        }
    }
}
