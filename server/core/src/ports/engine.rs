//! The container engine, as verbs. There is no verb that stops, restarts, removes, prunes, executes or uploads:
//! what does not exist cannot be called by mistake or by an attacker (security-and-forensics, section 2, check 55).

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use quell_domain::{
    Timestamp,
    action::{Attachment, Container, RunState},
    evidence::ItemKind,
    ids::ContainerId,
    node::{Access, EngineFacts, Node},
};

/// Why an engine did not do or tell something.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It knows no such container.
    #[error("the engine knows no such container")]
    NotFound,
    /// It answered and said no. Its words may hold attacker text.
    #[error("the engine refused ({status}): {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words.
        message: String,
    },
    /// Something that the node's form names stands in the way: a file, a key, a certificate, the place itself. Nothing
    /// was sent.
    #[error("{field}: {words} ({cause})")]
    Barred {
        /// The field of the form.
        field: &'static str,
        /// What is wrong, for people. Holds nothing of a file and nothing that the other side said.
        words: String,
        /// For the log.
        cause: String,
    },
    /// Another engine than the node's answers. It was asked for its id and for nothing that changes anything.
    #[error("another engine answers")]
    Stranger,
    /// It could not be reached: nothing was sent.
    #[error("the engine cannot be reached: {0}")]
    Unreachable(String),
    /// Something was sent and no whole answer came back: what happened is unknown.
    #[error("the engine gave no answer: {0}")]
    NoAnswer(String),
    /// It answered something that cannot be understood.
    #[error("the engine's answer cannot be read: {0}")]
    Garbled(String),
}

/// A container in the engine's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerBrief {
    /// Full id.
    pub id: ContainerId,
    /// Name without the leading slash.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// What it is doing.
    pub state: RunState,
    /// `sha256:…` of the image.
    pub image_id: String,
    /// When it was made, by the node's clock, to the second.
    pub created_at: Timestamp,
    /// As what a manager (compose, swarm, Kubernetes) made it: two with the same words do the same work. None without one.
    pub part: Option<String>,
}

/// What must stay the same while evidence is read: the process, not only the container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateMark {
    /// As the engine writes it.
    pub started_at: String,
    /// First process.
    pub pid: i64,
    /// What it is doing.
    pub state: RunState,
}

/// How the bytes of an item are built, so that their end can be told from a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One JSON document.
    Json,
    /// A tar archive to its two zero blocks.
    Tar,
    /// A saved image: a tar archive whose parts have the hashes that it names them by.
    Image,
    /// The engine's log frames: 8 bytes of header, then as many bytes as it says.
    Frames,
    /// Lines of a terminal, each begun by the engine with a time; besides, only the transfer's own end can be checked.
    Lines,
}

/// An artefact on its way from the engine.
pub struct Stream {
    /// The engine call it came from, for the record: `GET /containers/{id}/export`.
    pub method: String,
    /// Bytes to come, when the engine says.
    pub total: Option<i64>,
    /// How they are built.
    pub shape: Shape,
    /// The bytes. An error, or an end before the transfer's own end, is an `Err`.
    pub bytes: BoxStream<'static, Result<Bytes, EngineError>>,
}

/// Engines of all nodes; containers always by full id.
///
/// Whatever takes a [`Node`] refuses with [`EngineError::Stranger`] while another engine waits there to be accepted, and
/// what reads compares the id of the engine that answers: `containers`, `inspect`, `mark`.
#[async_trait]
pub trait Engines: Send + Sync {
    /// What the engine says about itself, whichever it is.
    async fn facts(&self, access: &Access) -> Result<EngineFacts, EngineError>;

    /// All containers, ended ones too.
    async fn containers(&self, node: &Node) -> Result<Vec<ContainerBrief>, EngineError>;

    /// One container as it is now.
    async fn inspect(&self, node: &Node, id: &ContainerId) -> Result<Container, EngineError>;

    /// The same without the number of processes: cheap enough to be asked every few seconds.
    async fn look(&self, node: &Node, id: &ContainerId) -> Result<Container, EngineError>;

    /// Rings whenever something was done to a container, for as long as the engine tells. What it was is for
    /// [`Engines::look`]: the words of such events are the attacker's, so none of them come in.
    async fn bell(&self, node: &Node) -> Result<BoxStream<'static, ()>, EngineError>;

    /// The part of [`Engines::inspect`] that must not change while evidence is read.
    async fn mark(&self, node: &Node, id: &ContainerId) -> Result<StateMark, EngineError>;

    /// Freezes all processes. Never repeated by the adapter itself.
    async fn pause(&self, node: &Node, id: &ContainerId) -> Result<(), EngineError>;

    /// Lets a paused container run again.
    async fn unpause(&self, node: &Node, id: &ContainerId) -> Result<(), EngineError>;

    /// Sets the restart policy to `no`.
    async fn no_restart(&self, node: &Node, id: &ContainerId) -> Result<(), EngineError>;

    /// Ends all processes by SIGKILL, and by no other signal: any other thaws a paused container and lets the
    /// attacker's handler run.
    async fn kill(&self, node: &Node, id: &ContainerId) -> Result<(), EngineError>;

    /// Takes a network away.
    async fn disconnect(&self, node: &Node, id: &ContainerId, network: &Attachment) -> Result<(), EngineError>;

    /// Gives a network back, under the names and with the fixed addresses that it had.
    async fn connect(&self, node: &Node, id: &ContainerId, network: &Attachment) -> Result<(), EngineError>;

    /// Begins to read an artefact. Never changes the container's state: [`ItemKind::Image`] commits with pause off,
    /// to the quarantine name `quell-evidence/{quarantine}`, and refuses a running container.
    async fn evidence(
        &self,
        node: &Node,
        id: &ContainerId,
        kind: ItemKind,
        quarantine: &str,
    ) -> Result<Stream, EngineError>;
}
