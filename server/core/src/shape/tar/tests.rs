//! Archives made by hand here; archives of a real engine are walked in the engine tests.

use proptest::prelude::*;

use super::super::tests::check;
use crate::ports::Shape;

pub(crate) fn header(name: &str, kind: u8, size_field: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[124..124 + size_field.len()].copy_from_slice(size_field);
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&b| u32::from(b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn padded(data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    out.resize(data.len().next_multiple_of(512), 0);
    out
}

pub(crate) fn entry(name: &str, kind: u8, data: &[u8]) -> Vec<u8> {
    [header(name, kind, format!("{:011o}", data.len()).as_bytes()), padded(data)].concat()
}

pub(crate) fn pax(key: &str, value: &str) -> Vec<u8> {
    let body = format!(" {key}={value}\n");
    let length = (1..).find(|n: &usize| n.to_string().len() + body.len() == *n).expect("some length counts itself");
    entry("PaxHeaders.0/x", b'x', format!("{length}{body}").as_bytes())
}

pub(crate) fn end() -> Vec<u8> {
    vec![0; 1_024]
}

fn sample() -> Vec<u8> {
    [
        entry("etc/", b'5', b""),
        entry("etc/passwd", b'0', b"root:x:0:0::/:/bin/sh\n"),
        entry("././@LongLink", b'L', "long/".repeat(60).as_bytes()),
        entry("long", b'0', &[7; 1_024]),
        pax("path", "päth"),
        entry("path", b'0', &[9; 513]),
        entry("link", b'2', b""),
        end(),
    ]
    .concat()
}

#[test]
fn a_whole_archive_passes_however_it_is_cut() {
    for step in [1, 3, 511, 512, 513, 4_096, 100_000] {
        assert_eq!(
            check(Shape::Tar, &sample(), step).as_deref(),
            Ok("5 entries, ends with two zero blocks"),
            "step {step}"
        );
    }
    assert!(check(Shape::Tar, &end(), 100).is_ok(), "an empty archive is whole");
    assert!(check(Shape::Tar, &[sample(), vec![0; 8_704]].concat(), 100).is_ok(), "more zero blocks are usual");
}

#[test]
fn every_truncation_fails() {
    let tar = sample();
    for end in 0..tar.len() {
        assert!(check(Shape::Tar, &tar[..end], 700).is_err(), "cut at {end}");
    }
}

#[test]
fn an_error_text_is_found_wherever_it_was_appended() {
    let tar = sample();
    let error = b"{\"message\":\"layer does not exist\"}\n";
    let after = check(Shape::Tar, &[&tar[..], error].concat(), 700).expect_err("after the end");
    assert!(after.contains("layer does not exist"), "{after}");
    let before_end =
        check(Shape::Tar, &[&tar[..tar.len() - 1_024], error].concat(), 700).expect_err("instead of the end");
    assert!(before_end.contains("layer does not exist"), "{before_end}");
    assert!(check(Shape::Tar, &[&tar[..tar.len() - 512], error].concat(), 700).is_err(), "after one zero block");
    assert!(check(Shape::Tar, &[&tar[..600], error].concat(), 700).is_err(), "inside data");
    assert!(check(Shape::Tar, error, 700).is_err(), "instead of an archive");
}

#[test]
fn sizes_beyond_octal_are_read() {
    // Base 256: 600 bytes.
    let mut base256 = [0; 12];
    (base256[0], base256[10], base256[11]) = (0x80, 2, 0x58);
    let big = [header("big", b'0', &base256), padded(&[1; 600]), end()].concat();
    assert_eq!(check(Shape::Tar, &big, 99).as_deref(), Ok("1 entries, ends with two zero blocks"));
    // pax: the header's own field says 0.
    let by_pax = [pax("size", "600"), header("big", b'0', b"00000000000"), padded(&[1; 600]), end()].concat();
    assert!(check(Shape::Tar, &by_pax, 99).is_ok());
    assert!(check(Shape::Tar, &[pax("size", "x"), entry("f", b'0', b"1"), end()].concat(), 99).is_err());
    // A negative size and one that no disk holds.
    assert!(check(Shape::Tar, &[header("f", b'0', &[0xff; 12]), end()].concat(), 99).is_err());
    assert!(
        check(Shape::Tar, &[pax("size", "18446744073709551615"), entry("f", b'0', b"1"), end()].concat(), 99).is_err()
    );
}

#[test]
fn old_sparse_maps_are_stepped_over() {
    let mut first = header("sparse", b'S', b"00000000005");
    first[482] = 1;
    first[148..156].fill(b' ');
    let sum: u32 = first.iter().map(|&b| u32::from(b)).sum();
    first[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let (mut more, last) = (vec![1; 512], vec![0; 512]);
    more[504] = 1;
    assert!(check(Shape::Tar, &[first, more, last, padded(b"12345"), end()].concat(), 99).is_ok());
}

#[test]
fn one_flipped_bit_in_a_header_fails() {
    let tar = sample();
    for at in (0..512).filter(|at| !(148..156).contains(at)) {
        let mut bad = tar.clone();
        bad[at] ^= 1;
        assert!(check(Shape::Tar, &bad, 700).is_err(), "byte {at}");
    }
}

#[test]
fn an_announcement_needs_its_entry() {
    assert!(check(Shape::Tar, &[pax("path", "x"), end()].concat(), 99).is_err());
}

proptest! {
    #[test]
    fn any_truncation_of_any_good_archive_fails(
        files in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..1_500)), 0..6),
        cut in any::<prop::sample::Index>(),
        step in 1_usize..2_000,
    ) {
        let mut tar = Vec::new();
        for (number, (long, data)) in files.iter().enumerate() {
            if *long {
                tar.extend(pax("path", &format!("a/long/name/{number}")));
            }
            tar.extend(entry(&format!("f{number}"), b'0', data));
        }
        tar.extend(end());
        prop_assert_eq!(check(Shape::Tar, &tar, step), Ok(format!("{} entries, ends with two zero blocks", files.len())));
        let at = cut.index(tar.len());
        prop_assert!(check(Shape::Tar, &tar[..at], step).is_err(), "cut at {}", at);
    }

    #[test]
    fn any_byte_after_the_end_fails(byte in 1_u8.., zeros in 0_usize..1_100) {
        let tar = [sample(), vec![0; zeros], vec![byte]].concat();
        prop_assert!(check(Shape::Tar, &tar, 512).is_err());
        // Even when it is followed by zeros to a whole block.
        let filled = padded(&tar);
        prop_assert!(check(Shape::Tar, &filled, 512).is_err());
    }
}
