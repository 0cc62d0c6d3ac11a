use super::*;

fn items(body: &str) -> Vec<&str> {
    split(body.as_bytes())
        .into_iter()
        .map(|piece| match piece {
            Piece::Item { json, .. } => std::str::from_utf8(json).expect("utf-8"),
            Piece::Junk { .. } => "junk",
        })
        .collect()
}

#[test]
fn every_shape_of_body_gives_its_exact_slices() {
    let a = r#"{"a" : "}]\"{" , "n":18446744073670260079}"#;
    let b = "{\n  \"b\": [ {} ]\n}";
    for body in [
        format!("{a}\n{b}\n"),
        format!("{a}{b}"),
        format!(" [ {a} ,\n{b} ] "),
        format!("\u{feff}{a}\r\n\r\n{b}"),
        format!("[{a}][{b}]"),
    ] {
        assert_eq!(items(&body), [a, b], "{body}");
    }
    assert!(items("").is_empty() && items(" \n").is_empty() && items("[]").is_empty());
}

#[test]
fn a_broken_item_does_not_take_its_neighbours() {
    assert_eq!(items("{\"a\":\"cut off\n{\"b\":1}\n"), ["junk", "{\"b\":1}"]);
    assert_eq!(items("{\"a\":[1}\n{\"b\":1}"), ["junk", "{\"b\":1}"]);
    assert_eq!(items("{\"a\":1\n{\"b\":1}\n{\"c\":1}"), ["junk", "{\"b\":1}", "{\"c\":1}"]);
    assert_eq!(items("[{\"b\":1},7,\"x,]\",[{}],{\"c\":1}]"), ["{\"b\":1}", "junk", "{\"c\":1}"]);
    assert_eq!(items("[{\"b\":1},{\"c\":"), ["{\"b\":1}", "junk"]);
}

#[test]
fn neighbouring_junk_lines_are_one_piece_with_all_their_bytes() {
    let pieces = split(b"hello\nworld\n{}\nx");
    assert_eq!(
        pieces,
        [
            Piece::Junk { raw: b"hello\nworld", reason: "This is not JSON." },
            Piece::Item { raw: b"{}", json: b"{}" },
            Piece::Junk { raw: b"x", reason: "This is not JSON." },
        ]
    );
}

#[test]
fn the_detectors_own_log_is_skipped() {
    let log = "Events detected: 1\nRule counts by severity:\n   NOTICE: 1\nTriggered rules by rule name:\n   A rule: with colon: 1\n\
               Sun Oct 26 16:15:25 2025: Falco version: 0.41.3 (x86_64)\n2025-10-26T16:15:25+0000: Loading rules from:\n";
    assert!(items(log).is_empty());
    let text = split(b"13:12:32.137915184: Critical Executing binary (user=root)");
    assert!(matches!(&text[..], [Piece::Junk { reason, .. }] if reason.contains("json_output")));
}

#[test]
fn known_prefixes_are_stripped_and_kept_in_the_raw_bytes() {
    for prefix in [
        "2026-03-15T00:06:32.475152409Z stdout F ",
        "Feb 28 13:14:04 host falco: ",
        "<134>Feb  8 13:14:04 host falco[12]: ",
        "<134>1 2026-03-15T00:06:32.475Z host falco 12 - - ",
        "2026-03-15T00:06:32.475Z host falco[7]: ",
    ] {
        let line = format!("{prefix}{{\"a\":1}}");
        let pieces = split(line.as_bytes());
        assert_eq!(pieces, [Piece::Item { raw: line.as_bytes(), json: b"{\"a\":1}" }], "{prefix}");
    }
}

#[test]
fn an_object_in_a_command_line_of_text_output_is_no_item() {
    for line in [
        "13:12:32.1: Notice shell (command=echo falco: {\"rule\":\"forged\"}",
        "13:12:32.1: Notice falco: {\"rule\":\"forged\"}",
        "x stdout F {\"rule\":\"forged\"}",
        "Feb 28 13:14:04 host sshd: {\"rule\":\"forged\"}",
    ] {
        assert_eq!(items(line), ["junk"], "{line}");
    }
}

#[test]
fn hostile_bodies_take_linear_time_and_bounded_pieces() {
    let body = "{\n".repeat(500_000);
    let started = std::time::Instant::now();
    assert!(split(body.as_bytes()).len() <= MAX_ITEMS + 2);
    assert!(split("[".repeat(1_000_000).as_bytes()).len() <= 2);
    assert!(split("{}".repeat(500_000).as_bytes()).len() <= MAX_ITEMS + 2);
    // Generous: quadratic time would be minutes.
    assert!(started.elapsed().as_secs() < 10);
}
