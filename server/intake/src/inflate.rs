//! Limits and gzip. Owns: how large a body may be. Must not know: what is in it.

use std::{borrow::Cow, io::Read as _};

use flate2::bufread::MultiGzDecoder;
use quell_domain::{Code, Problem};

use crate::Delivery;

/// Largest body of one push, as sent: 1 MiB (a Falco event is about 1.3 kB, the largest seen 6 kB).
pub const MAX_BODY: usize = 1024 * 1024;
/// Largest body after inflating: 8 MiB.
pub const MAX_INFLATED: usize = 8 * 1024 * 1024;

/// The bytes of gzip, looked for too because shippers compress without saying so. No JSON begins like this.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why there is no body to read.
pub(crate) enum Unread {
    /// Nothing of it is kept.
    TooLarge(Problem),
    /// It is kept as it came, with this reason.
    Broken(&'static str),
}

/// The body without compression.
pub(crate) fn inflate<'a>(delivery: &Delivery<'a>) -> Result<Cow<'a, [u8]>, Unread> {
    if delivery.body.len() > MAX_BODY {
        return Err(too_large("The body", MAX_BODY));
    }
    let encoding = delivery.content_encoding.map(str::trim).unwrap_or_default();
    let gzip = encoding.eq_ignore_ascii_case("gzip") || encoding.eq_ignore_ascii_case("x-gzip");
    if !gzip && !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
        return Err(Unread::Broken("Its Content-Encoding is not gzip. Send the body as it is, or with gzip."));
    }
    if !gzip && !delivery.body.starts_with(&GZIP) {
        return Ok(Cow::Borrowed(delivery.body));
    }
    let mut inflated = Vec::with_capacity((delivery.body.len() * 4).min(MAX_INFLATED));
    // One byte more than allowed, so that the limit itself still passes and a bomb is never unfolded further.
    MultiGzDecoder::new(delivery.body).take(MAX_INFLATED as u64 + 1).read_to_end(&mut inflated).map_err(|_| {
        Unread::Broken(
            "The body is not whole gzip: it was cut off or changed on its way. Send it again, or uncompressed.",
        )
    })?;
    if inflated.len() > MAX_INFLATED {
        return Err(too_large("The inflated body", MAX_INFLATED));
    }
    Ok(Cow::Owned(inflated))
}

fn too_large(what: &str, limit: usize) -> Unread {
    Unread::TooLarge(Problem::new(
        Code::TooLarge,
        format!("{what} is larger than {} MiB. Send fewer alarms at once.", limit / (1024 * 1024)),
    ))
}
