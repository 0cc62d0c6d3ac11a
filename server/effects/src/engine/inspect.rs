//! A container as the engine describes it, in our words.

use std::{collections::HashMap, net::IpAddr};

use bollard::models::{
    ContainerConfig, ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status, ContainerSummary,
    ContainerSummaryStateEnum as Listed, EndpointSettings, HostConfig, MountPoint, PortMap,
};
use quell_core::ports::{ContainerBrief, EngineError, StateMark};
use quell_domain::{
    Timestamp,
    action::{Attachment, Container, ContainerFacts, RunState},
    gate::Door,
    ids::{ContainerId, EngineId},
    text,
    time::SECOND,
};

/// Most characters kept of a command line.
const COMMAND: usize = 4_096;

/// One line of the engine's list.
pub(super) fn brief(listed: ContainerSummary) -> Result<ContainerBrief, EngineError> {
    Ok(ContainerBrief {
        id: full_id(listed.id.as_deref())?,
        name: listed.names.unwrap_or_default().first().map(|name| bare(name)).unwrap_or_default(),
        image: listed.image.unwrap_or_default(),
        state: match listed.state.ok_or_else(|| missing("State"))? {
            Listed::CREATED => RunState::Created,
            // Its processes still run until the engine says that it has ended.
            Listed::RUNNING | Listed::STOPPING => RunState::Running,
            Listed::PAUSED => RunState::Paused,
            Listed::RESTARTING => RunState::Restarting,
            Listed::REMOVING => RunState::Removing,
            Listed::EXITED => RunState::Exited,
            Listed::DEAD => RunState::Dead,
            Listed::EMPTY => return Err(missing("State")),
        },
        image_id: listed.image_id.unwrap_or_default(),
        created_at: Timestamp(listed.created.unwrap_or_default().saturating_mul(SECOND)),
        part: part(listed.labels.as_ref()),
    })
}

/// What must stay the same while evidence is read.
pub(super) fn mark(answer: &ContainerInspectResponse, id: &ContainerId) -> Result<StateMark, EngineError> {
    expect_id(answer, id)?;
    let state = answer.state.as_ref().ok_or_else(|| missing("State"))?;
    Ok(StateMark {
        started_at: state.started_at.clone().unwrap_or_default(),
        pid: state.pid.unwrap_or_default(),
        state: run_state(state)?,
    })
}

/// Everything that a person or an approval needs to know. Of its engine: its id, and whether live-restore is on.
pub(super) fn container(
    answer: ContainerInspectResponse,
    (engine_id, live_restore): (EngineId, bool),
    id: &ContainerId,
    processes: Option<i64>,
    now: Timestamp,
) -> Result<Container, EngineError> {
    let StateMark { started_at, pid, state } = mark(&answer, id)?;
    let config = answer.config.unwrap_or_default();
    let host = answer.host_config.unwrap_or_default();
    let host_network = host.network_mode.as_deref() == Some("host");
    let settings = answer.network_settings.unwrap_or_default();
    let networks = settings.networks.unwrap_or_default();
    let doors = doors(&networks, settings.ports.as_ref(), host_network);
    let mut mounts: Vec<String> = answer.mounts.unwrap_or_default().iter().map(mount).collect();
    mounts.sort();
    let command = [answer.path.unwrap_or_default()]
        .into_iter()
        .chain(answer.args.unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    Ok(Container {
        shared_namespaces: shared_namespaces(&host),
        restart_policy: restart_policy(&host),
        managed_by: managed_by(config.labels.as_ref()),
        health_check: health_check(&config),
        live_restore,
        facts: ContainerFacts {
            engine_id,
            container: id.clone(),
            name: bare(&answer.name.unwrap_or_default()),
            image: config.image.unwrap_or_default(),
            image_id: answer.image.unwrap_or_default(),
            created: answer.created.unwrap_or_default(),
            started_at,
            restart_count: answer.restart_count.unwrap_or_default(),
            mounts,
        },
        state,
        pid,
        command: text::cut(&command, COMMAND),
        auto_remove: host.auto_remove.unwrap_or(false),
        attachments: attachments(networks, id),
        doors,
        host_network,
        privileged: host.privileged.unwrap_or(false),
        processes,
        checked_at: now,
    })
}

/// The networks that can be taken away: `none` and `host` are the engine's words for having none of one's own.
fn attachments(networks: HashMap<String, EndpointSettings>, id: &ContainerId) -> Vec<Attachment> {
    let mut attachments: Vec<Attachment> = networks
        .into_iter()
        .filter(|(name, _)| name != "none" && name != "host")
        .map(|(name, settings)| {
            let fixed = settings.ipam_config.unwrap_or_default();
            let mut aliases = settings.aliases.unwrap_or_default();
            // The engine adds the short id by itself, and again when the network is given back.
            aliases.retain(|alias| alias != id.short());
            Attachment {
                network: settings.network_id.filter(|id| !id.is_empty()).unwrap_or_else(|| name.clone()),
                name,
                aliases,
                fixed_ipv4: fixed.ipv4_address.filter(|address| !address.is_empty()),
                fixed_ipv6: fixed.ipv6_address.filter(|address| !address.is_empty()),
            }
        })
        .collect();
    attachments.sort_by(|a, b| a.name.cmp(&b.name));
    attachments
}

/// Where it can be reached: at its own addresses on any port; at published ports of the node; with the node's network, at the
/// node's addresses on any port. A link-local address leads nowhere from outside.
fn doors(networks: &HashMap<String, EndpointSettings>, ports: Option<&PortMap>, host_network: bool) -> Vec<Door> {
    let address = |text: &str| text.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    let own = networks.values().flat_map(|settings| [&settings.ip_address, &settings.global_ipv6_address]);
    let own = own.filter_map(|text| address(text.as_deref()?)).map(|address| Door { address, port: None });
    let bindings = ports.into_iter().flat_map(|ports| ports.values().flatten()).flatten();
    let published = bindings.filter_map(|binding| {
        let port = binding.host_port.as_deref()?.parse().ok()?;
        // Older engines leave the address empty for all of IPv4.
        let host = binding.host_ip.as_deref().filter(|ip| !ip.is_empty()).unwrap_or("0.0.0.0");
        Some(Door { address: address(host)?, port: Some(port) })
    });
    let every = |text: &str| address(text).map(|address| Door { address, port: None });
    let host = ["0.0.0.0", "::"].into_iter().filter_map(every).filter(|_| host_network);
    let mut doors: Vec<Door> = own.chain(published).chain(host).collect();
    doors.sort_by_key(|door| (door.address, door.port));
    doors.dedup();
    doors
}

/// Whether the container has a terminal: its log stream has no frames then.
pub(super) fn has_terminal(answer: &ContainerInspectResponse) -> bool {
    answer.config.as_ref().and_then(|config| config.tty).unwrap_or(false)
}

fn missing(field: &str) -> EngineError {
    EngineError::Garbled(format!("the answer has no usable {field}"))
}

fn full_id(id: Option<&str>) -> Result<ContainerId, EngineError> {
    ContainerId::parse(id.unwrap_or_default()).map_err(|_| missing("Id"))
}

/// An engine looks ids up as names too. We ask by full id only, and still check who answered.
fn expect_id(answer: &ContainerInspectResponse, id: &ContainerId) -> Result<(), EngineError> {
    if full_id(answer.id.as_deref())? == *id {
        Ok(())
    } else {
        Err(EngineError::Garbled("the answer is about another container".to_owned()))
    }
}

fn run_state(state: &ContainerState) -> Result<RunState, EngineError> {
    Ok(match state.status.ok_or_else(|| missing("State.Status"))? {
        Status::CREATED => RunState::Created,
        Status::RUNNING | Status::STOPPING => RunState::Running,
        Status::PAUSED => RunState::Paused,
        Status::RESTARTING => RunState::Restarting,
        Status::REMOVING => RunState::Removing,
        Status::EXITED => RunState::Exited,
        Status::DEAD => RunState::Dead,
        Status::EMPTY => return Err(missing("State.Status")),
    })
}

fn bare(name: &str) -> String {
    name.strip_prefix('/').unwrap_or(name).to_owned()
}

/// `bind /src → /dst (rw)`; no source for a tmpfs.
fn mount(mount: &MountPoint) -> String {
    let kind = mount.typ.as_deref().filter(|kind| !kind.is_empty()).unwrap_or("mount");
    let source = mount
        .source
        .as_deref()
        .filter(|source| !source.is_empty())
        .map(|source| format!("{source} "))
        .unwrap_or_default();
    let access = if mount.rw.unwrap_or(false) { "rw" } else { "ro" };
    format!("{kind} {source}→ {} ({access})", mount.destination.as_deref().unwrap_or_default())
}

fn shared_namespaces(host: &HostConfig) -> Vec<String> {
    let modes = [("network", &host.network_mode), ("process", &host.pid_mode), ("IPC", &host.ipc_mode)];
    modes
        .into_iter()
        .filter_map(|(namespace, mode)| match mode.as_deref()? {
            "host" => Some(format!("the {namespace} namespace of the node")),
            mode => {
                let other = mode.strip_prefix("container:")?;
                let other = ContainerId::parse(other).map_or_else(|_| text::cut(other, 64), |id| id.short().to_owned());
                Some(format!("the {namespace} namespace of container {other}"))
            }
        })
        .collect()
}

fn restart_policy(host: &HostConfig) -> String {
    let name = host.restart_policy.as_ref().and_then(|policy| policy.name).map(|name| name.to_string());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "no".to_owned())
}

/// Who may restart or replace it, by the labels that managers put on what they make; most powerful first.
fn managed_by(labels: Option<&HashMap<String, String>>) -> Option<String> {
    const MANAGERS: [(&str, &str); 4] = [
        ("io.kubernetes.", "kubernetes"),
        ("com.docker.swarm.", "swarm"),
        ("com.docker.compose.", "compose"),
        // autoheal restarts containers that are unhealthy, and a paused one is.
        ("autoheal", "autoheal"),
    ];
    let labels = labels?;
    let has = |prefix: &str| {
        labels.iter().any(|(key, value)| {
            if prefix.ends_with('.') { key.starts_with(prefix) } else { key == prefix && value != "false" }
        })
    };
    MANAGERS.iter().find(|(prefix, _)| has(prefix)).map(|(_, manager)| (*manager).to_owned())
}

/// As what a manager made it, by the labels that stay the same when it makes the next one.
fn part(labels: Option<&HashMap<String, String>>) -> Option<String> {
    const PARTS: [&[&str]; 3] = [
        &["io.kubernetes.pod.namespace", "io.kubernetes.container.name"],
        &["com.docker.swarm.service.id"],
        &["com.docker.compose.project", "com.docker.compose.service"],
    ];
    let labels = labels?;
    PARTS.iter().find_map(|keys| {
        let words: Option<Vec<&str>> = keys.iter().map(|key| labels.get(*key).map(String::as_str)).collect();
        // As a list, so that no word of one label can look like two.
        serde_json::to_string(&(keys[0], words?)).ok()
    })
}

fn health_check(config: &ContainerConfig) -> bool {
    let test = config.healthcheck.as_ref().and_then(|check| check.test.as_deref()).unwrap_or_default();
    test.first().is_some_and(|how| how != "NONE")
}

#[cfg(test)]
mod tests;
