//! One back end's share of new connections.

use quell_core::ports::{Done, GateError};
use quell_domain::{gate::Member, ids::GateKey};
use reqwest::Method;
use serde_json::json;

use super::{
    change::unread,
    gates::{busy, listener, load_balancer},
    pages::list,
    refusal::Trouble,
    session::{Session, id},
    shapes::BackEnd,
};

/// The largest share that ELB knows.
const MOST: u16 = 100;

pub(super) async fn weigh(
    session: &Session<'_>,
    key: &GateKey,
    member: &Member,
    weight: u16,
) -> Result<Done, GateError> {
    if weight > MOST {
        return Err(GateError::NotOffered("ELB's weights go from 0 to 100."));
    }
    let mut pauses = session.pauses();
    loop {
        match attempt(session, key, member, weight).await {
            Ok(true) => break,
            Ok(false) => return Ok(session.done("It had this weight already; nothing was sent.")),
            Err(trouble) => pauses.wait(trouble).await?,
        }
    }
    let mut pauses = session.settling();
    loop {
        let now = back_end(session, member).await.map_err(|error| unread(&error))?.weight;
        if now == weight {
            return Ok(session.done(format!("Back end {} has weight {weight}.", member.id)));
        }
        let words = format!("it said that this was done, but read back the weight is {now}");
        pauses.wait(Trouble::Again(GateError::Garbled(words), None)).await?;
    }
}

/// Was anything left to do?
async fn attempt(session: &Session<'_>, key: &GateKey, member: &Member, weight: u16) -> Result<bool, Trouble> {
    if back_end(session, member).await?.weight == weight {
        return Ok(false);
    }
    let listener = listener(session, key).await?;
    if let Some(lock) = busy(&load_balancer(session, &listener).await?) {
        return Err(lock.into());
    }
    let path = format!("{}/{}", members(session, member)?, id(&member.id)?);
    session.change(Method::PUT, &path, &json!({ "member": { "weight": weight } })).await?;
    Ok(true)
}

/// The back end as it is now. The same id with another address would be another one.
async fn back_end(session: &Session<'_>, member: &Member) -> Result<BackEnd, GateError> {
    let filters = [("id", member.id.clone())];
    let all: Vec<BackEnd> = list(session, &members(session, member)?, "members", &filters).await?;
    let same = |one: &BackEnd| one.id == member.id && one.address == member.address && one.protocol_port == member.port;
    all.into_iter().find(same).ok_or(GateError::NotFound)
}

fn members(session: &Session<'_>, member: &Member) -> Result<String, GateError> {
    Ok(session.v3(&format!("pools/{}/members", id(&member.pool)?)))
}
