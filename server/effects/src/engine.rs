//! The container engine: Docker's API, as the few verbs of the port and no others.
//!
//! Owns: connections, time limits per call, and what an answer or its absence means. Repeats nothing: a repeated pause
//! would be a second effect, and whoever asks decides what an unknown outcome is worth.

mod artefact;
mod bell;
mod facts;
mod inspect;
mod network;
mod wire;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bollard::{
    errors::Error,
    models::{
        ContainerUpdateBody, EndpointIpamConfig, EndpointSettings, NetworkConnectRequest, NetworkDisconnectRequest,
        RestartPolicy, RestartPolicyNameEnum, SystemInfo,
    },
    query_parameters::{InspectContainerOptions, KillContainerOptionsBuilder, ListContainersOptionsBuilder},
};
use futures::stream::BoxStream;
use http_body_util::{BodyExt as _, Limited};
use quell_core::ports::{Clock, ContainerBrief, EngineError, Engines, StateMark, Stream};
use quell_domain::{
    action::{Attachment, Container},
    evidence::ItemKind,
    ids::{ContainerId, EngineId},
    node::{Access, EngineFacts, Node},
};

use wire::Wire;

/// Longest wait for an answer that only tells something.
const READ: Duration = Duration::from_secs(10);
/// Longest wait for the list of processes, and most bytes of it.
const COUNT: Duration = Duration::from_secs(2);
const PROCESS_LIST: usize = 4 * 1_024 * 1_024;
/// Longest wait for a call that changes something.
const CHANGE: Duration = Duration::from_secs(30);

/// Engines of all nodes.
pub struct DockerEngines {
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for DockerEngines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DockerEngines").finish_non_exhaustive()
    }
}

impl DockerEngines {
    /// Engines that are compared with this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }

    fn wire(&self, node: &Node) -> Result<Wire, EngineError> {
        Wire::to(node, self.clock.now())
    }
}

/// The engine's id, which must be that of the node's own.
fn expect(node: &Node, info: &SystemInfo) -> Result<EngineId, EngineError> {
    let id = facts::engine_id(info)?;
    if node.is_engine(&id) { Ok(id) } else { Err(EngineError::Stranger) }
}

#[async_trait]
impl Engines for DockerEngines {
    async fn facts(&self, access: &Access) -> Result<EngineFacts, EngineError> {
        let wire = Wire::by(access, self.clock.now());
        let docker = wire.docker()?;
        let before = self.clock.now();
        let info = within(READ, docker.info()).await?;
        let after = self.clock.now();
        let version = within(READ, docker.version()).await?;
        facts::of(info, version, wire.certificates(), (before, after))
    }

    async fn containers(&self, node: &Node) -> Result<Vec<ContainerBrief>, EngineError> {
        let docker = self.wire(node)?.docker()?;
        let all = ListContainersOptionsBuilder::new().all(true).build();
        let (info, list) = tokio::join!(within(READ, docker.info()), within(READ, docker.list_containers(Some(all))));
        expect(node, &info?)?;
        list?.into_iter().map(inspect::brief).collect()
    }

    async fn inspect(&self, node: &Node, id: &ContainerId) -> Result<Container, EngineError> {
        let wire = self.wire(node)?;
        let docker = wire.docker()?;
        // The engine's own id is asked each time: another engine may answer on the same socket by now.
        let (info, answer, processes) = tokio::join!(
            within(READ, docker.info()),
            within(READ, docker.inspect_container(id.as_str(), None::<InspectContainerOptions>)),
            processes(&wire, id),
        );
        let info = info?;
        let engine = (expect(node, &info)?, facts::live_restore(&info));
        inspect::container(answer?, engine, id, processes, self.clock.now())
    }

    async fn look(&self, node: &Node, id: &ContainerId) -> Result<Container, EngineError> {
        let docker = self.wire(node)?.docker()?;
        let (info, answer) = tokio::join!(
            within(READ, docker.info()),
            within(READ, docker.inspect_container(id.as_str(), None::<InspectContainerOptions>)),
        );
        let (answer, info) = (answer?, info?);
        expect(node, &info)?;
        let engine = (facts::engine_id(&info)?, facts::live_restore(&info));
        inspect::container(answer, engine, id, None, self.clock.now())
    }

    async fn bell(&self, node: &Node) -> Result<BoxStream<'static, ()>, EngineError> {
        bell::listen(&self.wire(node)?).await
    }

    async fn mark(&self, node: &Node, id: &ContainerId) -> Result<StateMark, EngineError> {
        let docker = self.wire(node)?.docker()?;
        let (info, answer) = tokio::join!(
            within(READ, docker.info()),
            within(READ, docker.inspect_container(id.as_str(), None::<InspectContainerOptions>)),
        );
        expect(node, &info?)?;
        inspect::mark(&answer?, id)
    }

    async fn pause(&self, node: &Node, id: &ContainerId) -> Result<(), EngineError> {
        let docker = self.wire(node)?.docker()?;
        within(CHANGE, docker.pause_container(id.as_str())).await
    }

    async fn unpause(&self, node: &Node, id: &ContainerId) -> Result<(), EngineError> {
        let docker = self.wire(node)?.docker()?;
        within(CHANGE, docker.unpause_container(id.as_str())).await
    }

    async fn no_restart(&self, node: &Node, id: &ContainerId) -> Result<(), EngineError> {
        let docker = self.wire(node)?.docker()?;
        let never = RestartPolicy { name: Some(RestartPolicyNameEnum::NO), maximum_retry_count: None };
        let update = ContainerUpdateBody { restart_policy: Some(never), ..ContainerUpdateBody::default() };
        within(CHANGE, docker.update_container(id.as_str(), update)).await
    }

    async fn kill(&self, node: &Node, id: &ContainerId) -> Result<(), EngineError> {
        let docker = self.wire(node)?.docker()?;
        let only = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        within(CHANGE, docker.kill_container(id.as_str(), Some(only))).await
    }

    async fn disconnect(&self, node: &Node, id: &ContainerId, network: &Attachment) -> Result<(), EngineError> {
        let docker = self.wire(node)?.docker()?;
        let which = NetworkDisconnectRequest { container: id.to_string(), force: Some(false) };
        within(CHANGE, docker.disconnect_network(&network.network, which)).await
    }

    async fn connect(&self, node: &Node, id: &ContainerId, network: &Attachment) -> Result<(), EngineError> {
        let docker = self.wire(node)?.docker()?;
        let fixed = network.fixed_ipv4.is_some() || network.fixed_ipv6.is_some();
        let addresses = fixed.then(|| EndpointIpamConfig {
            ipv4_address: network.fixed_ipv4.clone(),
            ipv6_address: network.fixed_ipv6.clone(),
            ..EndpointIpamConfig::default()
        });
        let settings = EndpointSettings {
            aliases: Some(network.aliases.clone()),
            ipam_config: addresses,
            ..EndpointSettings::default()
        };
        let which = NetworkConnectRequest { container: id.to_string(), endpoint_config: Some(settings) };
        within(CHANGE, docker.connect_network(&network.network, which)).await
    }

    async fn evidence(
        &self,
        node: &Node,
        id: &ContainerId,
        kind: ItemKind,
        quarantine: &str,
    ) -> Result<Stream, EngineError> {
        if kind == ItemKind::Network {
            return network::read(&self.wire(node)?, matches!(node.access, Access::Unix { .. }), id).await;
        }
        artefact::read(self.wire(node)?, id, kind, quarantine).await
    }
}

/// How many processes a container has. The container decides how long that list is: only so much of it is read, and a
/// number that is not there (also of an ended container, which has no list) is no trouble.
async fn processes(wire: &Wire, id: &ContainerId) -> Option<i64> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Top {
        processes: Vec<serde::de::IgnoredAny>,
    }
    let list = async {
        let answer = wire.get(&format!("/containers/{id}/top")).await.ok()?;
        Limited::new(answer.into_body(), PROCESS_LIST).collect().await.ok()
    };
    let list = tokio::time::timeout(COUNT, list).await.ok()??;
    let top: Top = serde_json::from_slice(&list.to_bytes()).ok()?;
    i64::try_from(top.processes.len()).ok()
}

/// Waits for a whole answer, but not for ever.
async fn within<T>(limit: Duration, call: impl Future<Output = Result<T, Error>>) -> Result<T, EngineError> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer.map_err(meaning),
        Err(_) => Err(late(limit)),
    }
}

fn late(limit: Duration) -> EngineError {
    EngineError::NoAnswer(format!("no whole answer within {} seconds", limit.as_secs()))
}

/// What a failed typed call means.
fn meaning(error: Error) -> EngineError {
    match error {
        Error::DockerResponseServerError { status_code, message } => wire::refusal(status_code, &message),
        // Only `wire` puts an error of ours in there, and only when nothing was sent.
        Error::IOError { err } => match err.downcast::<EngineError>() {
            Ok(why) => why,
            Err(other) => EngineError::NoAnswer(wire::chain(&other)),
        },
        Error::JsonDataError { message, .. } => EngineError::Garbled(message),
        Error::JsonSerdeError { err } => EngineError::Garbled(err.to_string()),
        other => EngineError::NoAnswer(wire::chain(&other)),
    }
}
