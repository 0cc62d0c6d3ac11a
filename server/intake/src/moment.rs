//! Points in time as detectors write them.

use quell_domain::Timestamp;
use serde_json::Value;

/// 9999-12-31: nothing later is a time.
const LATEST: i128 = 253_402_300_799_000_000;

/// Reads RFC 3339 of any fraction, `+0000` without its colon, no zone at all (taken for UTC), a whole number of seconds,
/// milliseconds, microseconds or nanoseconds by its size, or `{"seconds":…,"nanos":…}` as protobuf has it.
pub(crate) fn read(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => read_text(text.trim()),
        Value::Number(number) => by_size(number.as_u64()?.into()),
        Value::Object(map) => {
            let whole = |key: &str| map.get(key).and_then(|v| v.as_i64().or_else(|| v.as_str()?.parse().ok()));
            in_range(i128::from(whole("seconds")?) * 1_000_000 + i128::from(whole("nanos").unwrap_or(0)) / 1_000)
        }
        _ => None,
    }
}

fn read_text(text: &str) -> Option<Timestamp> {
    if let Some(at) = Timestamp::parse_rfc3339(text) {
        return in_range(at.0.into());
    }
    if !text.is_ascii() || text.len() > 64 {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return by_size(text.parse().ok()?);
    }
    if text.len() < 19 {
        return None;
    }
    let mended = match text[19..].rfind(['+', '-']).map(|at| at + 19) {
        Some(sign) if text.len() - sign == 5 => format!("{}:{}", &text[..sign + 3], &text[sign + 3..]),
        Some(_) => return None,
        None => format!("{text}Z"),
    };
    in_range(Timestamp::parse_rfc3339(&mended)?.0.into())
}

fn by_size(number: i128) -> Option<Timestamp> {
    in_range(match number {
        0..100_000_000_000 => number * 1_000_000,
        100_000_000_000..100_000_000_000_000 => number * 1_000,
        100_000_000_000_000..100_000_000_000_000_000 => number,
        _ => number / 1_000,
    })
}

fn in_range(micros: i128) -> Option<Timestamp> {
    (0..=LATEST).contains(&micros).then(|| i64::try_from(micros).ok().map(Timestamp)).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_moment_in_all_its_forms() {
        for value in [
            json!("2024-08-28T21:35:04.518808525Z"),
            json!("2024-08-28T23:35:04.518808+0200"),
            json!("2024-08-28T21:35:04.518808"),
            json!(1_724_880_904_518_808_525_u64),
            json!("1724880904518808525"),
            json!(1_724_880_904_518_808_u64),
            json!({"seconds": "1724880904", "nanos": 518_808_525}),
        ] {
            assert_eq!(read(&value), Some(Timestamp(1_724_880_904_518_808)), "{value}");
        }
        assert_eq!(read(&json!(1_724_880_904)), Some(Timestamp(1_724_880_904_000_000)));
        assert_eq!(read(&json!(1_724_880_904_518_u64)), Some(Timestamp(1_724_880_904_518_000)));
    }

    #[test]
    fn what_is_no_moment_is_nothing() {
        for value in [
            json!("yesterday"),
            json!(""),
            json!(-1),
            json!(1.5),
            json!("9".repeat(25)),
            json!("9".repeat(60)),
            json!("\u{e9}".repeat(12)),
            json!({"seconds": i64::MAX}),
            json!({"nanos": 1}),
            json!("0000-00-00T00:00:00"),
            json!(null),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
    }
}
