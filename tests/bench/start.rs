//! How fast the portal starts and what it needs while nothing happens.

use std::time::Instant;

use quell_tests::Portal;

use super::{
    process::{mebibytes, resident},
    table::{Table, median},
};

const ROUNDS: usize = 5;

/// A portal that has started before, with one person's pages opened once.
pub async fn measure(table: &mut Table) {
    let mut portal = Portal::start().await;
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        portal.stop();
        let begun = Instant::now();
        portal.serve().await;
        starts.push(begun.elapsed().as_secs_f64());
    }
    let ana = portal.person("ana", &["analyst", "auditor", "admin"]).await;
    for page in ["/incidents", "/audit", "/admin/nodes"] {
        ana.read(page).await;
    }
    let memory = resident(portal.pid().unwrap());
    table.line(
        "start until ready",
        format!("{:.2} s", median(starts)),
        "looked at every 20 ms".into(),
        "bar 0.5 s".into(),
    );
    table.line("idle memory", mebibytes(memory), "after a few pages, resident".into(), "bar 64 MB".into());
}
