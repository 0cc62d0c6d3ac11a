//! How long a large trail takes. Only by hand: a number from a debug build or a busy machine says nothing.

use crate::support::{export, trail};

#[test]
#[ignore = "a measurement: run it with --release --ignored --nocapture"]
fn a_million_entries() {
    let trail = trail(1_000_000);
    let started = std::time::Instant::now();
    let mut verifier = quell_verify::Verifier::new(Vec::new());
    for row in &trail.rows {
        verifier.push(row).expect("whole");
    }
    verifier.finish(Some(trail.head.clone())).expect("whole");
    println!("rows: {:?}", started.elapsed());
    let file = export(&trail);
    let started = std::time::Instant::now();
    quell_verify::verify_export(file.as_slice(), Vec::new()).expect("whole");
    println!("export of {} MB: {:?}", file.len() / 1_000_000, started.elapsed());
}
