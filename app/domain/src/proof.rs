//! The fresh second proof (step-up): what it is made with, how long it is good, and which codes count when.
//!
//! Secrets and signatures are checked on the server; here are only the rules about time and form.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Code, Problem},
    ids::{Digest, FactorId, PersonId},
    text,
    time::{MINUTE, SECOND, Timestamp},
};

/// Microseconds for which a proof is fresh.
pub const FRESH_FOR: i64 = 5 * MINUTE;
/// A proof may be this much later than now: portals that share a database do not share a clock.
const CLOCKS_DIFFER: i64 = MINUTE;
/// Microseconds for which a challenge may be answered, or an enrolment finished.
pub const ANSWER_WITHIN: i64 = 10 * MINUTE;
/// Second factors that one person may have.
pub const MOST_FACTORS: usize = 8;
/// Recovery codes in a set.
pub const RECOVERY_CODES: usize = 10;
/// Letters of a recovery code without its dashes: 120 bits.
const RECOVERY_LENGTH: usize = 24;
/// Digits of a code.
const DIGITS: usize = 6;
/// Seconds that a code of an app stands for (RFC 6238).
pub const STEP_SECONDS: i64 = 30;

crate::words! {
    /// What a second factor is.
    FactorKind {
        /// A secret shared with an app that shows codes (RFC 6238).
        Totp = "totp", "Code app";
        /// A key pair of a device (`WebAuthn`).
        Passkey = "passkey", "Passkey";
    }
}

crate::words! {
    /// What a proof was given with, besides the password where one is asked.
    ProofMethod {
        /// A code of an app.
        Totp = "totp", "Code app";
        /// A passkey.
        Passkey = "passkey", "Passkey";
        /// A code of the set made for when nothing else is at hand.
        Recovery = "recovery", "Recovery code";
    }
}

/// That a session's person showed who they are, once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// When.
    pub at: Timestamp,
    /// With what kind of thing.
    pub method: ProofMethod,
    /// With which: a factor's id, or the digest of a recovery code. When it is gone, so is the proof.
    pub by: String,
}

impl Proof {
    /// Is it recent enough?
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        (-CLOCKS_DIFFER..FRESH_FOR).contains(&now.since(self.at))
    }
}

/// What is said when a fresh proof is needed and there is none.
#[must_use]
pub fn wanted() -> Problem {
    Problem::new(
        Code::StepUp,
        "For this you must have shown within the last five minutes that it is you: with your password and a code, or with a passkey.",
    )
}

/// A second factor, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Ours.
    pub id: FactorId,
    /// Whose.
    pub person: PersonId,
    /// What it is.
    pub kind: FactorKind,
    /// As its owner calls it.
    pub name: String,
    /// Since when.
    pub added_at: Timestamp,
    /// When it last proved something.
    pub last_used_at: Option<Timestamp>,
}

/// A second factor with what the server checks it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFactor {
    /// What its owner sees.
    pub factor: Factor,
    /// A code app's sealed secret, or a passkey's public key.
    pub data: Vec<u8>,
    /// Digest of a passkey's id. Unique.
    pub handle: Option<Digest>,
    /// The last step of which a code was taken, or how often the passkey says it was used.
    pub counter: i64,
}

/// Checks a factor's name: 1 to 60 visible characters.
///
/// # Errors
/// Names the field `name`.
pub fn parse_factor_name(typed: &str) -> Result<String, Problem> {
    let name = typed.trim();
    if (1..=60).contains(&name.chars().count()) && text::visible(name) == name {
        Ok(name.to_owned())
    } else {
        Err(Problem::field("name", "Give a name of 1 to 60 visible characters, such as the device it is on."))
    }
}

/// A typed code, by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passcode {
    /// Six digits.
    Totp(String),
    /// A recovery code without blanks and dashes, in lower case.
    Recovery(String),
}

impl Passcode {
    /// What somebody typed; none when it is neither.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let plain: String =
            typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(RECOVERY_LENGTH + 1).collect();
        if plain.len() == DIGITS && plain.bytes().all(|b| b.is_ascii_digit()) {
            Some(Self::Totp(plain))
        } else if plain.len() == RECOVERY_LENGTH && plain.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Some(Self::Recovery(plain.to_ascii_lowercase()))
        } else {
            None
        }
    }
}

/// What is kept of a recovery code. It holds 120 random bits, so that a plain hash hides it; the person goes in so that
/// nobody can use another's.
#[must_use]
pub fn recovery_digest(person: &PersonId, plain: &str) -> Digest {
    Digest::of(format!("{person} {plain}").as_bytes())
}

/// The steps whose codes count now: this one and its neighbours, but none that is not after the last one taken.
pub fn steps(now: Timestamp, last_taken: i64) -> impl Iterator<Item = i64> {
    let this = now.0.div_euclid(STEP_SECONDS * SECOND);
    (this - 1..=this + 1).filter(move |step| *step > last_taken && *step >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_fresh_for_five_minutes() {
        let at = Timestamp(1_000 * MINUTE);
        let proof = Proof { at, method: ProofMethod::Totp, by: "f".to_owned() };
        for (later, fresh) in [
            (0, true),
            (5 * MINUTE - 1, true),
            (5 * MINUTE, false),
            (-MINUTE, true),
            (-MINUTE - 1, false),
            (i64::MAX, false),
            (i64::MIN, false),
        ] {
            assert_eq!(proof.is_fresh(at.plus(later)), fresh, "{later}");
        }
        assert_eq!((wanted().code, wanted().code.status()), (Code::StepUp, 403));
    }

    #[test]
    fn a_code_counts_for_its_step_and_the_two_beside_it_and_once() {
        let at = |second: i64| Timestamp(second * SECOND);
        let all = |now, last| steps(now, last).collect::<Vec<_>>();
        assert_eq!(all(at(59), 0), [1, 2]);
        assert_eq!(all(at(60), 0), [1, 2, 3]);
        assert_eq!(all(at(89), 0), [1, 2, 3]);
        assert_eq!(all(at(60), 2), [3], "what was taken, and all before it, is used up");
        assert!(all(at(60), 3).is_empty());
        assert_eq!(all(at(0), -1), [0, 1], "never before the beginning");
    }

    #[test]
    fn codes_are_told_apart_by_their_form() {
        assert_eq!(Passcode::parse(" 123 456 "), Some(Passcode::Totp("123456".to_owned())));
        let recovery = Passcode::Recovery("abcdefabcdefabcdefabcde2".to_owned());
        assert_eq!(Passcode::parse("ABCDEF-abcdef abcdef-abcde2"), Some(recovery));
        for neither in ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef-abcdef-abcdef-abcde", "abcdef-abcdef-abcdef-abcde2x"]
        {
            assert_eq!(Passcode::parse(neither), None, "{neither}");
        }
    }

    #[test]
    fn a_recovery_code_is_one_persons() {
        let digest = |person: &str| recovery_digest(&PersonId::new(person), "x");
        assert_ne!(digest("a"), digest("b"));
    }

    #[test]
    fn names_are_visible() {
        assert_eq!(parse_factor_name(" my phone "), Ok("my phone".to_owned()));
        for bad in ["", "  ", "a\u{202e}b", &"x".repeat(61)] {
            assert!(parse_factor_name(bad).is_err());
        }
    }
}
