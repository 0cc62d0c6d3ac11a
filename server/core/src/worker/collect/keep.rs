//! One item from its first byte to its final name: checked and hashed while it flows, kept whole or not at all.

use std::pin::pin;

use bytes::Bytes;
use futures::StreamExt;
use quell_domain::{
    evidence::{ItemState, Task},
    node::Node,
    text,
    time::SECOND,
    view::PackRow,
};

use super::Retry;
use crate::{
    Portal, failpoint,
    ports::{EngineError, ReadError, Sealed, Shape, Sink, StateMark, Stream, VaultError},
    shape::{Checker, Found},
    usecase::nodes::in_words,
};

/// How often progress is written down, microseconds.
const EVERY: i64 = SECOND / 2;
const CHANGED: &str = "The container changed while it was read: the bytes are whole, but not of one moment.";
const UNKNOWN: &str =
    "The bytes are whole, but the container changed while they were read, or the engine did not give all.";
const RAN: &str = "read while the container was running, so files may be of different moments";

/// What is to be kept, of what, under which name.
pub(super) struct Errand<'a> {
    pub view: &'a PackRow,
    pub task: &'a Task,
    pub node: &'a Node,
    /// The container before the first byte.
    pub before: &'a StateMark,
}

/// What became of an item.
pub(super) struct Collected {
    pub state: ItemState,
    /// Size and hash, and the final name.
    pub sealed: Option<(Sealed, String)>,
    pub method: String,
    pub check: String,
    pub reason: String,
}

impl Collected {
    pub(super) fn failed(method: impl Into<String>, reason: impl Into<String>) -> Self {
        let (method, reason) = (method.into(), reason.into());
        Self { state: ItemState::Failed, sealed: None, method, check: String::new(), reason }
    }

    /// Sealed, or partial when there is a reason.
    fn kept(method: String, kept: (Sealed, String), check: String, reason: Option<String>) -> Self {
        let state = if reason.is_none() { ItemState::Sealed } else { ItemState::Partial };
        Self { state, sealed: Some(kept), method, check, reason: reason.unwrap_or_default() }
    }
}

/// Why there are no kept bytes.
enum Stop {
    /// For the record.
    NotKept(String),
    /// The database failed: the whole item is tried again later.
    Later(ReadError),
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::NotKept(format!("{} Nothing was kept.", in_words(&error)))
    }
}

impl From<VaultError> for Stop {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "evidence store");
        Self::NotKept(match error {
            VaultError::Full => "The evidence store is full. Make room, then collect again.".to_owned(),
            VaultError::Exists => "The evidence store holds this name already.".to_owned(),
            VaultError::Missing | VaultError::Io(_) => "The evidence store failed.".to_owned(),
        })
    }
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        Self::Later(error)
    }
}

impl Portal {
    /// Bytes that got their final name, and whose item was not concluded: a crash, or a cancellation, came in between.
    pub(super) async fn left_over(&self, view: &PackRow, task: &Task) -> Result<Option<Collected>, Retry> {
        for whole in [true, false] {
            let object = final_name(view, task, whole);
            let found = self.vault.check(&object).await.map_err(|error| Retry::NoAnswer(error.to_string()))?;
            if let Some(sealed) = found {
                let method = "found complete when the collection was taken up again".to_owned();
                let check = "checked before it got its name; hashed anew now".to_owned();
                let reason = (!whole).then(|| UNKNOWN.to_owned());
                return Ok(Some(Collected::kept(method, (sealed, object), check, reason)));
            }
        }
        Ok(None)
    }

    /// Reads an item from the engine and keeps it.
    pub(super) async fn stream_item(&self, errand: &Errand<'_>) -> Result<Collected, Retry> {
        let Errand { view, task, node, .. } = errand;
        let container = &view.pack.facts.container;
        let asked = self.engines.evidence(node, container, task.kind, view.pack.id.as_str()).await;
        let Stream { method, total, shape, bytes } = match asked {
            Ok(stream) => stream,
            Err(error) => return Ok(Collected::failed("", in_words(&error))),
        };
        let method = match &node.facts {
            Some(facts) => format!("{method}, engine {}", facts.version),
            None => method,
        };
        let mut sink = match self.vault.begin().await {
            Ok(sink) => sink,
            Err(error) => return not_kept(method, error.into()),
        };
        let Found { words: check, lacks } = match self.pour(errand, bytes, shape, total, sink.as_mut()).await {
            Ok(found) => found,
            Err(stop) => {
                sink.discard().await;
                return not_kept(method, stop);
            }
        };
        failpoint::hit("evidence.after_stream").await;
        let after = self.engines.mark(node, container).await;
        let changed = (!after.is_ok_and(|after| after == *errand.before)).then(|| CHANGED.to_owned());
        let reason = lacks.or(changed);
        let check = if errand.before.state.holds_still() { check } else { format!("{check}; {RAN}") };
        let object = final_name(view, task, reason.is_none());
        match sink.seal(&object).await {
            Ok(sealed) => Ok(Collected::kept(method, (sealed, object), check, reason)),
            Err(error) => not_kept(method, error.into()),
        }
    }

    /// Every byte from the engine through the checker into the sink; says what the checker found at the end.
    async fn pour(
        &self,
        errand: &Errand<'_>,
        bytes: impl futures::Stream<Item = Result<Bytes, EngineError>> + Send,
        shape: Shape,
        total: Option<i64>,
        sink: &mut dyn Sink,
    ) -> Result<Found, Stop> {
        let mut checker = Checker::new(shape);
        let mut count: i64 = 0;
        let mut told = self.now();
        let mut bytes = pin!(bytes);
        while let Some(part) = bytes.next().await {
            let part = part?;
            count += i64::try_from(part.len()).unwrap_or(0);
            if count > self.settings.max_item_bytes {
                return Err(too_long(self.settings.max_item_bytes));
            }
            checker.push(&part).map_err(|found| broken(&found))?;
            sink.write(part).await?;
            let now = self.now();
            // Either way: the clock may have been set back since.
            if now.since(told).abs() >= EVERY {
                told = now;
                self.store.progress(&errand.task.id, count, total, now).await?;
                self.unless_cancelled(errand).await?;
                failpoint::hit("evidence.mid_stream").await;
            }
        }
        self.store.checking(&errand.task.id, count, self.now()).await?;
        self.unless_cancelled(errand).await?;
        checker.finish().map_err(|found| broken(&found))
    }

    async fn unless_cancelled(&self, errand: &Errand<'_>) -> Result<(), Stop> {
        if self.task_state(&errand.view.pack.id, errand.task).await?.is_final() {
            return Err(Stop::NotKept("Cancelled.".to_owned()));
        }
        Ok(())
    }
}

/// It says whether the bytes are of one moment, so that a restart after a crash still knows.
fn final_name(view: &PackRow, task: &Task, whole: bool) -> String {
    let prefix = if whole { "" } else { "partial-" };
    format!("{}/{prefix}{}", view.pack.id, task.kind.file_name())
}

fn too_long(most: i64) -> Stop {
    let most = text::bytes(most);
    Stop::NotKept(format!(
        "It is longer than {most}, the most that is kept of one item (evidence.max_item_bytes). Nothing was kept."
    ))
}

fn broken(found: &str) -> Stop {
    Stop::NotKept(format!("{found} Nothing was kept."))
}

fn not_kept(method: String, stop: Stop) -> Result<Collected, Retry> {
    match stop {
        Stop::NotKept(reason) => Ok(Collected::failed(method, reason)),
        Stop::Later(error) => Err(error.into()),
    }
}
