//! A writer of trails made from `server/docs/audit-format.md`, for the tests of the verifier only.
#![allow(dead_code, reason = "each test file uses its own part of it")]

use quell_verify::{Checkpoint, Row};
use sha2::{Digest as _, Sha256};

/// A trail as it lies in the database.
#[derive(Clone)]
pub struct Trail {
    pub rows: Vec<Row>,
    pub head: (i64, String),
}

/// Entries with everything that may stand in one: no incident, an empty actor, escapes, hidden characters, nested facts.
pub fn trail(entries: i64) -> Trail {
    let mut trail = Trail { rows: Vec::new(), head: (0, "0".repeat(64)) };
    for _ in 0..entries {
        append(&mut trail, "incident.noted");
    }
    trail
}

/// Adds one entry, the way the portal does.
pub fn append(trail: &mut Trail, code: &str) {
    let seq = trail.head.0 + 1;
    let at = 1_764_000_000_000_000 + seq * 1_000_001;
    let incident = (seq % 3 != 1).then(|| format!("0193-{seq}"));
    let (kind, actor) = if seq % 4 == 0 { ("operator", String::new()) } else { ("person", format!("p-{seq}")) };
    let incident_json = incident.as_ref().map_or("null".to_owned(), |id| format!("\"{id}\""));
    let canonical = format!(
        "{{\"v\":1,\"seq\":{seq},\"at\":{at},\"actor\":{{\"kind\":\"{kind}\",\"id\":\"{actor}\",\"name\":\"A \\\"q\\\" \u{202e}\",\
         \"address\":null}},\"code\":\"{code}\",\"outcome\":\"ok\",\"incident\":{incident_json},\"target\":null,\
         \"facts\":{{\"a\":\"\\u001b[31m\",\"b\":[1,{{\"c\":null}}]}}}}"
    )
    .into_bytes();
    let mut previous = [0; 32];
    hex::decode_to_slice(&trail.head.1, &mut previous).expect("own hex");
    let hash = hash_of(&previous, &canonical);
    let (code, actor_name, outcome) = (code.to_owned(), "a \"q\" \u{202e}".to_owned(), "ok".to_owned());
    trail.rows.push(Row { seq, canonical, hash: hash.clone(), code, at, incident, actor, actor_name, outcome });
    trail.head = (seq, hash);
}

/// SHA-256 over the previous hash and the bytes.
pub fn hash_of(previous: &[u8; 32], canonical: &[u8]) -> String {
    hex::encode(Sha256::new().chain_update(previous).chain_update(canonical).finalize())
}

/// The export file of a trail.
pub fn export(trail: &Trail) -> Vec<u8> {
    let mut out = String::new();
    for row in &trail.rows {
        let quoted = |text: &str| serde_json::to_string(text).expect("text");
        out.push_str(&format!(
            "{{\"seq\":{},\"canonical\":{},\"hash\":\"{}\",\"code\":{},\"at\":{},\"incident\":{},\"actor\":{},\
             \"actor_name\":{},\"outcome\":{}}}\n",
            row.seq,
            quoted(std::str::from_utf8(&row.canonical).expect("utf-8")),
            row.hash,
            quoted(&row.code),
            row.at,
            row.incident.as_deref().map_or("null".to_owned(), quoted),
            quoted(&row.actor),
            quoted(&row.actor_name),
            quoted(&row.outcome),
        ));
    }
    out.push_str(&format!("{{\"head\":{{\"seq\":{},\"hash\":\"{}\"}}}}\n", trail.head.0, trail.head.1));
    out.into_bytes()
}

/// A checkpoint of the entry with this number.
pub fn checkpoint(trail: &Trail, seq: i64) -> Checkpoint {
    let hash = trail.rows.iter().find(|row| row.seq == seq).map_or("0".repeat(64), |row| row.hash.clone());
    Checkpoint { seq, hash, at: 1_764_000_000_000_000 }
}
