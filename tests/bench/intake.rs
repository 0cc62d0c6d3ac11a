//! How fast alarms come in, durable, on both databases; next to the same rows written raw in batches.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use quell_tests::{
    Portal, PortalBuilder,
    fixtures::{self, Fixture, Subject},
    postgres,
};

use super::{
    load, peer,
    table::{self, Table, millis, per_second, rate},
};

const CONNECTIONS: usize = 32;
/// Alarms of one measurement; the first tenth is sent before the clock runs.
const SINGLE: usize = 60_000;
const BATCHED: usize = 200_000;
/// Alarms in one request of the batched kind.
const BATCH: usize = 100;
/// Rows in one transaction of the raw inserts beside it.
const RAW: usize = 500;

/// Both databases, single and batched.
pub async fn measure(table: &mut Table) {
    on(table, "SQLite", Portal::builder(), None).await;
    let url = postgres::durable_database().await;
    on(table, "PostgreSQL", Portal::builder().database(&url), Some(url)).await;
}

async fn on(table: &mut Table, name: &str, portal: PortalBuilder, url: Option<String>) {
    let portal = portal.start().await;
    let path = portal.add_source("falco", "falco", None);
    let address = portal.address();
    let mut events = Events::new();

    let warm = events.bodies(SINGLE / 10, 1);
    load::send(address, &path, warm, CONNECTIONS).await;
    let mut single = load::send(address, &path, events.bodies(SINGLE, 1), CONNECTIONS).await;
    let ours = rate(SINGLE, single.wall);
    let database = url.unwrap_or_else(|| format!("sqlite://{}", portal.data().join("quell.db").display()));
    // As many as the connections can have under way: what one durable commit after the other can do for them.
    let raw = peer::raw_inserts(&database, SINGLE, CONNECTIONS).await;
    table.line(
        &format!("alarm intake, durable, one 1.5 kB event a request, {CONNECTIONS} connections, {name}"),
        format!("{}, p99 {}", per_second(ours), millis(table::percentile(&mut single.times, 99))),
        format!("the same rows inserted raw, {CONNECTIONS} a transaction: {}", per_second(raw)),
        format!("{:.2} of raw; bar 12,000/s, p99 ≤ 50 ms", ours / raw),
    );

    let batched = load::send(address, &path, events.bodies(BATCHED, BATCH), CONNECTIONS).await;
    let ours = rate(BATCHED, batched.wall);
    let raw = peer::raw_inserts(&database, BATCHED, RAW).await;
    table.line(
        &format!("the same in arrays of {BATCH}, {name}"),
        per_second(ours),
        format!("the same rows inserted raw, {RAW} a transaction: {}", per_second(raw)),
        format!("{:.2} of raw (bar 0.50)", ours / raw),
    );
}

/// A container that makes alarms all the time.
const BUSY: &str = "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffee1234";

/// Events that are all different.
pub struct Events {
    shape: &'static Fixture,
    time: SystemTime,
}

impl Events {
    /// None made yet.
    pub fn new() -> Self {
        let shape = fixtures::ALARMS.iter().find(|one| one.name == "falco-http-output-full-id.json").unwrap();
        Self { shape, time: SystemTime::now() - Duration::from_secs(600) }
    }

    fn bodies(&mut self, count: usize, in_each: usize) -> Vec<Bytes> {
        (0..count / in_each)
            .map(|_| match in_each {
                1 => self.next(BUSY).into(),
                _ => format!("[{}]", (0..in_each).map(|_| self.next(BUSY)).collect::<Vec<_>>().join(",")).into(),
            })
            .collect()
    }

    /// The next, about this container.
    pub fn next(&mut self, container: &str) -> String {
        self.time += Duration::from_micros(1);
        self.shape.fill(Subject { container, name: "payments", node: "node-1" }, self.time)
    }
}
