//! How long the check of a long audit trail takes.

use std::time::Instant;

use quell_core::ports::Store as _;
use quell_domain::{
    Changeset, Timestamp,
    audit::{Actor, Event, codes},
};
use quell_store::SqlStore;
use quell_tests::Portal;

use super::table::{Table, median};

const ENTRIES: usize = 1_000_000;
const TOGETHER: usize = 1_000;
const ROUNDS: usize = 3;

/// A million entries through the write door, then `quell audit verify` as a process of its own.
pub async fn measure(table: &mut Table) {
    let portal = Portal::builder().prepare();
    portal.quell(&["migrate"]);
    let database = format!("sqlite://{}", portal.data().join("quell.db").display());
    let store = SqlStore::connect(&database).await.unwrap();
    let event = |n: usize| {
        Event::new(
            Timestamp(1_800_000_000_000_000 + i64::try_from(n).unwrap()),
            Actor::system("correlator"),
            codes::NOTE,
        )
        .target("incident", n % 1_000)
        .fact("text", "Looks like the deployment of this morning; asked the team.")
        .fact("alarms", i64::try_from(n % 7).unwrap())
    };
    for first in (0..ENTRIES).step_by(TOGETHER) {
        let rest = (first + 1..first + TOGETHER).map(event);
        let changes = rest.fold(Changeset::new(event(first)), Changeset::and_event);
        store.commit(changes).await.unwrap();
    }
    store.close().await;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let said = portal.quell(&["audit", "verify"]);
        times.push(begun.elapsed().as_secs_f64());
        assert!(said.contains("1000000") || said.contains("1,000,000"), "not the whole trail: {said}");
    }
    let size = std::fs::metadata(portal.data().join("quell.db")).unwrap().len();
    table.line(
        "`quell audit verify`, 1,000,000 entries, SQLite",
        format!("{:.1} s", median(times)),
        format!("{} MB of database", size / 1_000_000),
        "bar 3 s".to_owned(),
    );
}
