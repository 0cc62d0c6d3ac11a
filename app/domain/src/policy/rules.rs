//! The policy: rules, as data, of how many others must agree to an action, who, and how fast.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::{
    action::Action,
    alarm::Severity,
    error::Problem,
    node::{LABELS, is_label},
    time::MINUTE,
};

/// The longest time that a request may stay good, microseconds: a day.
const LONGEST: i64 = 24 * 60 * MINUTE;
/// Nobody oversees more.
const MOST_RULES: usize = 40;

/// What an action needs before it may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirement {
    /// Approvals besides the requester.
    pub approvals: u32,
    /// The role that an approver must hold.
    pub approver: Role,
    /// How hard the confirm page makes it: 1 one click, 2 a written reason and a ticked box, 3 also typing (ux, 3.6).
    pub tier: u8,
    /// Microseconds from request to expiry.
    pub valid_for: i64,
}

impl Requirement {
    /// What satisfies both: the more approvals, of admins where one of the two wants them, the higher tier, the shorter time.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        // Whoever decides is an approver anyway, so to want an admin is to want more.
        let admins = [self, other].iter().any(|needs| needs.approvals > 0 && needs.approver == Role::Admin);
        let approver = if admins { Role::Admin } else { Role::Approver };
        Self {
            approvals: self.approvals.max(other.approvals),
            approver,
            tier: self.tier.max(other.tier),
            valid_for: self.valid_for.min(other.valid_for),
        }
    }
}

/// One rule: what it is about, and what that needs. An empty list of severities or labels fits all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// For these actions.
    pub actions: Vec<Action>,
    /// On incidents of these severities.
    pub severities: Vec<Severity>,
    /// On nodes that carry all of these labels.
    pub labels: Vec<String>,
    /// What they need.
    pub needs: Requirement,
}

impl Rule {
    fn fits(&self, action: Action, severity: Severity, labels: &[String]) -> bool {
        self.actions.contains(&action)
            && (self.severities.is_empty() || self.severities.contains(&severity))
            && self.labels.iter().all(|label| labels.contains(label))
    }
}

/// The rules of who must agree and how fast (design, section 6). The first rule that fits counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// 1, 2, 3, …
    pub version: i64,
    /// In order.
    pub rules: Vec<Rule>,
}

impl Policy {
    /// Version 1: the table of design section 6.
    #[must_use]
    pub fn builtin() -> Self {
        let rule = |actions: &[Action], severities: &[Severity], approvals, tier| Rule {
            actions: actions.to_vec(),
            severities: severities.to_vec(),
            labels: Vec::new(),
            needs: Requirement { approvals, approver: Role::Approver, tier, valid_for: 15 * MINUTE },
        };
        Self {
            version: 1,
            rules: vec![
                rule(&[Action::Pause], &[], 0, 1),
                rule(&[Action::Disconnect, Action::RestrictGate], &[Severity::Critical], 0, 2),
                rule(
                    &[
                        Action::Unpause,
                        Action::Disconnect,
                        Action::Reconnect,
                        Action::RestrictGate,
                        Action::RestoreGate,
                    ],
                    &[],
                    1,
                    2,
                ),
                rule(&[Action::Kill], &[], 1, 3),
            ],
        }
    }

    /// What an action needs at a severity on a node with these labels. What no rule names needs two and the most care:
    /// a forgotten rule must not open a door.
    #[must_use]
    pub fn requirement(&self, action: Action, severity: Severity, labels: &[String]) -> Requirement {
        let strict = Requirement { approvals: 2, approver: Role::Approver, tier: 3, valid_for: 15 * MINUTE };
        self.rules.iter().find(|rule| rule.fits(action, severity, labels)).map_or(strict, |rule| rule.needs)
    }

    /// Checks what no policy may say, whoever publishes it: to release, to kill and to take effect without a second
    /// person are never one person's.
    ///
    /// # Errors
    /// Names the field `rules`, and the number of the rule.
    pub fn check(&self) -> Result<(), Problem> {
        if self.rules.len() > MOST_RULES {
            return Err(Problem::field("rules", format!("At most {MOST_RULES} rules.")));
        }
        for (number, rule) in (1..).zip(&self.rules) {
            let wrong = |remedy: String| Err(Problem::field("rules", format!("Rule {number}: {remedy}")));
            let needs = rule.needs;
            if rule.actions.is_empty() {
                return wrong("name at least one action.".to_owned());
            }
            if let Some(action) = rule.actions.iter().find(|action| needs.approvals < action.least_approvals()) {
                return wrong(format!("“{}” always needs at least one approval.", action.label()));
            }
            if let Some(action) = rule.actions.iter().find(|action| needs.tier < action.least_tier()) {
                return wrong(format!("“{}” needs at least tier {}.", action.label(), action.least_tier()));
            }
            if let Some(label) = rule.labels.iter().find(|label| !is_label(label)) {
                return wrong(format!("“{}” is no label. {LABELS}", crate::text::visible(label)));
            }
            if needs.approvals > 5 || !(1..=3).contains(&needs.tier) {
                return wrong("at most five approvals, and tier 1 to 3.".to_owned());
            }
            if !(MINUTE..=LONGEST).contains(&needs.valid_for) {
                return wrong("the time to decide is between one minute and one day.".to_owned());
            }
            if !matches!(needs.approver, Role::Approver | Role::Admin) {
                return wrong("approvals come from approvers or admins.".to_owned());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of design section 6, readable by somebody who does not program.
    #[test]
    fn the_builtin_policy() {
        let policy = Policy::builtin();
        let table: Vec<String> = Action::ALL
            .iter()
            .map(|action| {
                let needs = |severity| policy.requirement(*action, severity, &[]);
                let (critical, high) = (needs(Severity::Critical), needs(Severity::High));
                format!("{} critical {} high {} tier {}", action.word(), critical.approvals, high.approvals, high.tier)
            })
            .collect();
        assert_eq!(
            table,
            [
                "pause critical 0 high 0 tier 1",
                "unpause critical 1 high 1 tier 2",
                "disconnect critical 0 high 1 tier 2",
                "reconnect critical 1 high 1 tier 2",
                "kill critical 1 high 1 tier 3",
                "restrict_gate critical 0 high 1 tier 2",
                "restore_gate critical 1 high 1 tier 2",
            ]
        );
        assert_eq!(policy.check(), Ok(()));
    }

    #[test]
    fn what_no_rule_names_needs_two() {
        let empty = Policy { version: 2, rules: Vec::new() };
        let needs = empty.requirement(Action::Pause, Severity::Low, &[]);
        assert_eq!((needs.approvals, needs.tier), (2, 3));
    }

    #[test]
    fn the_stricter_of_two_wants_all_that_either_wants() {
        let one = Policy::builtin().rules[2].needs;
        let admin = Requirement { approver: Role::Admin, ..one };
        let two = Requirement { approvals: 2, valid_for: MINUTE, ..one };
        for (a, b) in [(one, admin), (admin, one), (two, admin), (admin, two)] {
            let both = a.stricter(b);
            assert_eq!((both.approver, both.approvals), (Role::Admin, a.approvals.max(b.approvals)), "{a:?} {b:?}");
            assert_eq!(both.valid_for, a.valid_for.min(b.valid_for));
        }
        let nobody = Requirement { approvals: 0, ..admin };
        assert_eq!(one.stricter(nobody).approver, Role::Approver, "who is not asked wants nothing");
    }

    #[test]
    fn the_first_rule_that_fits_counts() {
        let mut policy = Policy::builtin();
        let needs = Requirement { approvals: 1, ..policy.rules[0].needs };
        let rule = Rule { labels: vec!["production".to_owned()], needs, ..policy.rules[0].clone() };
        policy.rules.insert(0, rule);
        let labels = ["production".to_owned(), "eu".to_owned()];
        assert_eq!(policy.requirement(Action::Pause, Severity::Low, &labels).approvals, 1);
        assert_eq!(policy.requirement(Action::Pause, Severity::Low, &labels[1..]).approvals, 0);
    }

    #[test]
    fn no_policy_lets_one_person_release_or_kill() {
        for action in [Action::Unpause, Action::Reconnect, Action::Kill, Action::RestoreGate] {
            let mut policy = Policy::builtin();
            policy.rules.push(Rule { actions: vec![action], ..policy.rules[0].clone() });
            let problem = policy.check().expect_err("refused");
            assert_eq!(problem.fields[0].field, "rules");
            assert!(problem.fields[0].remedy.contains("Rule 5"), "{problem}");
        }
    }
}
