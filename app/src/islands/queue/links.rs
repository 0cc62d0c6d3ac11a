//! Addresses of the queue: every view and filter has one.

use std::fmt::Write as _;

use quell_domain::{
    alarm::AlarmClass,
    text::percent,
    view::{QueueFilter, QueueView},
};

/// A filter and where it begins as a query, which the page and the server function both take.
#[must_use]
pub fn query(filter: &QueueFilter) -> String {
    let mut query = format!("?view={}", filter.view.word());
    if let Some(class) = filter.class {
        let _ = write!(query, "&class={}", class.word());
    }
    if !filter.text.is_empty() {
        let _ = write!(query, "&q={}", percent(&filter.text));
    }
    if let Some((key, number)) = filter.after {
        let _ = write!(query, "&after={key}.{number}");
    }
    query
}

/// The page of a filter, from where it begins.
#[must_use]
pub fn here(filter: &QueueFilter) -> String {
    "/incidents".to_owned() + &query(filter)
}

/// The page of a filter, from its first row.
#[must_use]
pub fn view(filter: &QueueFilter) -> String {
    here(&QueueFilter { after: None, ..filter.clone() })
}

/// The same filter in another view.
#[must_use]
pub fn other_view(filter: &QueueFilter, view_: QueueView) -> String {
    view(&QueueFilter { view: view_, ..filter.clone() })
}

/// The same filter for another class.
#[must_use]
pub fn other_class(filter: &QueueFilter, class: Option<AlarmClass>) -> String {
    view(&QueueFilter { class, ..filter.clone() })
}

/// The page after a row.
#[must_use]
pub fn after(filter: &QueueFilter, place: (i64, i64)) -> String {
    here(&QueueFilter { after: Some(place), ..filter.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_an_address() {
        let filter = QueueFilter {
            view: QueueView::Mine,
            class: Some(AlarmClass::Escape),
            text: "a b&c".to_owned(),
            after: Some((1, 2)),
        };
        assert_eq!(view(&filter), "/incidents?view=mine&class=escape&q=a%20b%26c");
        assert_eq!(here(&filter), "/incidents?view=mine&class=escape&q=a%20b%26c&after=1.2");
        assert_eq!(after(&filter, (7, 8)), "/incidents?view=mine&class=escape&q=a%20b%26c&after=7.8");
    }
}
