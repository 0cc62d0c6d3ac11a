//! Rows of load balancers and of holds on their gates.

use quell_core::ports::ReadError;
use quell_domain::{
    Timestamp,
    gate::{Balancer, Hold, Look},
    ids::BalancerId,
};

use super::{from_json, moment};

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct BalancerRow {
    id: String,
    name: String,
    access: String,
    facts: Option<String>,
    trouble: Option<String>,
    created_at: i64,
    removed_at: Option<i64>,
}

impl TryFrom<BalancerRow> for Balancer {
    type Error = ReadError;

    fn try_from(row: BalancerRow) -> Result<Self, ReadError> {
        Ok(Self {
            id: BalancerId::new(row.id),
            name: row.name,
            access: from_json(&row.access)?,
            facts: row.facts.as_deref().map(from_json).transpose()?,
            trouble: row.trouble,
            created_at: Timestamp(row.created_at),
            removed_at: moment(row.removed_at),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct HoldRow {
    body: String,
    looked_at: Option<i64>,
    version: i64,
}

impl TryFrom<HoldRow> for Hold {
    type Error = ReadError;

    fn try_from(row: HoldRow) -> Result<Self, ReadError> {
        let hold: Self = from_json(&row.body)?;
        Ok(Self { looked_at: moment(row.looked_at), version: row.version, ..hold })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct LookRow {
    looked_at: i64,
    found: i64,
}

impl From<LookRow> for Look {
    fn from(row: LookRow) -> Self {
        Self { at: Timestamp(row.looked_at), found: usize::try_from(row.found).unwrap_or(0) }
    }
}

/// Which hold, in which version.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct VersionRow {
    pub(crate) request_id: String,
    pub(crate) version: i64,
}
