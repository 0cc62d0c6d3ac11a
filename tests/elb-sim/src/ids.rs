//! New names for things: ids of objects, requests and keys, and tokens.
//!
//! They repeat from one run to the next, so that what a test sees today it sees tomorrow. Nothing here is a secret:
//! the simulator guards nothing.

use sha2::{Digest as _, Sha256};

/// How long a token is, in characters. The vendor's are several thousand long, and a client must be ready for that.
const TOKEN: usize = 4096;

/// Gives out names, none of them twice.
#[derive(Debug, Default)]
pub struct Ids {
    given: u64,
}

impl Ids {
    /// 32 characters of hex, as requests, users and projects have them.
    pub fn hex(&mut self) -> String {
        self.given += 1;
        hex::encode(&Sha256::digest(format!("elb-sim {}", self.given))[..16])
    }

    /// 36 characters with dashes, as the load balancer's objects have them.
    pub fn uuid(&mut self) -> String {
        let hex = self.hex();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    /// A long token.
    pub fn token(&mut self) -> String {
        let hex = self.hex();
        let mut token = format!("MII{}", hex.repeat(TOKEN / hex.len()));
        token.truncate(TOKEN);
        token
    }

    /// Name and secret of a temporary key, and its security token.
    pub fn temporary_key(&mut self) -> (String, String, String) {
        let access = format!("HST3{}", self.hex()[..16].to_ascii_uppercase());
        (access, format!("{}{}", self.hex(), &self.hex()[..8]), self.token())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_form_and_come_once() {
        let mut ids = Ids::default();
        let (one, other) = (ids.uuid(), ids.uuid());
        assert_eq!((one.len(), one.matches('-').count()), (36, 4));
        assert_ne!(one, other);
        assert_eq!(ids.token().len(), TOKEN);
        let (access, secret, token) = ids.temporary_key();
        assert_eq!((access.len(), secret.len(), token.len()), (20, 40, TOKEN));
    }
}
