//! Evidence: packs, the items in them, and the custody of each item.

use serde::{Deserialize, Serialize};

use crate::{
    action::ContainerFacts,
    audit::Actor,
    ids::{Digest, EvidenceId, IncidentId, NodeId, PackId, PersonId},
    time::Timestamp,
};

crate::words! {
    /// What can be kept, in the order of collection: the most volatile and least intrusive first
    /// (security-and-forensics, section 3.3). None of them changes the container's state.
    ItemKind {
        /// The engine's description of the container, byte for byte.
        Inspect = "inspect", "Inspect output";
        /// The engine's description of itself.
        Engine = "engine", "Engine facts";
        /// Processes, listed by the node, not by programs of the container.
        Top = "top", "Process list";
        /// Networks, counters and, where the portal can see them, open sockets and routes.
        Network = "network", "Network state";
        /// Paths that differ from the image. A hint: it misses edits that restored size and time.
        Diff = "diff", "Changed paths";
        /// What the container wrote to its log, as the engine streams it.
        Logs = "logs", "Logs";
        /// The whole merged file system as a tar archive. Primary evidence.
        RootFs = "rootfs", "Root file system";
        /// The container committed as an image and saved. Needs a paused or ended container.
        Image = "image", "Container image";
    }
}

impl ItemKind {
    /// Name of the kept file inside its pack.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Inspect => "1-inspect.json",
            Self::Engine => "2-engine.json",
            Self::Top => "3-top.json",
            Self::Network => "4-network.json",
            Self::Diff => "5-diff.json",
            Self::Logs => "6-logs.bin",
            Self::RootFs => "7-rootfs.tar",
            Self::Image => "8-image.tar",
        }
    }

    /// What it holds and what it cannot hold, for people.
    #[must_use]
    pub fn explains(self) -> &'static str {
        match self {
            Self::Inspect => {
                "Configuration, mounts and environment as the engine gives them, before anything is changed."
            }
            Self::Engine => "Version, storage driver and settings of the engine that answered.",
            Self::Top => "Process ids are the node's. Hidden threads, memory and open files are not in it.",
            Self::Network => {
                "Networks and counters as the engine gives them. Open sockets and routes only where the engine runs beside the portal."
            }
            Self::Diff => {
                "A hint only: an edit that restored size and time is not listed. Compare with the root file system."
            }
            Self::Logs => "Standard output and error of the first process, framed as the engine streams them.",
            Self::RootFs => "All files as the container sees them. Not in it: volumes, tmpfs, memory.",
            Self::Image => "All layers with the changes on top, for loading on an analysis node.",
        }
    }
}

crate::words! {
    /// Where an item stands (design, section 5).
    ItemState {
        /// Will be collected.
        Queued = "queued", "Queued";
        /// Bytes are flowing.
        Collecting = "collecting", "Collecting";
        /// All bytes are here; structure and hash are checked.
        Verifying = "verifying", "Checking";
        /// Kept, whole and checked.
        Sealed = "sealed", "Sealed";
        /// Kept, but not all of it, or of more than one moment; the reason says which. Use with care.
        Partial = "partial", "Partly kept";
        /// Not kept.
        Failed = "failed", "Failed";
        /// Not collected, as somebody asked.
        Cancelled = "cancelled", "Cancelled";
        /// Not collected: the container must be paused first, and that is a person's decision.
        NeedsPause = "needs_pause", "Needs a pause";
    }
}

impl ItemState {
    /// Something is still going to happen.
    pub const OPEN: &'static [Self] = &[Self::Queued, Self::Collecting, Self::Verifying];

    /// Will nothing more happen?
    #[must_use]
    pub fn is_final(self) -> bool {
        !Self::OPEN.contains(&self)
    }
}

/// One request to keep evidence of one container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Ours.
    pub id: PackId,
    /// For which incident.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub incident: IncidentId,
    /// On which node.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub node: NodeId,
    /// Of exactly this container.
    pub facts: ContainerFacts,
    /// Who asked.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub requester: PersonId,
    /// Their name at the time.
    pub requester_name: String,
    /// When.
    pub created_at: Timestamp,
    /// When the last item was concluded.
    pub done_at: Option<Timestamp>,
}

/// One item of a pack while it is being worked on; what is finally kept is an [`Item`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Ours; the [`Item`] made of it has the same id.
    pub id: EvidenceId,
    /// Its pack.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub pack: PackId,
    /// What.
    pub kind: ItemKind,
    /// Where it stands.
    pub state: ItemState,
    /// Bytes received so far.
    pub bytes: i64,
    /// Bytes expected, when known.
    pub total: Option<i64>,
    /// When `attempted` was durable.
    pub started_at: Option<Timestamp>,
    /// When bytes were last seen.
    pub heartbeat_at: Option<Timestamp>,
    /// One sentence for people.
    pub note: String,
}

/// One concluded item. Never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The task's id.
    pub id: EvidenceId,
    /// Its pack.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub pack: PackId,
    /// Its incident.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub incident: IncidentId,
    /// What.
    pub kind: ItemKind,
    /// `sealed`, `partial` or `failed`.
    pub state: ItemState,
    /// Bytes kept; 0 when nothing is.
    pub size: i64,
    /// Of the kept bytes; none when nothing is.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub sha256: Option<Digest>,
    /// Its name in the evidence store; none when nothing is kept.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub object: Option<String>,
    /// The engine call it came from, with the engine's version.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub method: String,
    /// When collection began.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub started_at: Timestamp,
    /// When it ended.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub ended_at: Timestamp,
    /// What the structural check found, in words.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub check: String,
    /// Why it is not sealed; empty when it is.
    pub reason: String,
}

/// One step in the custody of an item. Never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyStep {
    /// Which item.
    pub item: EvidenceId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// `sealed`, `downloaded`, `found altered`, `found missing`.
    pub what: String,
    /// The hash at that moment; none when the bytes were missing.
    pub sha256: Option<Digest>,
}
