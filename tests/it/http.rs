//! The portal's edge, asked from outside: who gets in, what is refused, what every answer carries.

mod bulk;
mod changes;
mod forms;
mod headers;
mod hostile;
mod live;
mod matrix;
mod once;
mod openapi;
mod playbooks;
mod proof;
mod sessions;
mod setup;
mod tokens;

use quell_tests::{Client, Page, Portal, client::send};
use reqwest::{Method, StatusCode, header::ACCEPT};
use serde::Serialize;

use crate::flow::ledger::Ledger;

/// A page of our own as a program asks for it.
async fn ask(who: &Client, path: &str) -> Page {
    send(who.request(Method::GET, path).header(ACCEPT, "application/json")).await
}

/// Rows of a draft as its form sends them: `name[0][field]`, without what is empty.
fn table<T: Serialize>(name: &str, rows: &[T]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let row = serde_json::to_value(row).expect("a row");
        for (field, value) in row.as_object().expect("fields") {
            let value = value.as_str().expect("text");
            if !value.is_empty() {
                fields.push((format!("{name}[{at}][{field}]"), value.to_owned()));
            }
        }
    }
    fields
}

/// Sends a form as a browser does; gives the place that it leads to.
async fn sent(who: &Client, path: &str, fields: &[(String, String)]) -> String {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = who.post_form(path, &fields).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    page.location().expect("a place").to_owned()
}

/// The portal's database.
async fn ledger(portal: &Portal) -> Ledger {
    Ledger::open(&format!("sqlite://{}", portal.data().join("quell.db").display())).await
}

/// Entries of the audit trail.
async fn entries(ledger: &Ledger) -> i64 {
    ledger.count("SELECT seq FROM audit_head").await
}
