//! Whom a new policy affects.

use serde::{Deserialize, Serialize};

use super::{Requirement, rules::Policy};
use crate::{action::Action, alarm::Severity};

/// What an action needs before and after, where that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// Which action.
    pub action: Action,
    /// On incidents of these severities.
    pub severities: Vec<Severity>,
    /// On nodes with exactly these labels.
    pub labels: Vec<String>,
    /// What it needs today.
    pub before: Requirement,
    /// What it would need.
    pub after: Requirement,
}

/// For each action, severity and set of labels where something changes: what is needed before and after.
#[must_use]
pub fn affected(old: &Policy, new: &Policy, label_sets: &[Vec<String>]) -> Vec<Affected> {
    let mut all: Vec<Affected> = Vec::new();
    for action in Action::ALL.iter().copied() {
        for labels in label_sets {
            for severity in Severity::ALL.iter().rev().copied() {
                let (before, after) =
                    (old.requirement(action, severity, labels), new.requirement(action, severity, labels));
                if before == after {
                    continue;
                }
                let alike = |it: &&mut Affected| {
                    it.action == action && it.labels == *labels && it.before == before && it.after == after
                };
                match all.iter_mut().find(alike) {
                    Some(it) => it.severities.push(severity),
                    None => {
                        all.push(Affected {
                            action,
                            severities: vec![severity],
                            labels: labels.clone(),
                            before,
                            after,
                        });
                    }
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_affected_is_told_by_label_and_severity() {
        let old = Policy::builtin();
        let mut new = old.clone();
        new.rules[0].severities = vec![Severity::Critical, Severity::High];
        let none = affected(&old, &old, &[vec![]]);
        assert_eq!(none, []);
        let some = affected(&old, &new, &[vec![], vec!["eu".to_owned()]]);
        assert_eq!(some.len(), 2);
        assert_eq!((some[0].action, some[0].severities.len()), (Action::Pause, 3), "medium, low, info");
        assert_eq!((some[0].before.approvals, some[0].after.approvals), (0, 2), "no rule names it");
    }
}
