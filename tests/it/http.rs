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
use reqwest::{Method, header::ACCEPT};

use crate::flow::ledger::Ledger;

/// A page of our own as a program asks for it.
async fn ask(who: &Client, path: &str) -> Page {
    send(who.request(Method::GET, path).header(ACCEPT, "application/json")).await
}

/// The portal's database.
async fn ledger(portal: &Portal) -> Ledger {
    Ledger::open(&format!("sqlite://{}", portal.data().join("quell.db").display())).await
}

/// Entries of the audit trail.
async fn entries(ledger: &Ledger) -> i64 {
    ledger.count("SELECT seq FROM audit_head").await
}
