//! The policy: which one counts, a draft of the next, and what that would change for whom.
//!
//! Publishing is a change that takes two admins: see [`super::changes`].

use std::collections::BTreeSet;

use quell_domain::{
    Changeset, Problem,
    audit::{Actor, Event, codes},
    change::Change,
    changeset::Op,
    ids::PersonId,
    policy::{self, DraftRule, LONGEST_DRAFT, Permission, Policy, Press, Published},
    view::{DraftPage, Holders, PolicyPage, Preview},
};

use super::changes::Outcome;
use crate::{
    Portal,
    grant::{Grant, may},
    ports::{CommitError, ReadError},
};

impl Portal {
    /// The policy that counts now, as the database has it: nothing is remembered, so that no portal follows an old one.
    pub(crate) async fn policy_today(&self) -> Result<Policy, ReadError> {
        Ok(self.store.policy().await?.map_or_else(Policy::builtin, |published| published.policy))
    }

    /// Writes the built-in policy down as version 1, once: later programs may have another one built in.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn seed_policy(&self) -> Result<(), Problem> {
        if self.store.policy().await?.is_some() {
            return Ok(());
        }
        let (event, op) = self.published(Actor::system("start"), Policy::builtin(), "Quell");
        match self.try_commit(Changeset::new(event).with(op)).await {
            // Another portal was first.
            Ok(_) | Err(CommitError::Conflict(_) | CommitError::Duplicate(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A version with the event that says so.
    pub(crate) fn published(&self, actor: Actor, policy: Policy, proposed_by: &str) -> (Event, Op) {
        let now = self.now();
        let event = Event::new(now, actor.clone(), codes::POLICY_PUBLISHED)
            .target("policy", policy.version)
            .fact("version", policy.version)
            .fact("proposed_by", proposed_by)
            .fact("rules", serde_json::to_value(&policy.rules).unwrap_or_default());
        let published = Published { policy, proposed_by: proposed_by.to_owned(), published_by: actor.name, at: now };
        (event, Op::PublishPolicy(published))
    }

    /// Every version, newest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn policy_page(&self, grant: Grant<may::ManagePolicy>) -> Result<PolicyPage, Problem> {
        let mut versions = self.store.policies().await?;
        if versions.is_empty() {
            let (_, op) = self.published(Actor::system("start"), Policy::builtin(), "Quell");
            versions.extend(match op {
                Op::PublishPolicy(published) => Some(published),
                _ => None,
            });
        }
        let now = self.now();
        let pending = self.store.pending_changes().await?.into_iter();
        let pending = pending.filter(|it| now < it.expires_at).find(|it| it.change.kind() == "publish_policy");
        Ok(PolicyPage { versions, has_draft: self.draft(&grant).await?.is_some(), pending: pending.map(|it| it.id) })
    }

    async fn draft(&self, grant: &Grant<may::ManagePolicy>) -> Result<Option<Vec<DraftRule>>, ReadError> {
        match grant.person() {
            Some(person) => self.store.draft_of(person).await,
            None => Ok(None),
        }
    }

    /// The viewer's draft, or the rules of today to begin with.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn draft_page(&self, grant: Grant<may::ManagePolicy>) -> Result<DraftPage, Problem> {
        let today = self.policy_today().await?;
        let kept = self.draft(&grant).await?;
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
        let person = grant.person().cloned().ok_or_else(|| Problem::forbidden("Only a person can draft a policy."))?;
        if rows.len() > LONGEST_DRAFT {
            return Err(Problem::field("rules", "That are too many rules."));
        }
        let mut rows: Vec<DraftRule> = rows.iter().map(DraftRule::bounded).collect();
        press.turn(&mut rows);
        let draft = (press != Press::Drop).then(|| rows.clone());
        let event = Event::new(self.now(), grant.actor(), codes::POLICY_DRAFTED)
            .fact("rules", i64::try_from(rows.len()).unwrap_or(i64::MAX))
            .fact("dropped", draft.is_none());
        self.commit(Changeset::new(event).with(Op::SetDraft(person.clone(), draft))).await?;
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
        self.forget_draft(&grant, person).await?;
        Ok(Some(outcome))
    }

    async fn forget_draft(&self, grant: &Grant<may::ManagePolicy>, person: PersonId) -> Result<(), Problem> {
        let event = Event::new(self.now(), grant.actor(), codes::POLICY_DRAFTED).fact("dropped", true);
        self.commit(Changeset::new(event).with(Op::SetDraft(person, None))).await.map(drop)
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
            let holds = people.iter().filter(|(person, _)| {
                person.disabled_at.is_none()
                    && person.roles.contains(&role)
                    && policy::decide(&person.roles, Permission::Decide).is_ok()
            });
            Holders {
                role,
                people: i64::try_from(holds.count()).unwrap_or(i64::MAX),
                needed: i64::from(needed.max().unwrap_or(0)),
            }
        });
        Ok(Preview {
            lines: policy::compare(&old.rules, &new.rules),
            affected: policy::affected(old, new, &label_sets),
            stricter,
            holders: holders.collect(),
        })
    }
}
