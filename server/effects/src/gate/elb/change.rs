//! Changing who may connect: look, compare, change, read back.
//!
//! ELB may say that it did nothing (too fast, another change is under way). Then all of it is begun anew, with a new look: by
//! then somebody else may have changed the rules.

use quell_core::ports::{Done, GateError};
use quell_domain::{
    gate::{AllowList, Rules},
    ids::GateKey,
};

use super::{
    gates::{listener, load_balancer, lock, rules},
    refusal::Trouble,
    restore::restore,
    restrict::restrict,
    session::Session,
    whitelist,
};

/// What the rules shall come to.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    Restricted(&'a AllowList),
    Restored(&'a Rules),
}

impl Wanted<'_> {
    fn is(self, now: &Rules, classic: bool) -> bool {
        match self {
            Self::Restricted(allow) => now.is_restricted_to(allow),
            // What somebody else's groups hold is not ours to put back; that it changed is seen when the gate is read.
            Self::Restored(former) => {
                let attached = |rules: &Rules| (rules.list.clone(), rules.enforced, rules.kind);
                let theirs = !classic && !former.ours && attached(now) == attached(former);
                theirs || now.is_restored_to(former)
            }
        }
    }
}

pub(super) async fn change(
    session: &Session<'_>,
    key: &GateKey,
    wanted: Wanted<'_>,
    expected: &Rules,
) -> Result<Done, GateError> {
    let mut pauses = session.pauses();
    let words = loop {
        match attempt(session, key, wanted, expected).await {
            Ok(Some(words)) => break words,
            Ok(None) => return Ok(session.done("It was so already; nothing was sent.")),
            Err(trouble) => pauses.wait(trouble).await?,
        }
    };
    read_back(session, key, wanted).await?;
    Ok(session.done(words))
}

/// Nothing when nothing is left to do, as after a crash.
async fn attempt(
    session: &Session<'_>,
    key: &GateKey,
    wanted: Wanted<'_>,
    expected: &Rules,
) -> Result<Option<String>, Trouble> {
    let listener = listener(session, key).await?;
    let now = rules(session, &listener).await?;
    if wanted.is(&now, session.classic) {
        return Ok(None);
    }
    // Not by `==`: a list of ours that is not in force is as good as none, whatever it holds.
    if !now.is_restored_to(expected) {
        return Err(GateError::Conflict(Box::new(now)).into());
    }
    let balancer = load_balancer(session, &listener).await?;
    if let Some(lock) = lock(session, &balancer, &listener) {
        return Err(lock.into());
    }
    let words = match (wanted, session.classic) {
        (Wanted::Restricted(allow), false) => restrict(session, &listener, allow).await?,
        (Wanted::Restricted(allow), true) => whitelist::restrict(session, &listener, allow).await?,
        (Wanted::Restored(former), false) => restore(session, &listener, former, &now).await?,
        (Wanted::Restored(former), true) => whitelist::restore(session, &listener, former).await?,
    };
    Ok(Some(words))
}

/// An answer is no proof: the rules are.
async fn read_back(session: &Session<'_>, key: &GateKey, wanted: Wanted<'_>) -> Result<(), GateError> {
    let mut pauses = session.settling();
    loop {
        let now =
            async { rules(session, &listener(session, key).await?).await }.await.map_err(|error| unread(&error))?;
        if wanted.is(&now, session.classic) {
            return Ok(());
        }
        let words = format!("it said that this was done, but read back: {}", now.words());
        pauses.wait(Trouble::Again(GateError::Garbled(words), None)).await?;
    }
}

/// What was sent and answered is only known once it has been read back.
pub(super) fn unread(error: &GateError) -> GateError {
    GateError::NoAnswer(format!("it said that this was done, but it could not be read back: {error}"))
}
