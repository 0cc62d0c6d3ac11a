//! Tampering with rows, as with a database.

use quell_verify::{Checkpoint, Finding, Summary, Verifier, What, Witness};

use crate::support::{Trail, append, checkpoint, hash_of, trail};

const LEN: i64 = 6;

fn verify(trail: &Trail, checkpoints: &[Checkpoint]) -> Result<Summary, Finding> {
    let mut verifier = Verifier::new(checkpoints.to_vec());
    for row in &trail.rows {
        verifier.push(row)?;
    }
    verifier.finish(Some(trail.head.clone()))
}

fn finding(trail: &Trail) -> Finding {
    verify(trail, &[]).expect_err("this trail was tampered with")
}

#[test]
fn a_whole_trail_passes_and_says_so() {
    let trail = trail(LEN);
    let summary =
        verify(&trail, &[checkpoint(&trail, 6), checkpoint(&trail, 0), checkpoint(&trail, 3)]).expect("whole");
    assert_eq!((summary.entries, summary.checkpoints), (LEN, 3));
    assert_eq!(summary.head, trail.head.1);
    assert_eq!(
        summary.to_string(),
        format!(
            "The trail is whole: 6 entries from 2025-11-24 16:00:01 UTC to 2025-11-24 16:00:06 UTC are unchanged and in order. \
             3 checkpoints are met. The head is {}.",
            trail.head.1
        )
    );
    assert_eq!(verify(&self::trail(0), &[]).expect("empty").to_string(), "The trail is empty.");
}

#[test]
fn every_dropped_entry_is_named() {
    for index in 0..LEN as usize {
        let mut trail = trail(LEN);
        trail.rows.remove(index);
        let seq = index as i64 + 1;
        let found = finding(&trail);
        assert_eq!(found.seq, seq);
        if seq < LEN {
            assert_eq!(found.what, What::Dropped { found: seq + 1 });
            assert_eq!(found.to_string(), format!("Entry {seq} is missing: entry {} stands in its place.", seq + 1));
        } else {
            assert_eq!(found.what, What::Truncated { last: LEN - 1, known: LEN, by: Witness::Head });
            assert_eq!(
                found.to_string(),
                "The trail was cut off: it ends with entry 5, but the head of the trail knows of entry 6."
            );
        }
    }
}

#[test]
fn every_repeated_entry_is_named() {
    for index in 0..LEN as usize {
        let mut trail = trail(LEN);
        trail.rows.insert(index, trail.rows[index].clone());
        let seq = index as i64 + 1;
        assert_eq!(finding(&trail), Finding { seq, what: What::OutOfOrder { expected: seq + 1 } });
    }
}

#[test]
fn every_swap_is_named_at_the_earlier_place() {
    for a in 0..LEN as usize {
        for b in a + 1..LEN as usize {
            let mut trail = trail(LEN);
            trail.rows.swap(a, b);
            assert_eq!(finding(&trail), Finding { seq: a as i64 + 1, what: What::Dropped { found: b as i64 + 1 } });
            // Swapped and renumbered, so that the column hides it.
            trail.rows[a].seq = a as i64 + 1;
            trail.rows[b].seq = b as i64 + 1;
            assert_eq!(finding(&trail).seq, a as i64 + 1);
        }
    }
}

#[test]
fn a_dropped_entry_hidden_by_renumbering_is_found() {
    for index in 0..LEN as usize - 1 {
        let mut trail = trail(LEN);
        trail.rows.remove(index);
        for (i, row) in trail.rows.iter_mut().enumerate() {
            row.seq = i as i64 + 1;
        }
        assert_eq!(finding(&trail).seq, index as i64 + 1);
    }
}

#[test]
fn every_changed_byte_and_column_is_named() {
    for index in 0..LEN as usize {
        let seq = index as i64 + 1;
        let clean = trail(LEN);

        let mut bytes = clean.clone();
        let middle = bytes.rows[index].canonical.len() / 2;
        bytes.rows[index].canonical[middle] ^= 1;
        assert_eq!(finding(&bytes), Finding { seq, what: What::Changed });
        assert_eq!(finding(&bytes).to_string(), format!("Entry {seq} was changed: its bytes do not match its hash."));

        let mut hash = clean.clone();
        hash.rows[index].hash = "f".repeat(64);
        assert_eq!(finding(&hash), Finding { seq, what: What::Changed });
        hash.rows[index].hash = clean.rows[index].hash.to_uppercase();
        assert_eq!(finding(&hash), Finding { seq, what: What::Changed });

        type Edit = fn(&mut quell_verify::Row);
        let edits: [(&str, Edit); 9] = [
            ("seq", |row| row.seq += 1),
            ("seq", |row| row.seq = i64::MIN),
            ("code", |row| row.code.push('x')),
            ("at", |row| row.at -= 1),
            ("incident", |row| row.incident = Some("other".to_owned())),
            ("incident", |row| row.incident = if row.incident.is_some() { None } else { Some(String::new()) }),
            ("actor", |row| row.actor.push('x')),
            ("actor_name", |row| row.actor_name.push('x')),
            ("outcome", |row| row.outcome = "denied".to_owned()),
        ];
        for (column, edit) in edits {
            let mut edited = clean.clone();
            edit(&mut edited.rows[index]);
            assert_eq!(finding(&edited), Finding { seq, what: What::ChangedColumn { column } });
        }
    }
}

#[test]
fn an_entry_written_anew_breaks_the_next_link() {
    let clean = trail(LEN);
    let mut anew = clean.clone();
    let mut previous = [0; 32];
    hex::decode_to_slice(&clean.rows[1].hash, &mut previous).expect("hex");
    let text = String::from_utf8(anew.rows[2].canonical.clone()).expect("utf-8").replace("\"ok\"", "\"denied\"");
    anew.rows[2].hash = hash_of(&previous, text.as_bytes());
    anew.rows[2].canonical = text.into_bytes();
    anew.rows[2].outcome = "denied".to_owned();
    // Entry 3 now fits entry 2, so it is entry 4 that no longer follows; a checkpoint names entry 3 itself.
    assert_eq!(finding(&anew).seq, 4);
    let witnessed = verify(&anew, &[checkpoint(&clean, 3)]).expect_err("witnessed");
    assert_eq!((witnessed.seq, matches!(witnessed.what, What::RolledBack { .. })), (3, true));
}

#[test]
fn a_chain_started_anew_and_an_entry_put_in_are_told_apart() {
    let mut restarted = trail(LEN);
    let canonical = restarted.rows[3].canonical.clone();
    restarted.rows[3].hash = hash_of(&[0; 32], &canonical);
    assert_eq!(finding(&restarted), Finding { seq: 4, what: What::BrokenLink { follows: 0 } });

    let mut put_in = trail(LEN);
    let mut previous = [0; 32];
    hex::decode_to_slice(&put_in.rows[1].hash, &mut previous).expect("hex");
    let canonical = put_in.rows[3].canonical.clone();
    put_in.rows[3].hash = hash_of(&previous, &canonical);
    assert_eq!(finding(&put_in), Finding { seq: 4, what: What::BrokenLink { follows: 2 } });
}

#[test]
fn a_trail_set_back_passes_alone_but_not_its_checkpoint() {
    let clean = trail(LEN);
    for kept in 0..LEN {
        let earlier = trail(kept);
        assert!(verify(&earlier, &[]).is_ok(), "the head was set back with it");
        let found = verify(&earlier, &[checkpoint(&clean, LEN)]).expect_err("checkpoint beyond the end");
        assert_eq!(found.seq, kept + 1);
        assert!(matches!(found.what, What::Truncated { known: LEN, by: Witness::Checkpoint { .. }, .. }));

        // Set back and continued with other entries up to the old length.
        let mut other = earlier.clone();
        while other.head.0 < LEN {
            append(&mut other, "incident.verdict");
        }
        assert!(verify(&other, &[]).is_ok());
        let found = verify(&other, &[checkpoint(&clean, LEN)]).expect_err("another chain");
        assert_eq!((found.seq, matches!(found.what, What::RolledBack { .. })), (LEN, true));
    }
}

#[test]
fn a_head_that_does_not_fit_is_found() {
    let clean = trail(LEN);
    for head in [-5, 0, 3] {
        let mut behind = clean.clone();
        behind.head.0 = head;
        assert_eq!(finding(&behind), Finding { seq: head.max(0) + 1, what: What::HeadBehind { head } });
    }
    let mut other = clean.clone();
    other.head.1 = "0".repeat(64);
    assert_eq!(finding(&other), Finding { seq: LEN, what: What::RolledBack { by: Witness::Head } });
    let mut appended = clean.clone();
    append(&mut appended, "incident.noted");
    appended.head = clean.head.clone();
    assert_eq!(finding(&appended).seq, LEN + 1);
    let mut none = Verifier::new(Vec::new());
    for row in &clean.rows {
        none.push(row).expect("whole");
    }
    assert_eq!(none.finish(None).expect_err("no head").what, What::NoHead { last: LEN });
}

#[test]
fn entries_that_are_none_are_malformed_even_with_a_right_hash() {
    for bad in ["", "{}", "{\"v\":1}", "null", "[]"] {
        let mut trail = trail(1);
        trail.rows[0].canonical = bad.as_bytes().to_vec();
        trail.rows[0].hash = hash_of(&[0; 32], bad.as_bytes());
        assert!(matches!(finding(&trail), Finding { seq: 1, what: What::Malformed { .. } }), "{bad}");
    }
    // Nested without end: an error, not an exhausted stack.
    let mut trail = trail(1);
    let deep = String::from_utf8(trail.rows[0].canonical.clone())
        .expect("utf-8")
        .replace("\"facts\":{", &format!("\"facts\":{}{{", "[".repeat(100_000)));
    trail.rows[0].hash = hash_of(&[0; 32], deep.as_bytes());
    trail.rows[0].canonical = deep.into_bytes();
    assert!(matches!(finding(&trail).what, What::Malformed { .. }));
}
