//! The network state, kept before a disconnect takes it away: a pack of its own with one item. Containment must not fail
//! for it: when it cannot be kept, that is recorded and the disconnect goes on.

use std::time::Duration;

use futures::StreamExt as _;
use quell_domain::{
    Changeset, Timestamp,
    action::ActionRequest,
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    evidence::{CustodyStep, Item, ItemKind, ItemState, Pack, Task},
    ids::{EvidenceId, PackId},
    node::Node,
};

use super::Retry;
use crate::{
    Portal, ids,
    ports::{CommitError, EngineError, Sealed, Stream},
    shape::Checker,
    usecase::nodes::in_words,
};

/// Longest that a disconnect waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
const KIND: ItemKind = ItemKind::Network;

/// What was kept, or why nothing was.
type Kept = Result<(Sealed, String, String), String>;

impl Portal {
    /// Keeps it and says in a sentence what came of that. Taken up again after a crash, it goes on where it stood.
    pub(super) async fn keep_network(&self, node: &Node, request: &ActionRequest) -> Result<String, Retry> {
        // The pack's name follows from the request's: there is one.
        let id = PackId::new(request.id.as_str());
        if self.store.pack(&id).await?.is_some() {
            return Ok("The network state was recorded before.".to_owned());
        }
        let object = format!("{id}/{}", KIND.file_name());
        let started_at = self.now();
        let found = self.vault.check(&object).await;
        let kept = match found {
            Ok(Some(sealed)) => Ok((
                sealed,
                "found complete when the request was taken up again".to_owned(),
                "hashed anew now".to_owned(),
            )),
            Ok(None) => {
                let attempted =
                    about(request, &id, started_at, codes::EVIDENCE_ATTEMPTED).outcome(EventOutcome::Attempted);
                self.try_commit(Changeset::new(attempted)).await?;
                let late = |_| Err(in_words(&EngineError::NoAnswer(String::new())));
                tokio::time::timeout(PATIENCE, self.pour_network(node, request, &id, &object))
                    .await
                    .unwrap_or_else(late)
            }
            Err(error) => {
                tracing::error!(%error, "evidence store");
                Err("The evidence store failed.".to_owned())
            }
        };
        let words = match &kept {
            Ok(_) => "The network state was kept before.".to_owned(),
            Err(why) => format!("The network state could not be kept before: {why}"),
        };
        match self.try_commit(self.network_pack(request, &id, object, kept, started_at)).await {
            // The portal that had the request before recorded it.
            Ok(_) | Err(CommitError::Duplicate(_)) => Ok(words),
            Err(error) => Err(error.into()),
        }
    }

    async fn pour_network(&self, node: &Node, request: &ActionRequest, pack: &PackId, object: &str) -> Kept {
        let container = &request.facts.container;
        let asked = self.engines.evidence(node, container, KIND, pack.as_str()).await;
        let Stream { method, shape, mut bytes, .. } = asked.map_err(|error| in_words(&error))?;
        let failed = |error: crate::ports::VaultError| {
            tracing::error!(%error, "evidence store");
            "The evidence store cannot take it.".to_owned()
        };
        let mut sink = self.vault.begin().await.map_err(failed)?;
        let mut checker = Checker::new(shape);
        while let Some(part) = bytes.next().await {
            let part = part.map_err(|error| in_words(&error))?;
            checker.push(&part)?;
            sink.write(part).await.map_err(failed)?;
        }
        let check = checker.finish()?.words;
        let sealed = sink.seal(object).await.map_err(failed)?;
        Ok((sealed, method, check))
    }

    /// The pack, done, with its one item.
    fn network_pack(
        &self,
        request: &ActionRequest,
        id: &PackId,
        object: String,
        kept: Kept,
        started_at: Timestamp,
    ) -> Changeset {
        let now = self.now();
        let state = if kept.is_ok() { ItemState::Sealed } else { ItemState::Failed };
        let (sealed, method, check, reason) = match kept {
            Ok((sealed, method, check)) => (Some(sealed), method, check, String::new()),
            Err(reason) => (None, String::new(), String::new(), reason),
        };
        let size = sealed.as_ref().map_or(0, |sealed| sealed.size);
        let sha256 = sealed.map(|sealed| sealed.sha256);
        let pack = Pack {
            id: id.clone(),
            incident: request.incident.clone(),
            node: request.node.clone(),
            facts: request.facts.clone(),
            requester: request.requester.clone(),
            requester_name: request.requester_name.clone(),
            created_at: started_at,
            done_at: Some(now),
        };
        let task = Task {
            id: EvidenceId::new(ids::mint()),
            pack: id.clone(),
            kind: KIND,
            state,
            bytes: size,
            total: Some(size),
            started_at: Some(started_at),
            heartbeat_at: None,
            note: reason.clone(),
        };
        let event = about(request, id, now, codes::EVIDENCE_CONCLUDED)
            .outcome(if state == ItemState::Sealed { EventOutcome::Ok } else { EventOutcome::Failed })
            .fact("state", state.word())
            .fact("size", size)
            .fact("sha256", sha256.as_ref().map(ToString::to_string))
            .fact("check", check.clone())
            .fact("reason", reason.clone());
        let custody = sha256.clone().map(|sha256| {
            Op::AddCustody(CustodyStep {
                item: task.id.clone(),
                at: now,
                actor: Actor::system("collector"),
                what: state.word().to_owned(),
                sha256: Some(sha256),
            })
        });
        let item = Item {
            id: task.id.clone(),
            pack: id.clone(),
            incident: request.incident.clone(),
            kind: KIND,
            state,
            size,
            object: sha256.is_some().then_some(object),
            sha256,
            method,
            started_at,
            ended_at: now,
            check,
            reason,
        };
        Changeset::new(event).with(Op::AddPack(pack, vec![task])).with(Op::AddItem(item)).with_all(custody)
    }
}

fn about(request: &ActionRequest, pack: &PackId, now: Timestamp, code: &str) -> Event {
    Event::new(now, Actor::system("collector"), code)
        .incident(&request.incident)
        .target("pack", pack)
        .fact("kind", KIND.word())
        .fact("request", request.id.to_string())
}
