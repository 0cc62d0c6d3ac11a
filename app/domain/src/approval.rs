//! Approvals: who may decide on a request, what a decision does to it, and how many are enough.
//!
//! An approval is a signature over the digest of the exact facts. Whoever approves after a fact changed has seen the
//! change and binds the request to how it is now; earlier approvals carry another digest then and count no more.

use serde::{Deserialize, Serialize};

use crate::{
    action::{Action, ActionRequest, Container, Difference, RequestState},
    error::Problem,
    ids::{Digest, PersonId, RequestId, VoteId},
    policy::{Requirement, Role},
    time::Timestamp,
};

crate::words! {
    /// What one person says to a request.
    Decision {
        /// Yes, exactly this.
        Approve = "approved", "Approve";
        /// Not like this: ask again.
        SendBack = "sent_back", "Send back";
        /// No.
        Deny = "denied", "Deny";
    }
}

/// One person's decision. Never changed, never removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Ours.
    pub id: VoteId,
    /// On which request.
    pub request: RequestId,
    /// Whose: a person counts once, however many accounts they have.
    pub person: PersonId,
    /// Their name at the time.
    pub person_name: String,
    /// What they say.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Lets a kill go ahead though nothing is sealed.
    pub waives_evidence: bool,
    /// Of the request as they saw it.
    pub digest: Digest,
    /// When.
    pub at: Timestamp,
}

/// Another person's look at what was done without approval. Never changed, never removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Of which request.
    pub request: RequestId,
    /// Whose look.
    pub person: PersonId,
    /// Their name at the time.
    pub person_name: String,
    /// What they say about it.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// What a person chose and saw on the approval page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// Minted for this vote.
    pub id: VoteId,
    /// Whose.
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// What they say.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// The fingerprint of the container that the page showed; needed to approve.
    pub seen: Option<Digest>,
    /// The names of the changed facts that they ticked as seen.
    pub ticked: Vec<String>,
    /// Lets a kill go ahead though nothing is sealed.
    pub waives_evidence: bool,
    /// When.
    pub now: Timestamp,
}

/// Facts whose change makes it another container: no approval can bind those anew.
const IDENTITY: [&str; 4] = ["Engine", "Container id", "Created", "Image digest"];

/// May this person decide on this request? `needs`: under the policy of the request, and under the one of today.
///
/// # Errors
/// Why not, in words for the page.
pub fn may_decide(
    request: &ActionRequest,
    votes: &[Vote],
    (person, roles): (&PersonId, &[Role]),
    needs: &[Requirement],
) -> Result<(), String> {
    if request.state != RequestState::AwaitingApproval {
        return Err(format!("It is {} already.", request.state.label().to_lowercase()));
    }
    if request.requester == *person {
        return Err("You asked for this. Another person must decide.".to_owned());
    }
    if let Some(role) = needs.iter().map(|need| need.approver).find(|role| !roles.contains(role)) {
        return Err(format!("To decide on this you need the role {}.", role.label()));
    }
    if counted(request, votes).any(|vote| vote.person == *person) {
        return Err("You have approved this already. Another person must decide too.".to_owned());
    }
    Ok(())
}

/// The approvals that count: of the request as it is bound now, one for each person, never the requester's.
pub fn counted<'a>(request: &'a ActionRequest, votes: &'a [Vote]) -> impl Iterator<Item = &'a Vote> {
    votes.iter().enumerate().filter_map(move |(at, vote)| {
        let counts = |vote: &Vote| {
            vote.decision == Decision::Approve && vote.digest == request.digest && vote.person != request.requester
        };
        let first = !votes[..at].iter().any(|earlier| earlier.person == vote.person && counts(earlier));
        (counts(vote) && first).then_some(vote)
    })
}

/// How many are needed: the stricter policy counts.
#[must_use]
pub fn quorum(needs: &[Requirement]) -> u32 {
    needs.iter().map(|need| need.approvals).max().unwrap_or(0)
}

/// Are there enough approvals, each by somebody who may still approve? `people`: the voters in good standing, with the
/// roles they hold now.
#[must_use]
pub fn is_enough(
    request: &ActionRequest,
    votes: &[Vote],
    people: &[(PersonId, Vec<Role>)],
    needs: &[Requirement],
) -> bool {
    let stands = |vote: &&Vote| {
        let roles = people.iter().find(|(person, _)| *person == vote.person).map(|(_, roles)| roles.as_slice());
        roles.is_some_and(|roles| needs.iter().all(|need| roles.contains(&need.approver)))
    };
    u32::try_from(counted(request, votes).filter(stands).count()).unwrap_or(u32::MAX) >= quorum(needs)
}

/// What a changed fact means for approving.
#[must_use]
pub fn is_identity(difference: &Difference) -> bool {
    IDENTITY.contains(&difference.fact.as_str())
}

impl ActionRequest {
    /// What a decision makes of the request: its next state and binding, and the vote. Any denial ends it.
    ///
    /// # Errors
    /// Forbidden when they may not decide; invalid, naming `reason`, `changed` or `decision`; conflict when the
    /// container is no longer as the page showed it, or is another one.
    pub fn decide(
        &self,
        votes: &[Vote],
        ballot: Ballot,
        container: Option<&Container>,
        needs: &[Requirement],
    ) -> Result<(Self, Vote), Problem> {
        may_decide(self, votes, (&ballot.person, &ballot.roles), needs).map_err(Problem::forbidden)?;
        if ballot.now >= self.expires_at {
            return Err(Problem::conflict("The time to decide is over. Nothing will run; it can be asked for again."));
        }
        if ballot.reason.trim().is_empty() {
            return Err(Problem::field("reason", "Say why, in a few words."));
        }
        let mut next = Self { revision: self.revision + 1, ..self.clone() };
        match ballot.decision {
            Decision::Deny => next.end(RequestState::Denied, &ballot),
            Decision::SendBack => next.end(RequestState::SentBack, &ballot),
            Decision::Approve => next.bind(&ballot, container)?,
        }
        let vote = Vote {
            id: ballot.id,
            request: self.id.clone(),
            person: ballot.person,
            person_name: ballot.person_name,
            decision: ballot.decision,
            reason: ballot.reason,
            waives_evidence: ballot.waives_evidence && ballot.decision == Decision::Approve,
            digest: next.digest.clone(),
            at: ballot.now,
        };
        let with_this: Vec<Vote> = votes.iter().chain([&vote]).cloned().collect();
        let approvals = u32::try_from(counted(&next, &with_this).count()).unwrap_or(u32::MAX);
        if next.state == RequestState::AwaitingApproval && approvals >= quorum(needs) {
            next.state = RequestState::Approved;
        }
        Ok((next, vote))
    }

    fn end(&mut self, to: RequestState, ballot: &Ballot) {
        self.state = to;
        self.detail = format!("{}: {}", ballot.person_name, ballot.reason);
    }

    /// Binds the request to the container as it is now. Every changed fact must have been ticked as seen.
    /// What is known of a gate is bound already: whoever asks it of the load balancer refuses when it changed.
    fn bind(&mut self, ballot: &Ballot, container: Option<&Container>) -> Result<(), Problem> {
        // Restoring is about the gate alone: the container may be gone.
        if self.action == Action::RestoreGate {
            return match ballot.seen.as_ref() == Some(&self.digest) {
                true => Ok(()),
                false => {
                    Err(Problem::conflict("The request is not the one that the page showed. Nothing was decided."))
                }
            };
        }
        let Some(container) = container else {
            return Err(Problem::conflict(
                "The engine does not tell what this would act on now, so it cannot be approved. Try again, or deny it.",
            ));
        };
        if ballot.seen.as_ref() != Some(&container.fingerprint()) {
            return Err(Problem::conflict(
                "The container changed since the page was shown. Nothing was decided; look at the facts again.",
            ));
        }
        let changed = self.facts.differences(&container.facts);
        if let Some(other) = changed.iter().find(|difference| is_identity(difference)) {
            return Err(Problem::conflict(format!(
                "“{}” is not what was asked for: this is another container. Deny it, or send it back.",
                other.fact
            )));
        }
        if let Some(unseen) = changed.iter().find(|difference| !ballot.ticked.contains(&difference.fact)) {
            return Err(Problem::field("changed", format!("“{}” changed: tick that you have seen it.", unseen.fact)));
        }
        self.facts = container.facts.clone();
        self.digest = self.signed_facts();
        Ok(())
    }

    /// Takes a request back before it runs.
    ///
    /// # Errors
    /// Forbidden for anybody but the requester; conflict when it runs or is over.
    pub fn withdraw(&self, person: &PersonId) -> Result<Self, Problem> {
        if self.requester != *person {
            return Err(Problem::forbidden(format!("Only {} can withdraw this.", self.requester_name)));
        }
        if self.state != RequestState::AwaitingApproval {
            return Err(Problem::conflict(format!(
                "It is {} already: it cannot be withdrawn any more.",
                self.state.label().to_lowercase()
            )));
        }
        let detail = "Withdrawn by the requester.".to_owned();
        Ok(Self { state: RequestState::Withdrawn, revision: self.revision + 1, detail, ..self.clone() })
    }
}
