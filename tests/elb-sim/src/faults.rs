//! What is to go wrong: rules that the next calls meet.

use serde::{Deserialize, Serialize};

use crate::request::Request;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// 429 from the gateway.
    Throttle,
    /// 409 from the service.
    Conflict,
    /// 500 from the service.
    Error500,
    /// No answer until control lets go.
    Hang,
    /// The connection is cut.
    Drop,
    /// The answer is that of success, and nothing was done. Only calls that change something can meet it.
    Lie,
}

/// Which calls meet a fault, and how many.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// For how many calls; without it for one. 0 stands for all, until the rule is removed.
    #[serde(default = "once")]
    pub times: u32,
    /// Only calls with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only calls with this path; a star stands for anything.
    #[serde(default)]
    pub path: Option<String>,
    /// Whether the work is done before it goes wrong: for `hang`, `drop` and `error500`. `drop` does it unless told
    /// otherwise, the others do not.
    #[serde(default)]
    pub after: Option<bool>,
    /// With `throttle`: seconds for a `Retry-After` header. The vendor's gateway is not known to send one.
    #[serde(default)]
    pub retry_after: Option<u64>,
}

impl Rule {
    /// Whether the work is done all the same.
    pub fn works(&self) -> bool {
        match self.fault {
            Fault::Drop => self.after.unwrap_or(true),
            Fault::Hang | Fault::Error500 => self.after.unwrap_or(false),
            Fault::Throttle | Fault::Conflict => false,
            Fault::Lie => true,
        }
    }

    fn fits(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| *method == request.method)
            && self.path.as_ref().is_none_or(|pattern| like(pattern, &request.path))
            && (self.fault != Fault::Lie || request.method != "GET")
    }
}

/// All rules, in the order in which they came.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<Rule>,
}

impl Faults {
    /// From now on, this too.
    pub fn add(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    /// All that are left.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// From now on, nothing goes wrong.
    pub fn clear(&mut self) {
        self.rules.clear();
    }

    /// The rule that this call meets: the first that fits. It counts.
    pub fn meet(&mut self, request: &Request) -> Option<Rule> {
        let place = self.rules.iter().position(|rule| rule.fits(request))?;
        let rule = self.rules[place].clone();
        match rule.times {
            0 => {}
            1 => {
                self.rules.remove(place);
            }
            more => self.rules[place].times = more - 1,
        }
        Some(rule)
    }
}

/// Whether the text is the pattern, in which a star stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text
            .strip_prefix(start)
            .is_some_and(|text| (0..=text.len()).filter_map(|at| text.get(at..)).any(|text| like(rest, text))),
    }
}

fn once() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, is) in [
            ("/v3/*/elb/listeners/*", "/v3/p/elb/listeners/l", true),
            ("/v3/*/elb/listeners", "/v3/p/elb/listeners/l", false),
            ("*listeners*", "/v3/p/elb/listeners", true),
            ("/v3/auth/tokens", "/v3/auth/tokens", true),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(like(pattern, text), is, "{pattern} {text}");
        }
    }
}
