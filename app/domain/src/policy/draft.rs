//! A policy while somebody writes it: what they typed, as they typed it, so that nothing is lost.

use serde::{Deserialize, Serialize};

use super::{Policy, Requirement, Role, Rule};
use crate::{action::Action, alarm::Severity, error::Problem, node, text::cut, time::MINUTE};

/// Rules that a draft may hold; one more than a policy, so that there is room to move.
pub const LONGEST_DRAFT: usize = 41;

/// One rule as its row in the form says. A box that is not ticked is not sent, and so empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "one for each field of the form")]
pub struct DraftRule {
    pub pause: String,
    pub unpause: String,
    pub disconnect: String,
    pub reconnect: String,
    pub kill: String,
    pub restrict_gate: String,
    pub restore_gate: String,
    pub critical: String,
    pub high: String,
    pub medium: String,
    pub low: String,
    pub info: String,
    /// Separated by commas.
    pub labels: String,
    pub approvals: String,
    pub approver: String,
    pub tier: String,
    pub minutes: String,
}

impl DraftRule {
    /// Where a new row begins: nothing chosen, one approval.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            approvals: "1".to_owned(),
            approver: Role::Approver.word().to_owned(),
            tier: "2".to_owned(),
            minutes: "15".to_owned(),
            ..Self::default()
        }
    }

    /// A rule as a row.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        let mut row = Self {
            labels: rule.labels.join(", "),
            approvals: rule.needs.approvals.to_string(),
            approver: rule.needs.approver.word().to_owned(),
            tier: rule.needs.tier.to_string(),
            minutes: (rule.needs.valid_for / MINUTE).to_string(),
            ..Self::default()
        };
        for action in &rule.actions {
            *row.action_mut(*action) = "on".to_owned();
        }
        for severity in &rule.severities {
            *row.severity_mut(*severity) = "on".to_owned();
        }
        row
    }

    fn action_mut(&mut self, action: Action) -> &mut String {
        match action {
            Action::Pause => &mut self.pause,
            Action::Unpause => &mut self.unpause,
            Action::Disconnect => &mut self.disconnect,
            Action::Reconnect => &mut self.reconnect,
            Action::Kill => &mut self.kill,
            Action::RestrictGate => &mut self.restrict_gate,
            Action::RestoreGate => &mut self.restore_gate,
        }
    }

    fn severity_mut(&mut self, severity: Severity) -> &mut String {
        match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        }
    }

    /// Is the box of this action ticked?
    #[must_use]
    pub fn names(&self, action: Action) -> bool {
        !self.clone().action_mut(action).is_empty()
    }

    /// Is the box of this severity ticked?
    #[must_use]
    pub fn is_about(&self, severity: Severity) -> bool {
        !self.clone().severity_mut(severity).is_empty()
    }

    /// Nobody types more than this into a row; what is longer is cut.
    #[must_use]
    pub fn bounded(&self) -> Self {
        let mut row = self.clone();
        for field in [&mut row.labels, &mut row.approvals, &mut row.approver, &mut row.tier, &mut row.minutes] {
            *field = cut(field, 300);
        }
        for action in Action::ALL {
            *row.action_mut(*action) = if self.names(*action) { "on".to_owned() } else { String::new() };
        }
        for severity in Severity::ALL {
            *row.severity_mut(*severity) = if self.is_about(*severity) { "on".to_owned() } else { String::new() };
        }
        row
    }

    /// The rule that the row stands for.
    ///
    /// # Errors
    /// One sentence: what cannot be read.
    fn read(&self) -> Result<Rule, String> {
        let number = |text: &str, what: &str| {
            text.trim().parse::<u32>().map_err(|_| format!("{what} must be a whole number, not “{}”.", cut(text, 20)))
        };
        let labels = node::parse_labels(&self.labels).map_err(|_| node::LABELS.to_owned())?;
        Ok(Rule {
            actions: Action::ALL.iter().copied().filter(|action| self.names(*action)).collect(),
            severities: Severity::ALL.iter().copied().filter(|severity| self.is_about(*severity)).collect(),
            labels,
            needs: Requirement {
                approvals: number(&self.approvals, "Approvals")?,
                approver: Role::from_word(&self.approver).ok_or("Choose who approves.")?,
                tier: u8::try_from(number(&self.tier, "The tier")?).map_err(|_| "The tier is 1 to 3.")?,
                valid_for: i64::from(number(&self.minutes, "The minutes to decide")?) * MINUTE,
            },
        })
    }

    /// The policy that rows stand for, checked.
    ///
    /// # Errors
    /// Names the field `rules`, and the number of the rule.
    pub fn policy(rows: &[Self], version: i64) -> Result<Policy, Problem> {
        let mut rules = Vec::new();
        for (number, row) in (1..).zip(rows) {
            let rule = row.read().map_err(|remedy| Problem::field("rules", format!("Rule {number}: {remedy}")))?;
            rules.push(rule);
        }
        let policy = Policy { version, rules };
        policy.check()?;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin() -> Vec<DraftRule> {
        Policy::builtin().rules.iter().map(DraftRule::of).collect()
    }

    #[test]
    fn a_policy_survives_the_form() {
        assert_eq!(DraftRule::policy(&builtin(), 1), Ok(Policy::builtin()));
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_rule() {
        for (row, words) in [
            (DraftRule { minutes: "soon".to_owned(), ..builtin()[0].clone() }, "whole number"),
            (DraftRule { labels: "Not A Label".to_owned(), ..builtin()[0].clone() }, "lower-case"),
            (DraftRule { approver: "nobody".to_owned(), ..builtin()[0].clone() }, "who approves"),
            (DraftRule { tier: "9".to_owned(), ..builtin()[0].clone() }, "tier 1 to 3"),
            (DraftRule { minutes: "0".to_owned(), ..builtin()[0].clone() }, "one minute"),
            (DraftRule::blank(), "at least one action"),
        ] {
            let rows = [builtin()[0].clone(), row];
            let problem = DraftRule::policy(&rows, 2).expect_err("refused");
            assert!(problem.fields[0].remedy.starts_with("Rule 2: "), "{problem}");
            assert!(problem.fields[0].remedy.contains(words), "{problem}");
        }
    }
}
