//! Rows of the policy, the playbooks and of changes that take two admins.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    change::{ChangeState, Proposed},
    ids::{ChangeId, PersonId},
    playbook::Playbooks,
    policy::Policy,
    versions::Published,
};

use super::{from_json, moment, word};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct PublishedRow {
    version: i64,
    body: String,
    proposed_by: String,
    published_by: String,
    published_at: i64,
}

impl PublishedRow {
    fn with<T>(self, body: T) -> Published<T> {
        Published {
            body,
            proposed_by: self.proposed_by,
            published_by: self.published_by,
            at: Timestamp(self.published_at),
        }
    }
}

impl TryFrom<PublishedRow> for Published<Policy> {
    type Error = ReadError;

    fn try_from(row: PublishedRow) -> Result<Self, ReadError> {
        let policy = Policy { version: row.version, rules: from_json(&row.body)? };
        Ok(row.with(policy))
    }
}

impl TryFrom<PublishedRow> for Published<Playbooks> {
    type Error = ReadError;

    fn try_from(row: PublishedRow) -> Result<Self, ReadError> {
        let playbooks = Playbooks { version: row.version, books: from_json(&row.body)? };
        Ok(row.with(playbooks))
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct DraftRow {
    pub(crate) body: String,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct ChangeRow {
    id: String,
    body: String,
    summary: String,
    proposer_id: String,
    proposer_name: String,
    created_at: i64,
    expires_at: i64,
    state: String,
    decider_id: Option<String>,
    decider_name: String,
    decided_at: Option<i64>,
    reason: String,
}

impl TryFrom<ChangeRow> for Proposed {
    type Error = ReadError;

    fn try_from(row: ChangeRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: ChangeId::new(row.id),
            change: from_json(&row.body)?,
            summary: row.summary,
            proposer: PersonId::new(row.proposer_id),
            proposer_name: row.proposer_name,
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
            state: word(ChangeState::from_word(&row.state), "admin_change.state")?,
            decided_by: row.decider_id.map(PersonId::new),
            decider_name: row.decider_name,
            decided_at: moment(row.decided_at),
            reason: row.reason,
        })
    }
}
