//! What an answer that is not 2xx means: the shapes of the gateway, of ELB in both generations, and of IAM.

use std::time::Duration;

use quell_core::ports::GateError;
use serde_json::Value;

/// Why a request came to nothing, and whether it may be made again.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It may not.
    Over(GateError),
    /// It may, since nothing was done; not before this time when one was told.
    Again(GateError, Option<Duration>),
}

impl From<GateError> for Trouble {
    fn from(error: GateError) -> Self {
        Self::Over(error)
    }
}

/// A code and a sentence, either of which may be empty.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub code: String,
    pub message: String,
}

/// In the order in which the vendor's own library looks for them.
const NAMES: [(&str, &str); 4] =
    [("error_code", "error_msg"), ("errorCode", "errorMsg"), ("code", "message"), ("type", "message")];

/// Reads an error's body: one of the known shapes, the same inside the first object in it, or its text.
pub(super) fn said(body: &[u8]) -> Said {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Said { code: String::new(), message: String::from_utf8_lossy(body).trim().to_owned() };
    };
    let inner = value.as_object().and_then(|fields| fields.values().find(|field| field.is_object()));
    flat(&value).or_else(|| inner.and_then(flat)).unwrap_or_default()
}

fn flat(value: &Value) -> Option<Said> {
    let text = |name: &str| match value.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    NAMES.iter().find_map(|(code, message)| Some(Said { code: text(code)?, message: text(message)? }))
}

/// What ELB says, by status. 401 is not here: what it means depends on how we said who we are.
pub(super) fn meaning(
    status: u16,
    Said { code, message }: Said,
    request: Option<String>,
    retry_after: Option<Duration>,
    write: bool,
) -> Trouble {
    let in_words = if code.is_empty() { format!("{status} {message}") } else { format!("{code} {message}") };
    let refused = GateError::Refused { status, code: code.clone(), message, request };
    match status {
        404 if no_such_interface(&code) => Trouble::Over(GateError::Barred {
            field: "elb_base",
            words: "Nothing at this address knows ELB's interface of this generation.".to_owned(),
            cause: in_words,
        }),
        // What was to be changed had just been read: the words tell what is gone.
        404 if !write => Trouble::Over(GateError::NotFound),
        // Over quota: patience does not help.
        409 if code == "ELB.8905" => Trouble::Over(refused),
        409 => Trouble::Again(GateError::Busy(in_words), None),
        429 => Trouble::Again(GateError::Busy(in_words), retry_after),
        // Whether a change was made is not said.
        408 | 500.. if write => Trouble::Over(GateError::NoAnswer(in_words)),
        408 | 500.. => Trouble::Again(refused, retry_after),
        _ => Trouble::Over(refused),
    }
}

/// The gateway's code for a path that it does not know, in both of its spellings.
fn no_such_interface(code: &str) -> bool {
    matches!(code, "APIGW.0101" | "APIG.0101")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_a_code_and_words() {
        for (body, code, message) in [
            (
                r#"{"error_code":"ELB.8902","error_msg":"Invalid input for 'ip'.","request_id":"8b"}"#,
                "ELB.8902",
                "Invalid input for 'ip'.",
            ),
            (r#"{"errorCode":"A.1","errorMsg":"no"}"#, "A.1", "no"),
            (r#"{"request_id":"09","code":"SMN.0065","message":"too many"}"#, "SMN.0065", "too many"),
            (r#"{"error":{"code":401,"message":"wrong","title":"Unauthorized"}}"#, "401", "wrong"),
            (r#"{"error":{"error_code":"HSS.1059","error_msg":"no"}}"#, "HSS.1059", "no"),
            (r#"{"NeutronError":{"type":"HTTPNotFound","message":"gone","detail":""}}"#, "HTTPNotFound", "gone"),
            ("<html>502</html>\n", "", "<html>502</html>"),
            ("[1]", "", ""),
            ("", "", ""),
        ] {
            assert_eq!(said(body.as_bytes()), Said { code: code.to_owned(), message: message.to_owned() }, "{body}");
        }
    }

    #[test]
    fn only_what_was_certainly_not_done_may_be_done_again() {
        let of = |status: u16, code: &str, write| {
            let said = Said { code: code.to_owned(), message: "words".to_owned() };
            meaning(status, said, Some("id".to_owned()), Some(Duration::from_secs(7)), write)
        };
        for write in [false, true] {
            assert!(matches!(of(429, "APIGW.0308", write), Trouble::Again(GateError::Busy(_), Some(_))));
            assert!(matches!(of(409, "ELB.8907", write), Trouble::Again(GateError::Busy(_), None)));
            assert!(matches!(of(409, "ELB.8905", write), Trouble::Over(GateError::Refused { .. })));
            assert!(matches!(of(404, "APIGW.0101", write), Trouble::Over(GateError::Barred { field: "elb_base", .. })));
            for status in [302, 400, 403] {
                assert!(matches!(of(status, "ELB.8902", write), Trouble::Over(GateError::Refused { .. })));
            }
        }
        for status in [408, 500, 502, 503, 504] {
            assert!(matches!(of(status, "ELB.8906", true), Trouble::Over(GateError::NoAnswer(_))));
            assert!(matches!(of(status, "ELB.8906", false), Trouble::Again(GateError::Refused { .. }, _)));
        }
        assert!(matches!(of(404, "ELB.8904", false), Trouble::Over(GateError::NotFound)));
        assert!(matches!(of(404, "ELB.8904", true), Trouble::Over(GateError::Refused { .. })));
    }
}
