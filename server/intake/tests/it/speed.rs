//! How long one event takes. Only by hand: a number from a debug build or a busy machine says nothing.

use quell_intake::{Format, read};

use crate::support::{delivery, shell};

#[test]
#[ignore = "a measurement: run it with --release --ignored --nocapture"]
fn one_event() {
    const ROUNDS: u32 = 20_000;
    let body = shell().to_string();
    let started = std::time::Instant::now();
    for _ in 0..ROUNDS {
        assert_eq!(
            read(&delivery(Format::Falco, body.as_bytes()), &mut String::new).expect("readable").alarms.len(),
            1
        );
    }
    println!("{} bytes: {:?}", body.len(), started.elapsed() / ROUNDS);
}
