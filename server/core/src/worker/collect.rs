//! Collecting a pack: each item streamed with bounded memory, hashed and checked while it flows, then sealed.
//!
//! Every item is bracketed like an action: `attempted`, the engine's stream, `concluded`. After a crash an item whose
//! bytes already have their final name is hashed anew and concluded; everything else is collected again.

use std::{future::Future, pin::pin};

use futures::StreamExt;
use quell_domain::{
    Changeset,
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    evidence::{CustodyStep, Item, ItemKind, ItemState, Task},
    ids::PackId,
    job::ClaimedJob,
    node::Node,
    time::SECOND,
    view::Change,
};

use super::Retry;
use crate::{
    Portal, failpoint,
    ports::{PackView, Sealed, StateMark, Stream, VaultError},
    shape::Checker,
    usecase::nodes::in_words,
};

/// How often progress is written down, microseconds.
const EVERY: i64 = SECOND / 2;

/// What became of an item.
struct Collected {
    state: ItemState,
    sealed: Option<(Sealed, String)>,
    method: String,
    check: String,
    reason: String,
}

impl Collected {
    fn failed(method: &str, reason: impl Into<String>) -> Self {
        Self { state: ItemState::Failed, sealed: None, method: method.to_owned(), check: String::new(), reason: reason.into() }
    }
}

impl Portal {
    pub(super) async fn collect(&self, job: &ClaimedJob) -> Result<(), Retry> {
        let id = PackId::new(job.subject.clone());
        let Some(view) = self.store.pack(&id).await? else { return self.finish(job, None).await };
        if view.pack.done_at.is_some() {
            return self.finish(job, None).await;
        }
        let Some(node) = self.store.node(&view.pack.node).await? else { return self.finish(job, None).await };
        for task in &view.tasks {
            // Read anew: somebody may have cancelled it meanwhile.
            let state = self.task_state(&id, task).await?;
            if !state.is_final() {
                self.collect_item(&view, task, &node).await?;
            }
        }
        self.finish_pack(job, &id).await
    }

    async fn collect_item(&self, view: &PackView, task: &Task, node: &Node) -> Result<(), Retry> {
        let container = &view.pack.facts.container;
        let before = self.engines.mark(&node.endpoint, container).await;
        if task.kind == ItemKind::Image && before.as_ref().is_ok_and(|mark| !mark.state.holds_still()) {
            return self.needs_pause(view, task).await;
        }
        let started_at = self.now();
        self.attempt_item(view, task).await?;
        failpoint::hit("evidence.after_attempted").await;
        let stem = format!("{}/{}", view.pack.id, task.kind.file_name());
        let collected = match before {
            Err(error) => Collected::failed("", in_words(&error)),
            Ok(mark) if mark.started_at != view.pack.facts.started_at => {
                Collected::failed("", "The container was restarted since evidence was asked for.")
            }
            Ok(mark) => match self.left_over(&stem).await {
                Some(collected) => collected,
                None => self.stream_item(view, task, node, &mark, &stem).await?,
            },
        };
        failpoint::hit("evidence.after_seal").await;
        self.conclude_item(view, task, collected, started_at).await?;
        failpoint::hit("evidence.after_concluded").await;
        Ok(())
    }

    /// Bytes that got their final name before a crash, and whose item was not concluded.
    async fn left_over(&self, stem: &str) -> Option<Collected> {
        for (object, state) in [(stem.to_owned(), ItemState::Sealed), (partial(stem), ItemState::Partial)] {
            if let Ok(Some(sealed)) = self.vault.check(&object).await {
                return Some(Collected {
                    state,
                    sealed: Some((sealed, object)),
                    method: "found complete after a restart of the portal".to_owned(),
                    check: "structure was checked before it got its name; hashed anew after the restart".to_owned(),
                    reason: if state == ItemState::Partial { CHANGED.to_owned() } else { String::new() },
                });
            }
        }
        None
    }

    async fn stream_item(
        &self,
        view: &PackView,
        task: &Task,
        node: &Node,
        before: &StateMark,
        stem: &str,
    ) -> Result<Collected, Retry> {
        let container = &view.pack.facts.container;
        let quarantine = view.pack.id.as_str();
        let stream = match self.engines.evidence(&node.endpoint, container, task.kind, quarantine).await {
            Ok(stream) => stream,
            Err(error) => return Ok(Collected::failed("", in_words(&error))),
        };
        let method = match &node.facts {
            Some(facts) => format!("{}, engine {}", stream.method, facts.version),
            None => stream.method.clone(),
        };
        let kept = match self.keep(view, task, stream, stem, || self.engines.mark(&node.endpoint, container), before).await? {
            Ok(kept) => kept,
            Err(reason) => return Ok(Collected::failed(&method, reason)),
        };
        let (sealed, object, check) = kept;
        let changed = object != stem;
        Ok(Collected {
            state: if changed { ItemState::Partial } else { ItemState::Sealed },
            sealed: Some((sealed, object)),
            method,
            check,
            reason: if changed { CHANGED.to_owned() } else { String::new() },
        })
    }

    /// From the first byte to the final name. The inner error says in words why nothing was kept.
    async fn keep<M>(
        &self,
        view: &PackView,
        task: &Task,
        stream: Stream,
        stem: &str,
        mark_now: impl Fn() -> M + Send,
        before: &StateMark,
    ) -> Result<Result<(Sealed, String, String), String>, Retry>
    where
        M: Future<Output = Result<StateMark, crate::ports::EngineError>> + Send,
    {
        let mut sink = match self.vault.begin().await {
            Ok(sink) => sink,
            Err(error) => return Ok(Err(self.vault_trouble(&error))),
        };
        let mut checker = Checker::new(stream.shape);
        let mut count: i64 = 0;
        let mut told = self.now();
        let mut bytes = pin!(stream.bytes);
        while let Some(part) = bytes.next().await {
            let step = match part {
                Err(error) => Err(in_words(&error)),
                Ok(part) => {
                    count += i64::try_from(part.len()).unwrap_or(0);
                    match checker.push(&part) {
                        Err(found) => Err(found),
                        Ok(()) => sink.write(part).await.map_err(|error| self.vault_trouble(&error)),
                    }
                }
            };
            if let Err(reason) = step {
                sink.discard().await;
                return Ok(Err(format!("{reason} Nothing was kept.")));
            }
            if self.now().since(told) >= EVERY {
                told = self.now();
                self.store.progress(&task.id, count, stream.total, told).await?;
                self.tell(Change { kind: "evidence".to_owned(), id: view.pack.incident.to_string(), rev: told.0 });
                failpoint::hit("evidence.mid_stream").await;
                if self.task_state(&view.pack.id, task).await?.is_final() {
                    sink.discard().await;
                    return Ok(Err("Cancelled.".to_owned()));
                }
            }
        }
        failpoint::hit("evidence.after_stream").await;
        self.store.progress(&task.id, count, Some(count), self.now()).await?;
        let check = match checker.finish() {
            Ok(found) => found,
            Err(found) => {
                sink.discard().await;
                return Ok(Err(format!("{found} Nothing was kept.")));
            }
        };
        let same = mark_now().await.is_ok_and(|after| after == *before);
        let object = if same { stem.to_owned() } else { partial(stem) };
        match sink.seal(&object).await {
            Ok(sealed) => Ok(Ok((sealed, object, check))),
            Err(error) => Ok(Err(self.vault_trouble(&error))),
        }
    }

    async fn task_state(&self, pack: &PackId, task: &Task) -> Result<ItemState, Retry> {
        let view = self.store.pack(pack).await?;
        let now = view.and_then(|view| view.tasks.into_iter().find(|known| known.id == task.id));
        Ok(now.map_or(ItemState::Cancelled, |task| task.state))
    }

    fn vault_trouble(&self, error: &VaultError) -> String {
        tracing::error!(%error, "evidence store");
        match error {
            VaultError::Full => "The evidence store is full. Make room, then collect again.".to_owned(),
            VaultError::Exists => "The evidence store holds this name already.".to_owned(),
            VaultError::Missing | VaultError::Io(_) => "The evidence store failed.".to_owned(),
        }
    }

    async fn needs_pause(&self, view: &PackView, task: &Task) -> Result<(), Retry> {
        let now = self.now();
        let event = about(view, now, codes::EVIDENCE_CONCLUDED)
            .target("evidence", &task.id)
            .fact("kind", task.kind.word())
            .fact("state", ItemState::NeedsPause.word())
            .fact("reason", NEEDS_PAUSE);
        let op = Op::SetTask {
            task: task.id.clone(),
            from: vec![ItemState::Queued, ItemState::Collecting, ItemState::Verifying],
            to: ItemState::NeedsPause,
            note: NEEDS_PAUSE.to_owned(),
            at: now,
        };
        self.try_commit(Changeset::new(event).with(op)).await?;
        Ok(())
    }

    async fn attempt_item(&self, view: &PackView, task: &Task) -> Result<(), Retry> {
        let now = self.now();
        let event = about(view, now, codes::EVIDENCE_ATTEMPTED)
            .outcome(EventOutcome::Attempted)
            .target("evidence", &task.id)
            .fact("kind", task.kind.word());
        let op = Op::SetTask {
            task: task.id.clone(),
            from: vec![ItemState::Queued, ItemState::Collecting, ItemState::Verifying],
            to: ItemState::Collecting,
            note: String::new(),
            at: now,
        };
        self.try_commit(Changeset::new(event).with(op)).await?;
        Ok(())
    }

    async fn conclude_item(
        &self,
        view: &PackView,
        task: &Task,
        collected: Collected,
        started_at: quell_domain::Timestamp,
    ) -> Result<(), Retry> {
        let now = self.now();
        if self.task_state(&view.pack.id, task).await?.is_final() {
            return Ok(());
        }
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
                sha256,
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
        let set = Op::SetTask {
            task: task.id.clone(),
            from: vec![ItemState::Collecting, ItemState::Verifying],
            to: item.state,
            note,
            at: now,
        };
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

const CHANGED: &str = "The container changed while it was read: the bytes are whole, but not of one moment.";
const NEEDS_PAUSE: &str = "Pause the container first; then collect the image.";

fn partial(stem: &str) -> String {
    match stem.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/partial-{file}"),
        None => format!("partial-{stem}"),
    }
}

fn about(view: &PackView, now: quell_domain::Timestamp, code: &str) -> Event {
    Event::new(now, Actor::system("collector"), code).incident(&view.pack.incident)
}
