//! What happens when detectors repeat themselves: ten thousand alarms a second for a minute, nine of ten known.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use bytes::Bytes;
use quell_store::{Db, SqlStore};
use quell_tests::{Client, Portal, wait_for};
use tokio::sync::watch;

use super::{
    intake::Events,
    load,
    process::{mebibytes, resident},
    table::{Table, millis, percentile, thousands},
};

const EACH_SECOND: u32 = 10_000;
const SECONDS: usize = 60;
const CONNECTIONS: usize = 64;
/// Times that each event is sent.
const TIMES: usize = 10;
/// A repetition is one of so many that came before.
const LATELY: usize = 500;
const CONTAINERS: usize = 50;
const PATIENCE: Duration = Duration::from_secs(300);

/// One event a request, on SQLite, while somebody looks at the queue.
pub async fn measure(table: &mut Table) {
    let portal = Portal::start().await;
    let path = portal.add_source("falco", "falco", None);
    let ana = portal.person("ana", &["analyst"]).await;
    ana.read("/incidents").await;
    let total = usize::try_from(EACH_SECOND).unwrap() * SECONDS;
    let mut events = Events::new();
    let distinct: Vec<Bytes> = (0..total / TIMES).map(|n| events.next(&container(n % CONTAINERS)).into()).collect();
    let bodies = (0..total).map(|n| distinct[which(n)].clone()).collect();

    let (stop, stopped) = watch::channel(false);
    let queue = tokio::spawn(look(ana, stopped.clone()));
    let memory = tokio::spawn(memory(portal.pid().unwrap(), stopped));
    let mut offered = load::offer(portal.address(), &path, bodies, CONNECTIONS, EACH_SECOND).await;
    stop.send(true).unwrap();
    let (mut pages, memory) = (queue.await.unwrap(), memory.await.unwrap());

    let database = format!("sqlite://{}", portal.data().join("quell.db").display());
    let store = SqlStore::connect(&database).await.unwrap();
    let accepted: BTreeSet<usize> = offered.accepted.iter().map(|n| which(*n)).collect();
    let kept = count(&store, "SELECT COUNT(*) FROM alarm").await;
    assert_eq!(kept, accepted.len(), "an alarm that was accepted is not there, or is there twice");
    let ended = Instant::now();
    wait_for("the last alarm's incident", PATIENCE, async || {
        (count(&store, "SELECT COUNT(*) FROM alarm_unmapped").await == 0).then_some(())
    })
    .await;
    let behind = ended.elapsed();
    assert_eq!(count(&store, "SELECT COUNT(*) FROM alarm_mapping").await, kept);

    table.line(
        &format!("storm: {} events a second offered for {SECONDS} s, 90 % known, SQLite", thousands(total / SECONDS)),
        format!("{} of {} accepted in time, none lost", thousands(offered.accepted.len()), thousands(total)),
        format!(
            "p99 {}; the last belongs to its incident {:.1} s later",
            millis(percentile(&mut offered.times, 99)),
            behind.as_secs_f64()
        ),
        "bar: all, none lost".to_owned(),
    );
    let (early, late) = memory.split_at(memory.len() / 2);
    table.line(
        "memory meanwhile",
        format!("first half {}, second half {}", mebibytes(middle(early)), mebibytes(middle(late))),
        format!("most {}", mebibytes(memory.iter().copied().max().unwrap_or_default())),
        "bar: flat".to_owned(),
    );
    table.line(
        "queue page meanwhile",
        format!("p95 {}", millis(percentile(&mut pages, 95))),
        format!("median {}, request to last byte", millis(percentile(&mut pages, 50))),
        "bar 200 ms".to_owned(),
    );
}

/// Which event is sent at this place: every tenth is new, the others came lately.
fn which(n: usize) -> usize {
    let newest = n / TIMES;
    if n.is_multiple_of(TIMES) { newest } else { newest.saturating_sub(n * 7_919 % LATELY) }
}

fn container(n: usize) -> String {
    format!("{n:064x}")
}

fn middle(sizes: &[u64]) -> u64 {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    sizes.get(sizes.len() / 2).copied().unwrap_or_default()
}

/// Somebody who opens the queue four times a second.
async fn look(who: Client, stopped: watch::Receiver<bool>) -> Vec<Duration> {
    let mut times = Vec::new();
    let mut every = tokio::time::interval(Duration::from_millis(250));
    while !*stopped.borrow() {
        every.tick().await;
        let begun = Instant::now();
        who.read("/incidents").await;
        times.push(begun.elapsed());
    }
    times
}

/// Its memory, each second.
async fn memory(pid: u32, stopped: watch::Receiver<bool>) -> Vec<u64> {
    let mut sizes = Vec::new();
    let mut every = tokio::time::interval(Duration::from_secs(1));
    while !*stopped.borrow() {
        every.tick().await;
        sizes.push(resident(pid));
    }
    sizes
}

async fn count(store: &SqlStore, sql: &'static str) -> usize {
    let Db::Sqlite { read, .. } = store.db() else { panic!("this is SQLite") };
    let count: i64 = sqlx::query_scalar(sql).fetch_one(read).await.unwrap();
    usize::try_from(count).unwrap()
}
