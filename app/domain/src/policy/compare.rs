//! What a new policy changes: rule by rule, and for whom.

use serde::{Deserialize, Serialize};

use super::{Requirement, Rule, rules::Policy};
use crate::{action::Action, alarm::Severity};

/// How a rule differs between two policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mark {
    /// In both.
    Same,
    /// Only in the old one.
    Removed,
    /// Only in the new one.
    Added,
}

/// A rule with how it differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// How.
    pub mark: Mark,
    /// The rule.
    pub rule: Rule,
}

/// The rules of both in one list, in order, like a diff of lines.
#[must_use]
pub fn compare(old: &[Rule], new: &[Rule]) -> Vec<Compared> {
    // The longest common subsequence, from each pair of ends on. Rules are few.
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for (i, before) in old.iter().enumerate().rev() {
        for (j, after) in new.iter().enumerate().rev() {
            common[i][j] =
                if before == after { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut lines) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        let mark = match (old.get(i), new.get(j)) {
            (Some(before), Some(after)) if before == after => Mark::Same,
            (Some(_), Some(_)) if common[i + 1][j] >= common[i][j + 1] => Mark::Removed,
            (Some(_), None) => Mark::Removed,
            _ => Mark::Added,
        };
        let rule = if mark == Mark::Added { &new[j] } else { &old[i] };
        lines.push(Compared { mark, rule: rule.clone() });
        i += usize::from(mark != Mark::Added);
        j += usize::from(mark != Mark::Removed);
    }
    lines
}

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
    fn rules_are_compared_like_lines() {
        let old = Policy::builtin().rules;
        let mut new = old.clone();
        new.remove(1);
        let mut strict = old[0].clone();
        strict.labels = vec!["production".to_owned()];
        strict.needs.approvals = 1;
        new.insert(0, strict.clone());
        let marks: Vec<Mark> = compare(&old, &new).iter().map(|line| line.mark).collect();
        assert_eq!(marks, [Mark::Added, Mark::Same, Mark::Removed, Mark::Same, Mark::Same]);
        assert!(compare(&old, &old).iter().all(|line| line.mark == Mark::Same));
        assert_eq!(compare(&[], &[strict]).len(), 1);
    }

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
