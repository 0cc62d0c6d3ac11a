//! Changes that take two admins: one proposes, another decides, and what was proposed is what is applied.
//!
//! Owns the one way of all of them. What each kind does is in [`apply`]. Until there were two admins, set-up mode lets one
//! do what takes two; the local operator has the database in hand anyway. Both apply at once, and both are recorded.

mod apply;

use quell_domain::{
    Changeset, Code, Problem, Timestamp,
    audit::{Actor, Event, EventOutcome, codes},
    change::{Change, ChangeState, Proposed},
    changeset::Op,
    ids::{ChangeId, JobId, PersonId},
    job::{JobKind, NewJob},
    playbook::Playbooks,
    policy::{Can, Permission, Policy},
    view::{ChangePage, ChangesPage},
};

use self::apply::Ready;
use super::{count, triage::short};
use crate::{
    Portal,
    grant::{Grant, may},
    ids,
    ports::{CommitError, ReadError, Thing},
};

/// Past changes on the page.
const PAST: i64 = 100;
/// How often a write is tried that others overtake.
const TRIES: u32 = 5;

/// What came of proposing a change.
#[derive(Debug)]
pub enum Outcome {
    /// It is done; with what is shown once, if something is.
    Applied(Option<String>),
    /// Another admin must decide.
    Waiting(ChangeId),
}

impl Portal {
    /// The one way in for a change that takes two admins: done at once in set-up mode and by the local operator, else
    /// kept for another admin. The same change proposed again while it waits is the one that waits.
    pub(crate) async fn propose<P>(
        &self,
        grant: &Grant<P>,
        change: Change,
        summary: String,
    ) -> Result<Outcome, Problem> {
        for _ in 0..TRIES {
            let alone = match grant.person() {
                None => Some("operator"),
                Some(_) if self.store.is_set_up_mode().await? => Some("set-up mode"),
                Some(_) => None,
            };
            let (Some(person), None) = (grant.person(), alone) else {
                match self.apply_alone(grant, &change, alone.unwrap_or_default()).await? {
                    Some(secret) => return Ok(Outcome::Applied(secret)),
                    // Set-up mode ended, or something moved, in this very moment.
                    None => continue,
                }
            };
            let now = self.now();
            let same = |it: &Proposed| {
                it.state_at(now) == ChangeState::Pending && it.proposer == *person && it.change.is_same(&change)
            };
            if let Some(waiting) = self.store.pending_changes().await?.into_iter().find(same) {
                return Ok(Outcome::Waiting(waiting.id));
            }
            let by = (person.clone(), grant.name.clone());
            let proposed = Proposed::new(ChangeId::new(ids::mint()), change, summary, by, now);
            let id = proposed.id.clone();
            let in_time = NewJob {
                id: JobId::new(ids::mint()),
                kind: JobKind::ExpireChange,
                subject: id.to_string(),
                incident: None,
                due_at: now,
            };
            let event = about(Event::new(now, grant.actor(), codes::CHANGE_PROPOSED), &proposed)
                .fact("body", serde_json::to_value(&proposed.change).unwrap_or_default());
            let changes = Changeset::new(event)
                .with(Op::ExpectPerson(person.clone(), grant.roles().to_vec()))
                .with(Op::AddChange(proposed))
                .with(Op::AddJob(in_time));
            self.commit(changes).await?;
            return Ok(Outcome::Waiting(id));
        }
        Err(Problem::conflict("Something changes faster than this can be written. Try again."))
    }

    async fn apply_alone<P>(
        &self,
        grant: &Grant<P>,
        change: &Change,
        why: &str,
    ) -> Result<Option<Option<String>>, Problem> {
        let Ready { event, ops, secret } = self.ready(grant.actor(), change, &grant.name).await?;
        let guard = grant.person().map(|_| Op::ExpectSetUpMode);
        let changes = Changeset::new(event.fact("alone", why)).with_all(guard).with_all(ops);
        match self.try_commit(changes).await {
            Ok(_) => Ok(Some(secret)),
            Err(CommitError::Conflict(Thing::SetUpMode | Thing::Policy | Thing::Playbooks)) => Ok(None),
            Err(CommitError::Duplicate(thing)) => Err(apply::taken(thing)),
            Err(error) => Err(error.into()),
        }
    }

    /// Approves and applies a change, or refuses it. Needs another admin than the one who proposed it, and a fresh proof. A change that can
    /// no longer be done is void. Gives what is shown once, if something is.
    ///
    /// # Errors
    /// Forbidden with why; invalid, naming `reason`; unavailable when something outside must be asked and cannot.
    pub async fn decide_change(
        &self,
        grant: Grant<may::ManagePolicy>,
        id: &ChangeId,
        approve: bool,
        reason: &str,
    ) -> Result<(Proposed, Option<String>), Problem> {
        let reason = short(reason, "reason")?;
        let me = grant.only_person("decide on a change")?;
        grant.fresh(self.now())?;
        for _ in 0..TRIES {
            let change = self.known_change(id).await?;
            change.may_decide(&me, grant.roles(), self.now()).map_err(Problem::forbidden)?;
            if reason.is_empty() {
                return Err(Problem::field("reason", "Say why, in a few words."));
            }
            let by = (Some(me.clone()), grant.name.clone());
            let ended = |state, reason: &str| change.ended(state, by.clone(), reason.to_owned(), self.now());
            let told =
                |code| about(Event::new(self.now(), grant.actor(), code), &change).fact("reason", reason.clone());
            let expected = Op::ExpectPerson(me.clone(), grant.roles().to_vec());
            if !approve {
                let next = ended(ChangeState::Refused, &reason);
                let changes = Changeset::new(told(codes::CHANGE_REFUSED)).with(expected).with(decided(&next));
                match self.try_commit(changes).await {
                    Ok(_) => return Ok((next, None)),
                    Err(CommitError::Conflict(_)) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
            let why = match self.still_fits(&grant, &change).await {
                Ok((proposer, Ready { event, ops, secret })) => {
                    let next = ended(ChangeState::Applied, &reason);
                    let changes = Changeset::new(told(codes::CHANGE_APPLIED))
                        .and_event(event.fact("change", change.id.to_string()))
                        .with(expected)
                        .with(proposer)
                        .with(decided(&next))
                        .with_all(ops);
                    match self.try_commit(changes).await {
                        Ok(_) => return Ok((next, secret)),
                        // Somebody else decided, or what it is about moved, in this very moment: look again.
                        Err(CommitError::Conflict(_)) => continue,
                        Err(CommitError::Duplicate(thing)) => apply::taken(thing),
                        Err(error @ CommitError::LastAdmin) => error.into(),
                        Err(error @ CommitError::Failed(_)) => return Err(error.into()),
                    }
                }
                Err(problem) if matches!(problem.code, Code::Unavailable | Code::Internal) => return Err(problem),
                Err(problem) => problem,
            };
            let why = why.sentence().to_owned();
            let next = ended(ChangeState::Void, &why);
            let event = told(codes::CHANGE_VOID).outcome(EventOutcome::Failed).fact("why", why);
            match self.try_commit(Changeset::new(event).with(decided(&next))).await {
                Ok(_) => return Ok((next, None)),
                Err(CommitError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::conflict("Something changes faster than this can be written. Try again."))
    }

    /// Looks whether a change can still be done, and on whose word: with the guard that the proposer still stands.
    async fn still_fits(&self, grant: &Grant<may::ManagePolicy>, change: &Proposed) -> Result<(Op, Ready), Problem> {
        let proposer = self.store.person(&change.proposer).await?;
        let proposer = proposer
            .filter(|person| person.may(Permission::ManagePolicy))
            .ok_or_else(|| Problem::conflict("Whoever proposed it is no admin any more. Nothing was changed."))?;
        self.recheck(&change.change).await?;
        let ready = self.ready(grant.actor(), &change.change, &change.proposer_name).await?;
        Ok((Op::ExpectPerson(proposer.id, proposer.roles), ready))
    }

    /// Takes one's own change back.
    ///
    /// # Errors
    /// Forbidden for others; conflict when it waits no more.
    pub async fn withdraw_change(&self, grant: Grant<may::ManagePolicy>, id: &ChangeId) -> Result<(), Problem> {
        let me = grant.only_person("withdraw a change")?;
        let change = self.known_change(id).await?;
        let next = change.withdraw(&me, self.now())?;
        let event = about(Event::new(self.now(), grant.actor(), codes::CHANGE_WITHDRAWN), &change);
        self.commit(Changeset::new(event).with(decided(&next))).await.map(drop)
    }

    /// Changes that wait, and past ones.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn changes_page(&self, grant: Grant<may::ManagePolicy>) -> Result<ChangesPage, Problem> {
        let now = self.now();
        let pending = self.store.pending_changes().await?.into_iter().filter(|it| it.state_at(now) == it.state);
        let past = self.store.newest_changes(PAST).await?.into_iter();
        let past = past.filter(|it| it.state_at(now) != ChangeState::Pending);
        let people = self.store.people().await?;
        let others = people
            .iter()
            .filter(|(person, _)| Some(&person.id) != grant.person() && person.may(Permission::ManagePolicy));
        Ok(ChangesPage {
            pending: pending.collect(),
            past: past.collect(),
            set_up_mode: self.store.is_set_up_mode().await?,
            others: count(others.count()),
            as_of: now,
        })
    }

    /// One change with what a decision needs.
    ///
    /// # Errors
    /// Not found.
    pub async fn change_page(&self, grant: Grant<may::ManagePolicy>, id: &ChangeId) -> Result<ChangePage, Problem> {
        let now = self.now();
        let change = self.known_change(id).await?;
        let preview = match &change.change {
            Change::PublishPolicy { base, rules } if change.state_at(now) == ChangeState::Pending => {
                let today = self.policy_today().await?;
                Some(self.policy_preview(&today, &Policy { version: base + 1, rules: rules.clone() }).await?)
            }
            _ => None,
        };
        let playbooks = match &change.change {
            Change::PublishPlaybooks { base, books } if change.state_at(now) == ChangeState::Pending => {
                let today = self.playbooks_today().await?;
                Some(self.playbooks_preview(&today, &Playbooks { version: base + 1, books: books.clone() }).await?)
            }
            _ => None,
        };
        let me = grant.me();
        let people = self.store.people().await?.into_iter().map(|(person, _)| person);
        let deciders = people
            .filter(|person| person.disabled_at.is_none() && change.may_decide(&person.id, &person.roles, now).is_ok());
        Ok(ChangePage {
            preview,
            playbooks,
            can_decide: Can::from_decision(change.may_decide(&me, grant.roles(), now)),
            can_withdraw: Can::from_decision(change.withdraw(&me, now).map(drop).map_err(|problem| problem.message)),
            deciders: deciders.map(|person| person.name).collect(),
            change,
            as_of: now,
        })
    }

    /// How many changes wait for this admin.
    pub(crate) async fn changes_to_decide(&self, me: &PersonId) -> Result<i64, ReadError> {
        let now = self.now();
        let pending = self.store.pending_changes().await?;
        let mine = pending.iter().filter(|it| it.proposer != *me && it.state_at(now) == ChangeState::Pending);
        Ok(count(mine.count()))
    }

    async fn known_change(&self, id: &ChangeId) -> Result<Proposed, Problem> {
        self.store.change(id).await?.ok_or_else(|| Problem::not_found("change"))
    }
}

/// Nobody has decided in time.
pub(crate) fn expired(change: &Proposed, now: Timestamp) -> Changeset {
    let why = "Nobody decided in time. Nothing was changed.".to_owned();
    let next = change.ended(ChangeState::Expired, (None, String::new()), why, now);
    let event = about(Event::new(now, Actor::system("worker"), codes::CHANGE_EXPIRED), change);
    Changeset::new(event).with(decided(&next))
}

fn decided(next: &Proposed) -> Op {
    Op::DecideChange(next.clone())
}

fn about(event: Event, change: &Proposed) -> Event {
    event
        .target("change", &change.id)
        .fact("kind", change.change.kind())
        .fact("summary", change.summary.clone())
        .fact("proposed_by", change.proposer_name.clone())
}
