//! The policy: which one counts, a draft of the next, and what that would change for whom.
//!
//! Publishing is a change that takes two admins: see [`super::changes`].

use std::collections::BTreeSet;

use quell_domain::{
    Problem,
    audit::{Actor, Event, codes},
    change::Change,
    changeset::Op,
    policy::{self, DraftRule, LONGEST_DRAFT, Permission, Policy},
    versions::{self, Drafted, Press, Published},
    view::{DraftPage, Holders, PolicyPage, Preview},
};

use super::{changes::Outcome, count, versions::writer};
use crate::{
    Portal,
    grant::{Grant, may},
    ports::ReadError,
};

impl Portal {
    /// The policy that counts now, as the database has it: nothing is remembered, so that no portal follows an old one.
    pub(crate) async fn policy_today(&self) -> Result<Policy, ReadError> {
        Ok(self.store.policy().await?.map_or_else(Policy::builtin, |published| published.body))
    }

    /// Writes the built-in policy down as version 1.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn seed_policy(&self) -> Result<(), Problem> {
        if self.store.policy().await?.is_some() {
            return Ok(());
        }
        let (event, first) = self.published(Actor::system("start"), Policy::builtin(), "Quell");
        self.seed(event, Op::PublishPolicy(first)).await
    }

    /// A version with the event that says so.
    pub(crate) fn published(&self, actor: Actor, policy: Policy, proposed_by: &str) -> (Event, Published<Policy>) {
        let now = self.now();
        let event = Event::new(now, actor.clone(), codes::POLICY_PUBLISHED)
            .target("policy", policy.version)
            .fact("version", policy.version)
            .fact("proposed_by", proposed_by)
            .fact("rules", serde_json::to_value(&policy.rules).unwrap_or_default());
        let published =
            Published { body: policy, proposed_by: proposed_by.to_owned(), published_by: actor.name, at: now };
        (event, published)
    }

    /// Every version, newest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn policy_page(&self, grant: Grant<may::ManagePolicy>) -> Result<PolicyPage, Problem> {
        let mut versions = self.store.policies().await?;
        if versions.is_empty() {
            versions.push(self.published(Actor::system("start"), Policy::builtin(), "Quell").1);
        }
        let has_draft = self.draft::<Vec<DraftRule>>(&grant, Drafted::Policy).await?.is_some();
        let pending = self.waiting_version(|it| matches!(it, Change::PublishPolicy { .. })).await?;
        Ok(PolicyPage { versions, has_draft, pending })
    }

    /// The viewer's draft, or the rules of today to begin with.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn draft_page(&self, grant: Grant<may::ManagePolicy>) -> Result<DraftPage, Problem> {
        let today = self.policy_today().await?;
        let kept: Option<Vec<DraftRule>> = self.draft(&grant, Drafted::Policy).await?;
        let rows = kept.clone().unwrap_or_else(|| today.rules.iter().map(DraftRule::of).collect());
        let (problem, preview) = match DraftRule::policy(&rows, today.version + 1) {
            Ok(policy) => (None, Some(self.policy_preview(&today, &policy).await?)),
            Err(problem) => (Some(problem), None),
        };
        Ok(DraftPage { base: today.version, rows, is_kept: kept.is_some(), problem, preview })
    }

    /// Keeps what was typed, and does what the button says.
    ///
    /// # Errors
    /// Invalid, naming `rules`, when it is to be proposed and something is wrong with it, or nothing is new in it.
    pub async fn save_draft(
        &self,
        grant: Grant<may::ManagePolicy>,
        rows: Vec<DraftRule>,
        press: Press,
    ) -> Result<Option<Outcome>, Problem> {
        let person = writer(&grant)?;
        if rows.len() > LONGEST_DRAFT {
            return Err(Problem::field("rules", format!("Use at most {LONGEST_DRAFT} rules.")));
        }
        let mut rows: Vec<DraftRule> = rows.iter().map(DraftRule::bounded).collect();
        press.turn(&mut rows, LONGEST_DRAFT, DraftRule::blank);
        let event = || Event::new(self.now(), grant.actor(), codes::POLICY_DRAFTED);
        let told = event().fact("rules", rows.len());
        self.keep_draft(&person, Drafted::Policy, (press != Press::Drop).then_some(&rows), told).await?;
        if press != Press::Propose {
            return Ok(None);
        }
        let today = self.policy_today().await?;
        let policy = DraftRule::policy(&rows, today.version + 1)?;
        if policy.rules == today.rules {
            return Err(Problem::field("rules", "This is the policy of today: there is nothing to publish."));
        }
        let change = Change::PublishPolicy { base: today.version, rules: policy.rules };
        let outcome = self.propose(&grant, change, format!("Publish version {} of the policy", policy.version)).await?;
        self.keep_draft(&person, Drafted::Policy, None::<&Vec<DraftRule>>, event()).await?;
        Ok(Some(outcome))
    }

    /// What a policy would change, and for whom.
    pub(crate) async fn policy_preview(&self, old: &Policy, new: &Policy) -> Result<Preview, ReadError> {
        let nodes = self.store.nodes().await?.into_iter().map(|node| node.labels);
        let named = old.rules.iter().chain(&new.rules).map(|rule| rule.labels.clone());
        let label_sets: BTreeSet<Vec<String>> = nodes.chain(named).chain([Vec::new()]).collect();
        let label_sets: Vec<Vec<String>> = label_sets.into_iter().collect();
        let mut stricter = 0;
        for request in self.store.waiting_requests().await? {
            let Some(incident) = self.store.incident(&request.incident).await? else { continue };
            let labels = self.store.node(&request.node).await?.map(|node| node.labels).unwrap_or_default();
            let asks = |policy: &Policy| policy.requirement(request.action, incident.severity, &labels);
            let (before, after) = (asks(old), asks(new));
            // It follows the stricter of its own and today's already.
            let more = after.approvals > request.needs.approvals.max(before.approvals)
                || after.approver != before.approver && after.approver != request.needs.approver;
            stricter += i64::from(more);
        }
        let people = self.store.people().await?;
        let roles: BTreeSet<_> = new.rules.iter().map(|rule| rule.needs.approver).collect();
        let holders = roles.into_iter().map(|role| {
            let needed = new.rules.iter().filter(|rule| rule.needs.approver == role).map(|rule| rule.needs.approvals);
            // Who may not decide at all is no help, whatever the rule says.
            let holds =
                people.iter().filter(|(person, _)| person.roles.contains(&role) && person.may(Permission::Decide));
            Holders { role, people: count(holds.count()), needed: i64::from(needed.max().unwrap_or(0)) }
        });
        Ok(Preview {
            lines: versions::compare(&old.rules, &new.rules),
            affected: policy::affected(old, new, &label_sets),
            stricter,
            holders: holders.collect(),
        })
    }
}
