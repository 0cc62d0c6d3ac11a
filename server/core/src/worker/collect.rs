//! Collecting a pack: each item streamed with bounded memory, hashed and checked while it flows, then sealed.
//!
//! Every item is bracketed like an action: `attempted`, the engine's stream, `concluded`. After a crash an item whose
//! bytes already have their final name is hashed anew and concluded; everything else is collected again.

mod keep;

use quell_domain::{
    Changeset,
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    evidence::{CustodyStep, Item, ItemKind, ItemState, Task},
    ids::PackId,
    job::ClaimedJob,
    node::Node,
    view::PackRow,
};

use self::keep::{Collected, Errand};
use super::Retry;
use crate::{Portal, failpoint, ports::ReadError, usecase::nodes::in_words};

impl Portal {
    pub(super) async fn collect(&self, job: &ClaimedJob) -> Result<(), Retry> {
        let id = PackId::new(job.subject.clone());
        let Some(view) = self.store.pack(&id).await? else { return self.finish(job, None).await };
        if view.pack.done_at.is_some() {
            return self.finish(job, None).await;
        }
        let node = self.store.node(&view.pack.node).await?.filter(|node| node.removed_at.is_none());
        for task in &view.tasks {
            // Read anew: somebody may have cancelled it meanwhile.
            let state = self.task_state(&id, task).await?;
            let recorded = view.items.iter().any(|item| item.id == task.id);
            if recorded || state.is_final() && state != ItemState::Cancelled {
                continue;
            }
            // Bytes that have their final name are recorded whatever became of node, container or request meanwhile, so
            // that nothing lies in the store that no record knows.
            match (self.left_over(&view, task).await?, &node) {
                (Some(kept), _) => {
                    let started_at = task.started_at.unwrap_or_else(|| self.now());
                    self.conclude_item(&view, task, kept, started_at).await?;
                }
                (None, _) if state.is_final() => {}
                (None, Some(node)) => self.collect_item(&view, task, node).await?,
                (None, None) => self.give_up(&view, task).await?,
            }
        }
        self.finish_pack(job, &id).await
    }

    /// The node was taken out of use meanwhile: nothing is read from it any more.
    async fn give_up(&self, view: &PackRow, task: &Task) -> Result<(), Retry> {
        self.attempt_item(view, task).await?;
        let collected = Collected::failed("", "The node is no longer in use. Nothing was read.");
        self.conclude_item(view, task, collected, self.now()).await
    }

    async fn collect_item(&self, view: &PackRow, task: &Task, node: &Node) -> Result<(), Retry> {
        let container = &view.pack.facts.container;
        let before = self.engines.mark(node, container).await;
        if task.kind == ItemKind::Image && before.as_ref().is_ok_and(|mark| !mark.state.holds_still()) {
            return self.needs_pause(view, task).await;
        }
        let started_at = self.now();
        self.attempt_item(view, task).await?;
        failpoint::hit("evidence.after_attempted").await;
        let collected = match before {
            Err(error) => Collected::failed("", in_words(&error)),
            Ok(mark) if mark.started_at != view.pack.facts.started_at => {
                Collected::failed("", "The container was restarted since evidence was asked for.")
            }
            Ok(before) => self.stream_item(&Errand { view, task, node, before: &before }).await?,
        };
        failpoint::hit("evidence.after_seal").await;
        self.conclude_item(view, task, collected, started_at).await?;
        failpoint::hit("evidence.after_concluded").await;
        Ok(())
    }

    async fn task_state(&self, pack: &PackId, task: &Task) -> Result<ItemState, ReadError> {
        let view = self.store.pack(pack).await?;
        let now = view.and_then(|view| view.tasks.into_iter().find(|known| known.id == task.id));
        Ok(now.map_or(ItemState::Cancelled, |task| task.state))
    }

    async fn needs_pause(&self, view: &PackRow, task: &Task) -> Result<(), Retry> {
        let now = self.now();
        let event = about(view, now, codes::EVIDENCE_CONCLUDED)
            .target("evidence", &task.id)
            .fact("kind", task.kind.word())
            .fact("state", ItemState::NeedsPause.word())
            .fact("reason", NEEDS_PAUSE);
        let op = Op::SetTask {
            task: task.id.clone(),
            from: ItemState::OPEN.to_vec(),
            to: ItemState::NeedsPause,
            note: NEEDS_PAUSE.to_owned(),
            at: now,
        };
        self.try_commit(Changeset::new(event).with(op)).await?;
        Ok(())
    }

    async fn attempt_item(&self, view: &PackRow, task: &Task) -> Result<(), Retry> {
        let now = self.now();
        let event = about(view, now, codes::EVIDENCE_ATTEMPTED)
            .outcome(EventOutcome::Attempted)
            .target("evidence", &task.id)
            .fact("kind", task.kind.word());
        let op = Op::SetTask {
            task: task.id.clone(),
            from: ItemState::OPEN.to_vec(),
            to: ItemState::Collecting,
            note: String::new(),
            at: now,
        };
        self.try_commit(Changeset::new(event).with(op)).await?;
        Ok(())
    }

    async fn conclude_item(
        &self,
        view: &PackRow,
        task: &Task,
        collected: Collected,
        started_at: quell_domain::Timestamp,
    ) -> Result<(), Retry> {
        let now = self.now();
        let from = match self.task_state(&view.pack.id, task).await? {
            ItemState::Cancelled if collected.sealed.is_some() => vec![ItemState::Cancelled],
            state if state.is_final() => return Ok(()),
            _ => ItemState::OPEN.to_vec(),
        };
        let (size, sha256, object) = match collected.sealed {
            Some((sealed, object)) => (sealed.size, Some(sealed.sha256), Some(object)),
            None => (0, None, None),
        };
        let event = about(view, now, codes::EVIDENCE_CONCLUDED)
            .outcome(if collected.state == ItemState::Sealed { EventOutcome::Ok } else { EventOutcome::Failed })
            .target("evidence", &task.id)
            .fact("kind", task.kind.word())
            .fact("state", collected.state.word())
            .fact("size", size)
            .fact("sha256", sha256.as_ref().map(ToString::to_string))
            .fact("check", collected.check.clone())
            .fact("reason", collected.reason.clone());
        let custody = sha256.clone().map(|sha256| {
            Op::AddCustody(CustodyStep {
                item: task.id.clone(),
                at: now,
                actor: Actor::system("collector"),
                what: collected.state.word().to_owned(),
                sha256: Some(sha256),
            })
        });
        let note = collected.reason.clone();
        let item = Item {
            id: task.id.clone(),
            pack: view.pack.id.clone(),
            incident: view.pack.incident.clone(),
            kind: task.kind,
            state: collected.state,
            size,
            sha256,
            object,
            method: collected.method,
            started_at,
            ended_at: now,
            check: collected.check,
            reason: collected.reason,
        };
        let set = Op::SetTask { task: task.id.clone(), from, to: item.state, note, at: now };
        self.try_commit(Changeset::new(event).with(set).with(Op::AddItem(item)).with_all(custody)).await?;
        Ok(())
    }

    async fn finish_pack(&self, job: &ClaimedJob, id: &PackId) -> Result<(), Retry> {
        let Some(view) = self.store.pack(id).await? else { return self.finish(job, None).await };
        let now = self.now();
        let sealed = view.items.iter().filter(|item| item.state == ItemState::Sealed).count();
        let event = about(&view, now, codes::EVIDENCE_DONE)
            .target("pack", id)
            .fact("sealed", i64::try_from(sealed).unwrap_or_default())
            .fact("items", i64::try_from(view.tasks.len()).unwrap_or_default());
        let mut changes = Changeset::new(event).with(Op::FinishPack(id.clone(), now));
        if sealed > 0
            && let Some(mut incident) = self.store.incident(&view.pack.incident).await?
        {
            incident.evidence_at = Some(now);
            changes = changes.with(Op::SetIncident(incident));
        }
        self.finish(job, Some(changes)).await?;
        failpoint::hit("evidence.after_done").await;
        Ok(())
    }
}

const NEEDS_PAUSE: &str = "Pause the container first; then collect the image.";

fn about(view: &PackRow, now: quell_domain::Timestamp, code: &str) -> Event {
    Event::new(now, Actor::system("collector"), code).incident(&view.pack.incident)
}
