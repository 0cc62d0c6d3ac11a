//! One's own second factors and recovery codes: what there is, and what takes a fresh proof to change.

use quell_domain::{
    Changeset, Problem,
    audit::{Event, codes},
    change::Change,
    changeset::Op,
    ids::{FactorId, PersonId},
    policy::Can,
    proof::{self, FRESH_FOR, Factor, KeptFactor, MOST_FACTORS, RECOVERY_CODES, recovery_digest},
    view::FactorsPage,
};

use super::{changes::Outcome, proof::own};
use crate::{
    Portal,
    grant::{Grant, may},
    ids,
};

impl Portal {
    /// One's own second factors, and what can be done with them.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn factors(&self, grant: Grant<may::OwnAccount>) -> Result<FactorsPage, Problem> {
        let person = own(&grant)?;
        let kept = self.store.factors_of(&person).await?;
        let recovery_left = self.store.recovery_left(&person).await?;
        let room = has_room(&kept).map_err(|problem| problem.message);
        let passkey = room.clone().and_then(|()| self.passkeys.why_not().map_or(Ok(()), Err));
        Ok(FactorsPage {
            factors: kept.into_iter().map(|kept| kept.factor).collect(),
            recovery_left,
            add: Can::from_decision(room),
            passkey: Can::from_decision(passkey),
            proved_until: grant.fresh(self.now()).ok().map(|proof| proof.at.plus(FRESH_FOR)),
        })
    }

    /// Calls one of one's own factors something else.
    ///
    /// # Errors
    /// Invalid; conflict when there is no such factor.
    pub async fn rename_factor(
        &self,
        grant: Grant<may::OwnAccount>,
        factor: FactorId,
        name: &str,
    ) -> Result<(), Problem> {
        let (person, name) = (own(&grant)?, proof::parse_factor_name(name)?);
        let before = self.own_factor(&person, &factor).await?;
        let event = Event::new(self.now(), grant.actor(), codes::FACTOR_RENAMED)
            .target("person", &person)
            .fact("before", before.name)
            .fact("factor", name.clone());
        self.commit(Changeset::new(event).with(Op::RenameFactor { person, factor, name })).await.map(drop)
    }

    /// Removes one of one's own factors. Proofs given by it end.
    ///
    /// # Errors
    /// Step-up; not found.
    pub async fn remove_factor(&self, grant: Grant<may::OwnAccount>, factor: FactorId) -> Result<(), Problem> {
        grant.fresh(self.now())?;
        let person = own(&grant)?;
        let before = self.own_factor(&person, &factor).await?;
        let event = Event::new(self.now(), grant.actor(), codes::FACTOR_REMOVED)
            .target("person", &person)
            .fact("kind", before.kind.word())
            .fact("factor", before.name);
        self.commit(Changeset::new(event).with(Op::RemoveFactor { person, factor })).await.map(drop)
    }

    /// Makes a new set of recovery codes, returned once; unused older ones stop working.
    ///
    /// # Errors
    /// Step-up.
    pub async fn make_recovery(&self, grant: Grant<may::OwnAccount>) -> Result<Vec<String>, Problem> {
        grant.fresh(self.now())?;
        let person = own(&grant)?;
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| ids::recovery_code()).collect();
        let digests = codes.iter().map(|code| recovery_digest(&person, &code.replace('-', ""))).collect();
        let event = Event::new(self.now(), grant.actor(), codes::RECOVERY_MADE)
            .target("person", &person)
            .fact("codes", codes.len());
        let changes = Changeset::new(event).with(Op::SetRecovery { person, codes: digests, at: self.now() });
        self.commit(changes).await.map(|_| codes)
    }

    /// Takes all second factors from a person who lost them, and ends their sessions. Takes two admins.
    ///
    /// # Errors
    /// Not found.
    pub async fn reset_factors(&self, grant: Grant<may::ManagePeople>, id: PersonId) -> Result<Outcome, Problem> {
        let name = self.known_person(&id).await?.name;
        self.propose(&grant, Change::ResetFactors { person: id }, format!("Take all second factors from {name}")).await
    }

    async fn own_factor(&self, person: &PersonId, id: &FactorId) -> Result<Factor, Problem> {
        let kept = self.store.factors_of(person).await?;
        let found = kept.into_iter().map(|kept| kept.factor).find(|factor| factor.id == *id);
        found.ok_or_else(|| Problem::not_found("second factor"))
    }
}

pub(super) fn has_room(known: &[KeptFactor]) -> Result<(), Problem> {
    if known.len() < MOST_FACTORS {
        Ok(())
    } else {
        Err(Problem::conflict(format!("You have {MOST_FACTORS} second factors. Remove one first.")))
    }
}
