//! Taking alarms in: find the source by its token, read the payload, and answer only after the commit.
//!
//! Requests that wait at the same time are committed together: one transaction, one audit event, many answers.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, RwLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use quell_domain::{
    Changeset, Code, Problem,
    alarm::{Alarm, DeadLetter},
    audit::{Actor, Event, codes},
    changeset::Op,
    ids::Digest,
    source::Source,
    text,
};
pub use quell_intake::MAX_BODY;
use quell_intake::{Delivery, Format, MAX_INFLATED};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::{Portal, failpoint, ids};

/// Requests that may wait for a commit; beyond, senders wait for a place.
const WAITING: usize = 4_096;
/// Alarms and dead letters in one transaction, about.
const TOGETHER: usize = 1_000;
/// Payload held in memory at the same time, in kilobytes, inflated: beyond, senders wait.
const BYTES: usize = 96 * 1024;
/// Parts of one request that are kept one by one as dead letters; the rest are only counted.
const LETTERS: usize = 100;
/// Longest pause before a commit, for more requests to come into it.
const LINGER: Duration = Duration::from_millis(2);
/// How long a found source is trusted without asking the database again, for other portals' revocations.
const TRUST: Duration = Duration::from_secs(1);

/// One request's alarms, waiting.
struct Waiting {
    source: String,
    alarms: Vec<Alarm>,
    dead_letters: Vec<DeadLetter>,
    raw: Digest,
    /// Its share of [`BYTES`], given back after the commit.
    _share: OwnedSemaphorePermit,
    done: oneshot::Sender<Result<(), Problem>>,
}

impl Waiting {
    fn rows(&self) -> usize {
        self.alarms.len() + self.dead_letters.len()
    }
}

/// The queue in front of the commit, and the sources seen lately.
pub(crate) struct Intake {
    sender: mpsc::Sender<Waiting>,
    receiver: Mutex<Option<mpsc::Receiver<Waiting>>>,
    sources: RwLock<HashMap<Digest, (Source, Instant)>>,
    bytes: Arc<Semaphore>,
}

impl Default for Intake {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(Some(receiver)),
            sources: RwLock::default(),
            bytes: Arc::new(Semaphore::new(BYTES)),
        }
    }
}

impl Intake {
    pub(crate) fn forget_sources(&self) {
        if let Ok(mut sources) = self.sources.write() {
            sources.clear();
        }
    }

    /// Room in memory for a request's payload; waits while others hold it.
    async fn share(&self, body: &Bytes) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.bytes).acquire_many_owned(kilobytes(body)).await.ok()
    }

    fn seen(&self, token: &Digest) -> Option<Source> {
        let sources = self.sources.read().ok()?;
        sources.get(token).filter(|(_, at)| at.elapsed() < TRUST).map(|(source, _)| source.clone())
    }

    fn remember(&self, token: Digest, source: &Source) {
        if let Ok(mut sources) = self.sources.write() {
            sources.insert(token, (source.clone(), Instant::now()));
        }
    }
}

/// The commit before, which says whether it is worth waiting a moment before the next.
///
/// Senders that were just answered send again at once. Without a pause the next commit takes only those that waited
/// meanwhile, and from then on senders come in two halves, each waiting for the flush of the other.
#[derive(Default)]
struct Last {
    /// What waiting may cost: a quarter of its own time, which is mostly the disk's.
    pause: Duration,
    /// Requests it answered, and those that waited when it was done.
    senders: usize,
}

/// What a request brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Findings read, known ones too.
    pub alarms: usize,
    /// Parts that could not be read and were kept for the admins.
    pub dead_letters: usize,
}

impl Portal {
    /// Takes one request of a detector. `kind` is the path's word for the format, or empty for detection.
    /// Returns only when everything is durable.
    ///
    /// # Errors
    /// Not found for a token that is unknown, revoked, or of another kind; too large; unavailable.
    pub async fn receive(
        &self,
        kind: &str,
        token: &str,
        content_type: Option<&str>,
        content_encoding: Option<&str>,
        body: Bytes,
    ) -> Result<Received, Problem> {
        let source = self.source_of(kind, token).await?;
        let stopping = || Problem::new(Code::Unavailable, "The portal is stopping. Send it again.");
        let share = self.intake.share(&body).await.ok_or_else(stopping)?;
        let delivery = Delivery {
            format: if kind.is_empty() { Format::Detect } else { Format::from_word(kind).unwrap_or(Format::Detect) },
            content_type,
            content_encoding,
            body: &body,
            received_at: self.now(),
            source: source.id.clone(),
            default_node: source.default_node.as_ref().map(ToString::to_string),
        };
        let mut batch = quell_intake::read(&delivery, &mut ids::mint)?;
        cut_letters(&mut batch.dead_letters);
        for health in &batch.health {
            tracing::warn!(source = %source.name, node = health.node.as_deref().unwrap_or("?"), message = ?health.message, "sensor health");
        }
        if let Some(health) = batch.health.last() {
            let node = health.node.as_ref().map(|node| format!("{node}: ")).unwrap_or_default();
            let words = text::cut(&format!("{node}{}", health.message), 300);
            self.store.sensor_said(&source.id, &words, self.now()).await?;
        }
        let received = Received { alarms: batch.alarms.len(), dead_letters: batch.dead_letters.len() };
        if received.alarms + received.dead_letters == 0 {
            return Ok(received);
        }
        let (done, answer) = oneshot::channel();
        let waiting = Waiting {
            source: source.name,
            alarms: batch.alarms,
            dead_letters: batch.dead_letters,
            raw: Digest::of(&body),
            _share: share,
            done,
        };
        self.intake.sender.send(waiting).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())??;
        Ok(received)
    }

    /// Is there a source with this token? Asked before a body is read, so that strangers cannot make us hold any.
    ///
    /// # Errors
    /// Not found for a token that is unknown, revoked, or of another kind.
    pub async fn must_know_source(&self, kind: &str, token: &str) -> Result<(), Problem> {
        self.source_of(kind, token).await.map(drop)
    }

    async fn source_of(&self, kind: &str, token: &str) -> Result<Source, Problem> {
        // The hash is what is looked up: comparing takes the same time whatever the token is.
        let hash = Digest::of(token.as_bytes());
        if let Some(source) = self.intake.seen(&hash)
            && (kind.is_empty() || kind == source.kind.word())
        {
            return Ok(source);
        }
        let found = self.store.source_by_token(&hash).await?;
        let source = found
            .filter(|source| kind.is_empty() || kind == source.kind.word())
            .ok_or_else(|| Problem::not_found("alarm source"))?;
        self.intake.remember(hash, &source);
        Ok(source)
    }

    /// The one loop that commits what waits. Ends when `shutdown` turns true and nothing waits any more.
    pub async fn run_intake(self: Arc<Self>, mut shutdown: watch::Receiver<bool>) {
        let receiver = self.intake.receiver.lock().ok().and_then(|mut slot| slot.take());
        let Some(mut receiver) = receiver else { return };
        let mut last = Last::default();
        loop {
            let first = tokio::select! {
                biased;
                first = receiver.recv() => first,
                _ = shutdown.wait_for(|stop| *stop) => receiver.try_recv().ok(),
            };
            let Some(first) = first else { return };
            let mut rows = first.rows();
            let mut together = vec![first];
            let patience = tokio::time::sleep(last.pause);
            tokio::pin!(patience);
            while rows < TOGETHER {
                let next = match receiver.try_recv() {
                    Ok(next) => next,
                    Err(_) if together.len() >= last.senders => break,
                    Err(_) => tokio::select! {
                        biased;
                        Some(next) = receiver.recv() => next,
                        () = &mut patience => break,
                    },
                };
                rows += next.rows();
                together.push(next);
            }
            let answered = together.len();
            let begun = Instant::now();
            self.commit_together(together).await;
            last = Last { pause: LINGER.min(begun.elapsed() / 4), senders: answered + receiver.len() };
        }
    }

    async fn commit_together(&self, together: Vec<Waiting>) {
        let mut alarms = Vec::new();
        let mut dead_letters = Vec::new();
        let mut senders = Vec::with_capacity(together.len());
        let mut sources: BTreeMap<String, i64> = BTreeMap::new();
        let mut digests = String::new();
        for waiting in together {
            *sources.entry(waiting.source).or_default() += 1;
            digests.push_str(waiting.raw.as_str());
            alarms.extend(waiting.alarms);
            dead_letters.extend(waiting.dead_letters);
            senders.push(waiting.done);
        }
        let event = Event::new(self.now(), Actor::system("intake"), codes::ALARMS_RECEIVED)
            .fact("dead_letters", dead_letters.len())
            .fact("sources", serde_json::json!(sources))
            .fact("raw", Digest::of(digests.as_bytes()).to_string());
        let mut changes = Changeset::new(event).with(Op::AddAlarms(alarms));
        if !dead_letters.is_empty() {
            changes = changes.with(Op::AddDeadLetters(dead_letters));
        }
        failpoint::hit("intake.before_commit").await;
        let answer = self.commit(changes).await.map(drop);
        failpoint::hit("intake.after_commit").await;
        for sender in senders {
            // A sender that went away will send again; the dedupe key makes that harmless.
            let _ = sender.send(answer.clone());
        }
    }
}

/// What a body may take in memory: a compressed one, as much as any may become.
fn kilobytes(body: &Bytes) -> u32 {
    let packed = body.starts_with(&[0x1f, 0x8b]);
    let bytes = if packed { MAX_INFLATED } else { body.len().min(MAX_BODY) };
    u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX)
}

/// A request of thousands of unreadable parts must not become thousands of rows.
fn cut_letters(letters: &mut Vec<DeadLetter>) {
    let more = letters.len().saturating_sub(LETTERS);
    letters.truncate(LETTERS);
    if let Some(last) = letters.last_mut().filter(|_| more > 0) {
        last.reason =
            format!("{} And {more} more parts of this request that could not be read were not kept.", last.reason);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use quell_domain::{
        Timestamp,
        ids::{DeadLetterId, SourceId},
    };

    use super::*;

    #[test]
    fn payloads_in_memory_are_bounded() {
        let intake = Intake::default();
        let bomb = Bytes::from_static(&[0x1f, 0x8b, 8, 0]);
        let mut held = Vec::new();
        while let Some(share) = intake.share(&bomb).now_or_never() {
            held.push(share.expect("open"));
        }
        assert_eq!(held.len(), BYTES / (MAX_INFLATED / 1024 + 1), "as large as it may become");
        assert!(intake.share(&Bytes::from(vec![b' '; MAX_BODY])).now_or_never().is_some(), "what is plain still fits");
        held.pop();
        assert!(intake.share(&bomb).now_or_never().is_some(), "given back");
    }

    #[test]
    fn one_request_leaves_few_dead_letters() {
        let letter = |n: usize| DeadLetter {
            id: DeadLetterId::new(n.to_string()),
            source: SourceId::new("s"),
            received_at: Timestamp(0),
            reason: "No.".to_owned(),
            raw: Vec::new(),
        };
        let mut letters: Vec<DeadLetter> = (0..LETTERS + 7).map(letter).collect();
        cut_letters(&mut letters);
        assert_eq!(letters.len(), LETTERS);
        assert_eq!(
            letters[LETTERS - 1].reason,
            "No. And 7 more parts of this request that could not be read were not kept."
        );
        letters.truncate(3);
        cut_letters(&mut letters);
        assert!(letters.iter().all(|letter| letter.reason == "No."));
    }
}
