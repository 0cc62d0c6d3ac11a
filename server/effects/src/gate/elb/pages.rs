//! Lists that come in pages. The end is known by three signs, because answers give them differently; a list that goes round
//! in circles or does not end is an error, and never a part of it as if it were the whole.

use std::collections::HashSet;

use quell_core::ports::GateError;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::session::{Query, Session, read};

/// Entries of one page; 2000 would be allowed.
const LIMIT: usize = 200;
/// Most entries of all pages.
const MOST: usize = 20_000;

/// Every entry of the list at `path` that the filters fit; `key` is the list's name in the answers.
pub(super) async fn list<T: DeserializeOwned>(
    session: &Session<'_>,
    path: &str,
    key: &str,
    filters: &Query<'_>,
) -> Result<Vec<T>, GateError> {
    let mut walk = Walk { limit: LIMIT, ..Walk::default() };
    let mut all = Vec::new();
    loop {
        let mut query = filters.to_vec();
        query.push(("limit", LIMIT.to_string()));
        query.extend(walk.marker.clone().map(|marker| ("marker", marker)));
        let page = session.get(path, &query).await?;
        let (fresh, more) = walk.step(page, key)?;
        for entry in fresh {
            all.push(read(entry, key)?);
        }
        if !more {
            return Ok(all);
        }
    }
}

#[derive(Default)]
struct Walk {
    limit: usize,
    /// Ids of the entries so far: one that moved to another page meanwhile counts once.
    seen: HashSet<String>,
    marker: Option<String>,
    /// Markers that were used.
    used: HashSet<String>,
}

#[derive(Deserialize)]
struct PageInfo {
    next_marker: Option<String>,
    current_count: Option<usize>,
}

impl Walk {
    /// The entries that are new, and whether there may be more.
    fn step(&mut self, mut page: Value, key: &str) -> Result<(Vec<Value>, bool), GateError> {
        let entries: Vec<Value> = read(page.get_mut(key).map(Value::take).unwrap_or_default(), key)?;
        let count = entries.len();
        let id = |entry: &Value| entry["id"].as_str().map(str::to_owned);
        let last = entries.last().and_then(id);
        let fresh = entries
            .into_iter()
            .filter_map(|entry| match id(&entry) {
                Some(id) => self.seen.insert(id).then_some(Ok(entry)),
                None => Some(Err(GateError::Garbled(format!("{key}: an entry has no id")))),
            })
            .collect::<Result<Vec<_>, _>>()?;
        if self.seen.len() > MOST {
            return Err(GateError::Garbled(format!("{key}: more than {MOST} entries")));
        }
        // The second generation has no `page_info`: there the last entry is the marker.
        let next = match page.get_mut("page_info").map(Value::take).filter(Value::is_object) {
            Some(info) => read::<PageInfo>(info, "page_info").map(|info| {
                let more = info.current_count != Some(0);
                info.next_marker.filter(|_| more)
            })?,
            None => last,
        };
        // Some answers name a next marker on the last page too; a shorter page is the last.
        self.marker = next.filter(|marker| count >= self.limit && !marker.is_empty());
        match &self.marker {
            Some(marker) if !self.used.insert(marker.clone()) => {
                Err(GateError::Garbled(format!("{key}: the pages go round in a circle")))
            }
            marker => Ok((fresh, marker.is_some())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn walk() -> Walk {
        Walk { limit: 2, ..Walk::default() }
    }

    fn page(ids: &[&str], info: &Value) -> Value {
        let entries: Vec<Value> = ids.iter().map(|id| json!({ "id": id })).collect();
        json!({ "pools": entries, "page_info": info })
    }

    #[test]
    fn every_sign_of_the_end_is_one() {
        for (ids, info) in [
            (&["a", "b"][..], json!({ "previous_marker": "a", "current_count": 2 })),
            (&["a", "b"], json!({ "next_marker": null, "current_count": 2 })),
            (&["a", "b"], json!({ "next_marker": "b", "current_count": 0 })),
            (&["a"], json!({ "next_marker": "a", "current_count": 1 })),
            (&[], json!({ "next_marker": "a", "current_count": 0 })),
            (&["a"], Value::Null),
            (&[], Value::Null),
        ] {
            let (fresh, more) = walk().step(page(ids, &info), "pools").expect("a page");
            assert_eq!((fresh.len(), more), (ids.len(), false), "{ids:?} {info}");
        }
    }

    #[test]
    fn pages_follow_each_other_and_nothing_counts_twice() {
        let mut walk = walk();
        let (fresh, more) = walk.step(page(&["a", "b"], &json!({ "next_marker": "b" })), "pools").expect("a page");
        assert_eq!((fresh.len(), more, walk.marker.as_deref()), (2, true, Some("b")));
        let (fresh, more) = walk.step(page(&["b", "c"], &Value::Null), "pools").expect("a page");
        assert_eq!((fresh.len(), more, walk.marker.as_deref()), (1, true, Some("c")), "without page_info");
        let (fresh, more) = walk.step(page(&["d"], &Value::Null), "pools").expect("a page");
        assert_eq!((fresh.len(), more), (1, false));
    }

    #[test]
    fn lists_that_do_not_end_are_errors() {
        let mut walk = walk();
        let round = || page(&["a", "b"], &json!({ "next_marker": "b" }));
        assert!(walk.step(round(), "pools").is_ok());
        assert!(matches!(walk.step(round(), "pools"), Err(GateError::Garbled(_))));
        let many: Vec<Value> = (0..=MOST).map(|n| json!({ "id": n.to_string() })).collect();
        assert!(matches!(Walk::default().step(json!({ "pools": many }), "pools"), Err(GateError::Garbled(_))));
        for wrong in [json!({}), json!([]), json!({ "pools": [{ "name": "x" }] }), json!({ "pools": "x" })] {
            assert!(matches!(Walk::default().step(wrong, "pools"), Err(GateError::Garbled(_))));
        }
    }
}
