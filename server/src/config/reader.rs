//! Reads one key at a time and keeps going after a problem, so that all of them are told together.

use std::net::IpAddr;

use figment::{
    Figment, Provider as _,
    value::{Dict, Value},
};
use serde::de::DeserializeOwned;

/// Collects problems while values are read.
pub struct Reader<'a> {
    figment: &'a Figment,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Begins, and notes every key that is not one of `keys`.
    ///
    /// # Errors
    /// A file that cannot be read or parsed at all: then nothing else can be said.
    pub fn new(figment: &'a Figment, keys: &[&str]) -> Result<Self, Vec<String>> {
        let profiles = figment.data().map_err(|error| {
            // Only the file's place and the parser's complaint; never a value.
            error.into_iter().map(|e| format!("The configuration cannot be read: {e}")).collect::<Vec<_>>()
        })?;
        let mut problems = Vec::new();
        for dict in profiles.values() {
            unknown(dict, "", keys, &mut problems);
        }
        Ok(Self { figment, problems })
    }

    /// Adds a problem found elsewhere.
    pub fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// A text.
    pub fn text(&mut self, key: &str) -> Option<String> {
        self.get(key, "a text")
    }

    /// A text that must mean something.
    pub fn parsed<T>(&mut self, key: &str, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text: String = self.get(key, wanted)?;
        let value = parse(&text);
        if value.is_none() {
            self.problems.push(format!("{key}: use {wanted}."));
        }
        value
    }

    /// The same, where an empty text means none.
    pub fn optional<T>(&mut self, key: &str, wanted: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
        self.parsed(key, wanted, |text| if text.is_empty() { Some(None) } else { parse(text).map(Some) })
    }

    /// A whole number between two bounds, both included.
    pub fn number(&mut self, key: &str, least: i64, most: i64) -> Option<i64> {
        let wanted = if most == i64::MAX {
            format!("a whole number from {least} up")
        } else {
            format!("a whole number from {least} to {most}")
        };
        let number: i64 = self.get(key, &wanted)?;
        if (least..=most).contains(&number) {
            Some(number)
        } else {
            self.problems.push(format!("{key}: use {wanted}."));
            None
        }
    }

    /// A list of network addresses.
    pub fn addresses(&mut self, key: &str) -> Option<Vec<IpAddr>> {
        let wanted = "a list of addresses such as [\"10.0.0.1\"]";
        let texts: Vec<String> = self.get(key, wanted)?;
        let addresses: Option<Vec<IpAddr>> = texts.iter().map(|text| text.parse().ok()).collect();
        if addresses.is_none() {
            self.problems.push(format!("{key}: use {wanted}."));
        }
        addresses
    }

    /// The configuration, or everything that is wrong with it.
    pub fn finish<T>(self, whole: Option<T>) -> Result<T, Vec<String>> {
        match whole {
            Some(whole) if self.problems.is_empty() => Ok(whole),
            _ => Err(self.problems),
        }
    }

    fn get<T: DeserializeOwned>(&mut self, key: &str, wanted: &str) -> Option<T> {
        match self.figment.extract_inner(key) {
            Ok(value) => Some(value),
            Err(_) => {
                // The library's own message would quote the value, which may be a secret.
                self.problems.push(format!("{key}: use {wanted}."));
                None
            }
        }
    }
}

fn unknown(dict: &Dict, prefix: &str, keys: &[&str], problems: &mut Vec<String>) {
    for (name, value) in dict {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Dict(_, inner) if !keys.contains(&key.as_str()) => unknown(inner, &key, keys, problems),
            _ if keys.contains(&key.as_str()) => {}
            _ => problems.push(format!("{key}: there is no such key.")),
        }
    }
}
