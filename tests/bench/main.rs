//! What `cargo xtask bench` runs: each line of the performance table, measured on the real release binary, next to a peer
//! or a limit that runs on the same machine in the same minutes.
//!
//! Owns the measuring and the table. Asserts nothing about time: numbers are for people, tests are elsewhere. Everything
//! lives in temporary folders (`TMPDIR`), which must be on a real disk.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a measurement that cannot be made has failed")]

mod click;
mod evidence;
mod intake;
mod load;
mod peer;
mod process;
mod queue;
mod start;
mod storm;
mod table;
mod trail;

use table::Table;

/// Names of the measurements, in the order of the table.
const ALL: [&str; 7] = ["intake", "storm", "click", "evidence", "queue", "trail", "start"];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| !ALL.contains(&name.as_str())) {
        eprintln!("bench: there is no measurement {unknown}; there are {}", ALL.join(", "));
        std::process::exit(2);
    }
    let mut table = Table::default();
    for name in ALL {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        eprintln!("bench: {name}");
        match name {
            "intake" => intake::measure(&mut table).await,
            "storm" => storm::measure(&mut table).await,
            "click" => click::measure(&mut table).await,
            "evidence" => evidence::measure(&mut table).await,
            "queue" => queue::measure(&mut table).await,
            "trail" => trail::measure(&mut table).await,
            _ => start::measure(&mut table).await,
        }
    }
    println!("{table}");
}
