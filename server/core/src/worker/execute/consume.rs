//! On whose word a request runs, looked up in the last moment, and the approval consumed.

use quell_domain::{
    Changeset,
    action::ActionRequest,
    approval::{self, Vote},
    audit::codes,
    changeset::Op,
    ids::{ExecutionId, PersonId},
    policy::{Permission, Role},
};

use super::{End, LATE, about};
use crate::{Portal, ports::ReadError, worker::Retry};

/// On whose word a request runs.
pub(super) struct Word {
    /// Everybody, with the roles that they hold now.
    people: Vec<(PersonId, Vec<Role>)>,
    /// The version of the policy under which they are enough; none when nobody was asked.
    policy: Option<i64>,
}

impl Portal {
    /// On whose word it runs: the requester, and enough approvers under the policy of the request and the one of today.
    pub(super) async fn who_stands_for(&self, request: &ActionRequest) -> Result<Result<Word, End>, Retry> {
        let Some(requester) = self.in_office(&request.requester, Permission::Contain).await? else {
            return Ok(Err(End::void("Whoever asked for it may not contain any more. Nothing was done.")));
        };
        let mut people = Vec::new();
        let mut policy = None;
        if !request.break_glass {
            let Some(incident) = self.store.incident(&request.incident).await? else {
                return Ok(Err(End::void("The incident is not known any more. Nothing was done.")));
            };
            let votes = self.store.votes_of(&request.id).await?;
            people = self.approvers(request, &votes).await?;
            let (version, today) = self.needs(&incident, request.action).await?;
            policy = Some(version);
            if self.now() >= request.ends_at(&[request.needs, today]) {
                return Ok(Err(End::expired(LATE)));
            }
            if !approval::is_enough(request, &votes, &people, &[request.needs, today]) {
                let detail = "Its approvals are not enough any more: an approver may not decide now, or the policy asks for more. \
                              Nothing was done.";
                return Ok(Err(End::void(detail)));
            }
        }
        people.push(requester);
        Ok(Ok(Word { people, policy }))
    }

    /// Those of its approvers who may still decide, with the roles that they hold now.
    pub(super) async fn approvers(
        &self,
        request: &ActionRequest,
        votes: &[Vote],
    ) -> Result<Vec<(PersonId, Vec<Role>)>, ReadError> {
        let mut people = Vec::new();
        for vote in approval::counted(request, votes) {
            people.extend(self.in_office(&vote.person, Permission::Decide).await?);
        }
        Ok(people)
    }

    async fn in_office(
        &self,
        person: &PersonId,
        permission: Permission,
    ) -> Result<Option<(PersonId, Vec<Role>)>, ReadError> {
        let person = self.store.person(person).await?;
        Ok(person.filter(|person| person.may(permission)).map(|person| (person.id, person.roles)))
    }

    pub(super) async fn consume(
        &self,
        request: &ActionRequest,
        execution: &ExecutionId,
        word: Word,
    ) -> Result<(), Retry> {
        let now = self.now();
        let changes =
            Changeset::new(about(request, now, codes::ACTION_CONSUMED).fact("digest", request.digest.to_string()))
                // Between looking and writing somebody may lose a role, or a policy be published: the write looks again.
                .with_all(word.policy.map(Op::ExpectPolicy))
                .with_all(word.people.into_iter().map(|(person, roles)| Op::ExpectPerson(person, roles)))
                .with(Op::Consume {
                    request: request.id.clone(),
                    digest: request.signed_facts(),
                    execution: execution.clone(),
                    now,
                });
        self.try_commit(changes).await?;
        Ok(())
    }
}
