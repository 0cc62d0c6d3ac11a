//! Asking for evidence, looking at it and taking it away. Collecting itself is a job: see [`crate::worker`].

use std::sync::Arc;

use futures::{FutureExt as _, TryStreamExt as _};
use quell_domain::{
    Changeset, Code, Problem,
    audit::{Actor, Event, EventOutcome, codes},
    changeset::Op,
    evidence::{CustodyStep, Item, ItemKind, ItemState, Pack, Task},
    ids::{Digest, EvidenceId, JobId, PackId},
    job::{JobKind, NewJob},
    policy::Permission,
    view::EvidencePage,
};

use crate::{
    Portal,
    checked::checked,
    failpoint,
    grant::{Grant, may},
    ids, mask,
    ports::{ByteStream, CommitError, Thing, VaultError, unavailable},
};

/// Items up to this many bytes are previewed as text.
const PREVIEW: i64 = 256 * 1024;

/// A kept item on its way out.
pub struct Download {
    /// The item.
    pub item: Item,
    /// `INC-12-1-inspect.json`.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// The bytes.
    pub bytes: ByteStream,
}

impl Portal {
    /// Starts the collection of all items, or of one kind. Never changes the container's state.
    ///
    /// # Errors
    /// Conflict when a collection is under way or the container is not surely known.
    pub async fn collect_evidence(
        &self,
        grant: Grant<may::CollectEvidence>,
        number: i64,
        only: Option<ItemKind>,
    ) -> Result<(), Problem> {
        let incident = self.known_incident(number).await?;
        incident.may_change().map_err(Problem::conflict)?;
        let container = self.target_container(&incident).await.map_err(Problem::undone)?;
        let requester = grant.only_person("collect evidence")?;
        let node = incident.target_node().cloned().ok_or_else(|| Problem::not_found("node"))?;
        let now = self.now();
        let pack = Pack {
            id: PackId::new(ids::mint()),
            incident: incident.id.clone(),
            node,
            facts: container.facts,
            requester,
            requester_name: grant.name.clone(),
            created_at: now,
            done_at: None,
        };
        let kinds: Vec<ItemKind> = only.map_or_else(|| ItemKind::ALL.to_vec(), |kind| vec![kind]);
        let event = Event::new(now, grant.actor(), codes::EVIDENCE_REQUESTED)
            .incident(&incident.id)
            .target("pack", &pack.id)
            .fact("container", pack.facts.container.to_string())
            .fact("items", kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" "));
        let job = NewJob {
            id: JobId::new(ids::mint()),
            kind: JobKind::CollectEvidence,
            subject: pack.id.to_string(),
            incident: Some(incident.id),
            due_at: now,
        };
        let tasks = kinds.into_iter().map(|kind| task(&pack.id, kind)).collect();
        let changes = Changeset::new(event)
            .with(Op::ExpectOpen(pack.incident.clone()))
            .with(Op::AddPack(pack, tasks))
            .with(Op::AddJob(job));
        match self.try_commit(changes).await {
            Ok(_) => {
                failpoint::hit("evidence.after_request").await;
                Ok(())
            }
            Err(CommitError::Conflict(Thing::Incident)) => Err(Problem::conflict("This incident is closed.")),
            Err(CommitError::Duplicate(_)) => Err(Problem::conflict("Evidence is being collected already.")),
            Err(error) => Err(error.into()),
        }
    }

    /// Stops a collection: what is sealed stays, what is flowing is dropped, what waits is not begun.
    ///
    /// # Errors
    /// Not found; conflict when it ended already.
    pub async fn cancel_evidence(&self, grant: Grant<may::CollectEvidence>, pack: PackId) -> Result<(), Problem> {
        let view = self.store.pack(&pack).await?.ok_or_else(|| Problem::not_found("pack"))?;
        let now = self.now();
        let open: Vec<&Task> = view.tasks.iter().filter(|task| !task.state.is_final()).collect();
        if open.is_empty() {
            return Err(Problem::conflict("The collection has ended already."));
        }
        let note = format!("Cancelled by {}.", grant.actor().name);
        let event = Event::new(now, grant.actor(), codes::EVIDENCE_CANCELLED)
            .incident(&view.pack.incident)
            .target("pack", &pack)
            .fact("items", i64::try_from(open.len()).unwrap_or_default());
        let ops = open.into_iter().map(|task| Op::SetTask {
            task: task.id.clone(),
            from: ItemState::OPEN.to_vec(),
            to: ItemState::Cancelled,
            note: note.clone(),
            at: now,
        });
        self.commit(Changeset::new(event).with_all(ops)).await.map(drop)
    }

    /// One concluded item with its custody, and a preview of small texts with secrets masked.
    ///
    /// # Errors
    /// Not found.
    pub async fn evidence_item(
        &self,
        grant: Grant<may::ReadIncidents>,
        id: EvidenceId,
    ) -> Result<EvidencePage, Problem> {
        let (item, pack) = self.known_item(&id).await?;
        let incident = self.store.incident(&pack.incident).await?;
        let preview = self.preview(&item).await.unwrap_or_else(|error| {
            tracing::warn!(item = %item.id, %error, "preview");
            String::new()
        });
        Ok(EvidencePage {
            incident: incident.ok_or_else(|| Problem::not_found("incident"))?,
            custody: self.store.custody_of(&id).await?,
            can_download: grant.can(Permission::ReadEvidence),
            preview,
            item,
            pack,
        })
    }

    async fn known_item(&self, id: &EvidenceId) -> Result<(Item, Pack), Problem> {
        let found = self.store.item(id).await?;
        found.ok_or_else(|| Problem::not_found("evidence item"))
    }

    async fn preview(&self, item: &Item) -> Result<String, VaultError> {
        let text = matches!(
            item.kind,
            ItemKind::Inspect | ItemKind::Engine | ItemKind::Top | ItemKind::Network | ItemKind::Diff
        );
        let Some(object) = item.object.as_deref().filter(|_| text && item.size <= PREVIEW) else {
            return Ok(String::new());
        };
        let (_, bytes) = self.vault.open(object).await?;
        let bytes: Vec<u8> = bytes
            .try_fold(Vec::new(), |mut all, part| async move {
                all.extend_from_slice(&part);
                Ok(all)
            })
            .await?;
        Ok(mask::preview(&bytes))
    }

    /// Opens a kept item for download; recorded in its custody before the first byte goes out. The bytes are hashed
    /// again on their way: when they are not the sealed ones, they do not come out whole, and the record says so.
    ///
    /// # Errors
    /// Not found when nothing was kept; unavailable when the evidence store cannot give it.
    pub async fn download(
        self: &Arc<Self>,
        grant: Grant<may::ReadEvidence>,
        id: EvidenceId,
    ) -> Result<Download, Problem> {
        let Kept { item, object, sha256, file_name } = self.kept(&id).await?;
        let (size, bytes) = match self.vault.open(&object).await {
            Ok(opened) => opened,
            Err(VaultError::Missing) => return Err(self.altered(&item, None).await?),
            Err(error) => return Err(withheld(&error)),
        };
        if i64::try_from(size) != Ok(item.size) {
            let found = self.vault.check(&object).await.map_err(|error| withheld(&error))?;
            return Err(self.altered(&item, found.map(|found| found.sha256)).await?);
        }
        let now = self.now();
        let event = about(&item, Event::new(now, grant.actor(), codes::EVIDENCE_DOWNLOADED));
        let what = "downloaded".to_owned();
        let step =
            CustodyStep { item: item.id.clone(), at: now, actor: grant.actor(), what, sha256: Some(sha256.clone()) };
        self.commit(Changeset::new(event).with(Op::AddCustody(step))).await?;
        let (portal, altered) = (Arc::clone(self), item.clone());
        let differs = move |found| {
            async move {
                if let Err(problem) = portal.altered(&altered, Some(found)).await {
                    tracing::error!(item = %altered.id, %problem, "altered evidence cannot be recorded");
                }
            }
            .boxed()
        };
        Ok(Download { item, file_name, size, bytes: checked(bytes, sha256, Box::new(differs)) })
    }

    /// What a download would give, to be looked at and not read: leaves no trace.
    ///
    /// # Errors
    /// As [`Self::download`].
    pub async fn download_head(&self, _grant: Grant<may::ReadEvidence>, id: EvidenceId) -> Result<Download, Problem> {
        let Kept { item, object, file_name, .. } = self.kept(&id).await?;
        let (size, bytes) = self.vault.open(&object).await.map_err(|error| withheld(&error))?;
        Ok(Download { item, file_name, size, bytes })
    }

    async fn kept(&self, id: &EvidenceId) -> Result<Kept, Problem> {
        let (item, pack) = self.known_item(id).await?;
        let (Some(object), Some(sha256)) = (item.object.clone(), item.sha256.clone()) else {
            return Err(Problem::new(Code::NotFound, "Nothing was kept of this item."));
        };
        let incident = self.store.incident(&pack.incident).await?;
        let label = incident.map(|incident| incident.label()).unwrap_or_default();
        let partial = if item.state == ItemState::Partial { "partial-" } else { "" };
        let file_name = format!("{label}-{partial}{}", item.kind.file_name());
        Ok(Kept { item, object, sha256, file_name })
    }

    /// Records that the evidence store holds other bytes than those that were sealed, or none, and says so to whoever
    /// wanted them.
    async fn altered(&self, item: &Item, found: Option<Digest>) -> Result<Problem, Problem> {
        let now = self.now();
        let actor = Actor::system("download");
        let event = about(item, Event::new(now, actor.clone(), codes::EVIDENCE_ALTERED))
            .outcome(EventOutcome::Failed)
            .fact("found", found.as_ref().map_or("missing", Digest::as_str));
        let (what, problem) = match found {
            Some(_) => ("found altered", "The kept bytes are not those that were sealed."),
            None => ("found missing", "The kept bytes are missing in the evidence store."),
        };
        let what = what.to_owned();
        let step = CustodyStep { item: item.id.clone(), at: now, actor, what, sha256: found };
        self.commit(Changeset::new(event).with(Op::AddCustody(step))).await?;
        let text = format!("{problem} This was recorded. Use a copy that was downloaded before, or collect it again.");
        Ok(Problem::new(Code::Unavailable, text))
    }
}

fn withheld(error: &VaultError) -> Problem {
    unavailable("the evidence store cannot give this item", error)
}

/// A concluded item of which something was kept.
struct Kept {
    item: Item,
    object: String,
    sha256: Digest,
    file_name: String,
}

/// The event with what identifies an item and its bytes.
fn about(item: &Item, event: Event) -> Event {
    let sealed = item.sha256.as_ref().map(ToString::to_string).unwrap_or_default();
    event.incident(&item.incident).target("evidence", &item.id).fact("kind", item.kind.word()).fact("sha256", sealed)
}

fn task(pack: &PackId, kind: ItemKind) -> Task {
    Task {
        id: EvidenceId::new(ids::mint()),
        pack: pack.clone(),
        kind,
        state: ItemState::Queued,
        bytes: 0,
        total: None,
        started_at: None,
        heartbeat_at: None,
        note: String::new(),
    }
}
