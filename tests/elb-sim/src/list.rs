//! Lists: filters, and the vendor's paging by marker.

use serde_json::{Value, json};

use crate::{
    elb::row::Row,
    reply::{Dialect, Refusal},
    request::Request,
};

/// Entries of a page when nobody says, and at most.
const PAGE: usize = 2000;
/// Value of `enterprise_project_id` that stands for all of them.
const ALL: &str = "all_granted_eps";

/// The filters that a list knows, by the form of their values. Another key is refused.
#[derive(Debug)]
pub struct Filters {
    /// Any text.
    pub text: &'static [&'static str],
    /// A whole number.
    pub number: &'static [&'static str],
    /// `true` or `false`.
    pub switch: &'static [&'static str],
}

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// Its objects.
    pub items: Vec<Value>,
    /// Whether there are more after it.
    more: bool,
}

impl Page {
    /// `{previous_marker, next_marker, current_count}`; `next_marker` is missing on the last page unless `always`.
    pub fn info(&self, always: bool) -> Value {
        let id = |item: Option<&Value>| item.map_or(Value::Null, |item| item["id"].clone());
        let mut info = json!({ "previous_marker": id(self.items.first()), "current_count": self.items.len() });
        if self.more || (always && !self.items.is_empty()) {
            info["next_marker"] = id(self.items.last());
        }
        info
    }
}

/// The page of these rows that the request asks for.
pub fn page(request: &Request, filters: &Filters, rows: Vec<Row>, dialect: Dialect) -> Result<Page, Refusal> {
    check(request, filters, dialect)?;
    let wanted = Wanted::of(request, dialect)?;
    let place = |id: &str| rows.iter().position(|row| row.view["id"] == id).ok_or_else(|| dialect.bad("marker"));
    let marker = wanted.marker.map(place).transpose()?;
    let matches = |(at, row): (usize, Row)| matches(request, filters, &row).then_some((at, row.view));
    let found: Vec<(usize, Value)> = rows.into_iter().enumerate().filter_map(matches).collect();
    let (from, to) = match (marker, wanted.backwards) {
        (marker, false) => {
            let from = found.iter().take_while(|(at, _)| marker.is_some_and(|marker| *at <= marker)).count();
            (from, found.len().min(from + wanted.limit))
        }
        (marker, true) => {
            let to = found.iter().take_while(|(at, _)| marker.is_none_or(|marker| *at < marker)).count();
            (to.saturating_sub(wanted.limit), to)
        }
    };
    let more = to < found.len();
    Ok(Page { items: found.into_iter().skip(from).take(to - from).map(|(_, view)| view).collect(), more })
}

/// Which page a request asks for.
struct Wanted<'a> {
    limit: usize,
    marker: Option<&'a str>,
    backwards: bool,
}

impl<'a> Wanted<'a> {
    fn of(request: &'a Request, dialect: Dialect) -> Result<Self, Refusal> {
        let one = |key: &'static str| {
            let mut values = request.values(key);
            let value = values.next();
            if values.next().is_some() || value == Some("") { Err(dialect.bad(key)) } else { Ok(value) }
        };
        let (limit, marker, reverse) = (one("limit")?, one("marker")?, one("page_reverse")?);
        for (key, value) in [("marker", marker), ("page_reverse", reverse)] {
            if value.is_some() && limit.is_none() {
                return Err(dialect.bad(key));
            }
        }
        let limit =
            limit.map(|text| text.parse().ok().filter(|limit| *limit <= PAGE).ok_or_else(|| dialect.bad("limit")));
        let backwards = match reverse {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(dialect.bad("page_reverse")),
        };
        Ok(Self { limit: limit.transpose()?.unwrap_or(PAGE), marker, backwards })
    }
}

fn check(request: &Request, filters: &Filters, dialect: Dialect) -> Result<(), Refusal> {
    for (key, value) in &request.pairs {
        let key = key.as_str();
        let good = match key {
            "limit" | "marker" | "page_reverse" => true,
            "enterprise_project_id" => !value.is_empty(),
            _ if filters.text.contains(&key) => true,
            _ if filters.number.contains(&key) => value.parse::<i64>().is_ok(),
            _ if filters.switch.contains(&key) => value == "true" || value == "false",
            _ => false,
        };
        if !good {
            return Err(dialect.bad(key));
        }
    }
    Ok(())
}

/// Several values of one key are "or", several keys are "and".
fn matches(request: &Request, filters: &Filters, row: &Row) -> bool {
    let known = [filters.text, filters.number, filters.switch, &["enterprise_project_id"]];
    known.into_iter().flatten().all(|key| {
        let mut values = request.values(key).peekable();
        values.peek().is_none() || values.any(|value| has(row, key, value))
    })
}

fn has(row: &Row, key: &str, value: &str) -> bool {
    if key == "enterprise_project_id" && value == ALL {
        return true;
    }
    let shown = match row.view.get(key) {
        Some(Value::String(text)) => text == value,
        Some(Value::Null) => value.is_empty(),
        Some(Value::Bool(on)) => on.to_string() == value,
        Some(Value::Number(number)) => number.to_string() == value,
        _ => false,
    };
    shown || row.also.iter().any(|(name, also)| *name == key && also == value)
}
