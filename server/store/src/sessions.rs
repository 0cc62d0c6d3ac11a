//! Sign-ins for `tower-sessions`. The cookie's value is hashed before it meets the database: whoever reads the table
//! cannot sign in with what is in it.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use quell_domain::{Timestamp, ids::Digest, time::MINUTE};
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

use crate::{
    Db,
    db::{row, run},
    sql::sessions as sql,
};

/// Under this key a session says whose it is, so that all sessions of a person can be ended.
const PERSON: &str = "person";
/// A session that did not change is written at most this often, only to move its end.
const TOUCH_EVERY: i64 = MINUTE;

/// The session store.
#[derive(Debug, Clone)]
pub struct SqlSessions {
    db: Db,
}

#[derive(Debug, sqlx::FromRow)]
struct SessionRow {
    data: String,
    expires_at: i64,
    touched_at: i64,
}

impl SqlSessions {
    pub(crate) fn new(db: Db) -> Self {
        Self { db }
    }

    async fn find(&self, id: &Id, now: Timestamp) -> Result<Option<SessionRow>> {
        row!(read & self.db, SessionRow, sql::SESSION, hashed(id).as_str(), now.0).map_err(|error| backend(&error))
    }

    async fn insert(&self, record: &Record, now: Timestamp) -> Result<bool> {
        let data = to_json(record)?;
        let added = run!(
            write & self.db,
            sql::SESSION_ADD,
            hashed(&record.id).as_str(),
            person(record),
            data.as_str(),
            ends(record).0,
            now.0
        );
        Ok(added.map_err(|error| backend(&error))? == 1)
    }
}

#[async_trait]
impl SessionStore for SqlSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let now = now();
        run!(write & self.db, sql::SESSIONS_SWEEP, now.0).map_err(|error| backend(&error))?;
        while !self.insert(record, now).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    /// Changes only a session that is there: one that was ended while a request ran stays ended.
    async fn save(&self, record: &Record) -> Result<()> {
        let now = now();
        let Some(stored) = self.find(&record.id, now).await? else { return Ok(()) };
        let data = to_json(record)?;
        if stored.data == data && now.since(Timestamp(stored.touched_at)) < TOUCH_EVERY {
            return Ok(());
        }
        run!(
            write & self.db,
            sql::SESSION_SET,
            hashed(&record.id).as_str(),
            person(record),
            data.as_str(),
            ends(record).0,
            now.0
        )
        .map(drop)
        .map_err(|error| backend(&error))
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(stored) = self.find(id, now()).await? else { return Ok(None) };
        let data: HashMap<String, Value> =
            serde_json::from_str(&stored.data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(stored.expires_at) * 1_000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        run!(write & self.db, sql::SESSION_END, hashed(id).as_str()).map(drop).map_err(|error| backend(&error))
    }
}

/// The machine's clock, not the portal's: `tower-sessions` computes every end with it, and the two must agree.
fn now() -> Timestamp {
    micros(OffsetDateTime::now_utc())
}

fn ends(record: &Record) -> Timestamp {
    micros(record.expiry_date)
}

fn micros(at: OffsetDateTime) -> Timestamp {
    Timestamp(i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX))
}

/// As `tower-sessions` writes the id into the cookie, hashed.
fn hashed(id: &Id) -> Digest {
    Digest::of(id.to_string().as_bytes())
}

fn person(record: &Record) -> Option<&str> {
    record.data.get(PERSON).and_then(Value::as_str)
}

/// With sorted keys, so that equal data is equal text.
fn to_json(record: &Record) -> Result<String> {
    let sorted: BTreeMap<&String, &Value> = record.data.iter().collect();
    serde_json::to_string(&sorted).map_err(|error| Error::Encode(error.to_string()))
}

/// The cause goes to the log through `tower-sessions`; it holds no session id.
fn backend(error: &sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}
