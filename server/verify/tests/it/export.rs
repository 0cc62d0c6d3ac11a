//! Tampering with an export file.

use quell_verify::{What, read_checkpoints, verify_export};

use crate::support::{export, trail};

#[test]
fn a_whole_export_passes() {
    let clean = trail(5);
    let summary = verify_export(export(&clean).as_slice(), Vec::new()).expect("whole");
    assert_eq!((summary.entries, summary.head), (5, clean.head.1));
    assert_eq!(verify_export(export(&trail(0)).as_slice(), Vec::new()).expect("empty").entries, 0);
}

#[test]
fn every_flipped_bit_is_found_in_its_line() {
    let clean = export(&trail(3));
    let mut line = 1;
    for at in 0..clean.len() {
        for bit in 0..8 {
            let mut flipped = clean.clone();
            flipped[at] ^= 1 << bit;
            let finding = verify_export(flipped.as_slice(), Vec::new()).expect_err("a flipped bit passed");
            // A column `seq` that names an earlier entry, and the head, are reported by the number they name.
            assert!((1..=line).contains(&finding.seq), "byte {at} bit {bit}, line {line}: {finding}");
        }
        line += i64::from(clean[at] == b'\n');
    }
}

#[test]
fn every_cut_is_found() {
    let clean = export(&trail(3));
    for len in 0..clean.len() {
        assert!(verify_export(&clean[..len], Vec::new()).is_err(), "cut to {len} bytes");
    }
    let whole_lines: Vec<&[u8]> = clean.split_inclusive(|b| *b == b'\n').collect();
    let found = verify_export(whole_lines[..3].concat().as_slice(), Vec::new()).expect_err("no head");
    assert_eq!((found.seq, found.what), (4, What::NoHead { last: 3 }));
}

#[test]
fn dropped_repeated_swapped_and_added_lines_are_found() {
    let clean = export(&trail(4));
    let lines: Vec<&[u8]> = clean.split_inclusive(|b| *b == b'\n').collect();
    for a in 0..lines.len() {
        let mut dropped = lines.clone();
        dropped.remove(a);
        let mut repeated = lines.clone();
        repeated.insert(a, lines[a]);
        for lines in [dropped, repeated] {
            let found = verify_export(lines.concat().as_slice(), Vec::new()).expect_err("tampered");
            assert_eq!(found.seq, a as i64 + 1, "{found}");
        }
        for b in a + 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(a, b);
            assert!(verify_export(swapped.concat().as_slice(), Vec::new()).is_err());
        }
    }
    for junk in ["\n", " \n", "{}\n", "x"] {
        let found =
            verify_export([clean.as_slice(), junk.as_bytes()].concat().as_slice(), Vec::new()).expect_err("added");
        assert!(matches!(found.what, What::Malformed { .. }));
    }
}

#[test]
fn checkpoint_files_are_read_strictly() {
    let hash = "a".repeat(64);
    let file = format!("{{\"seq\":1,\"hash\":\"{hash}\",\"at\":5}}\n{{\"seq\":2,\"hash\":\"{hash}\",\"at\":6}}\n");
    assert_eq!(read_checkpoints(file.as_bytes()).expect("two").len(), 2);
    let found = read_checkpoints(format!("{file}{{\"seq\":3}}\n").as_bytes()).expect_err("bad line");
    assert_eq!(found.seq, 3);
    assert!(read_checkpoints(&file.as_bytes()[..file.len() - 1]).is_err());
}
