//! The network state of a container, put together as one JSON document: what the engine says, and what the kernel of its
//! node says when that is ours too. Each part that cannot be read says so in its place.

use std::{fs::File, io::Read as _, time::Duration};

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use http_body_util::{BodyExt as _, Limited};
use quell_core::ports::{EngineError, Shape, Stream};
use quell_domain::ids::ContainerId;
use serde_json::{Map, Value, json};

use super::{
    READ, late,
    wire::{self, Wire},
};

/// Longest wait for the counters: nothing that is contained shall wait for them.
const COUNTERS: Duration = Duration::from_secs(3);
/// Most bytes of one answer.
const ANSWER: usize = 8 * 1_024 * 1_024;
/// Most bytes of one file of the kernel.
const FILE: u64 = 8 * 1_024 * 1_024;
/// Most networks that are described.
const NETWORKS: usize = 64;
/// The kernel's tables, as they are named below `/proc/<pid>/net`.
const TABLES: [&str; 7] = ["tcp", "tcp6", "udp", "udp6", "unix", "route", "arp"];

/// Reads it. `local`: the engine may run on this very machine, which is then proven.
pub(super) async fn read(wire: &Wire, local: bool, id: &ContainerId) -> Result<Stream, EngineError> {
    let path = format!("/containers/{id}/json");
    let container = ask(wire, &path).await?;
    if container["Id"].as_str() != Some(id.as_str()) {
        return Err(EngineError::Garbled("the answer is about another container".to_owned()));
    }
    let settings = &container["NetworkSettings"];
    let mut networks = Map::new();
    for (name, settings) in settings["Networks"].as_object().into_iter().flatten().take(NETWORKS) {
        // An id is asked for, and nothing that could be more of a path.
        let network = settings["NetworkID"].as_str().filter(|id| ContainerId::parse(id).is_ok());
        let found = match network {
            Some(network) => described(ask(wire, &format!("/networks/{network}")).await),
            None => not_read("the engine gives no id"),
        };
        networks.insert(name.clone(), found);
    }
    let counters = match ask_within(COUNTERS, wire, &format!("/containers/{id}/stats?stream=false&one-shot=true")).await
    {
        Ok(stats) => json!({ "read": stats["read"], "networks": stats["networks"] }),
        Err(error) => not_read(&error.to_string()),
    };
    let pid = container["State"]["Pid"].as_u64().filter(|pid| *pid > 0);
    let tables = match (local, pid) {
        (false, _) => not_read("the engine is not on the portal's machine"),
        (true, None) => not_read("the container has no process"),
        (true, Some(pid)) => {
            let id = id.clone();
            let tables = tokio::task::spawn_blocking(move || tables(pid, &id)).await;
            tables.unwrap_or_else(|error| not_read(&error.to_string()))
        }
    };
    let document = json!({
        "container": id,
        "network_mode": container["HostConfig"]["NetworkMode"],
        "settings": settings,
        "networks": networks,
        "counters": counters,
        "kernel": tables,
    });
    let bytes = Bytes::from(serde_json::to_vec_pretty(&document).unwrap_or_default());
    Ok(Stream {
        method: format!("GET {path}, its networks and counters, and the kernel's tables"),
        total: i64::try_from(bytes.len()).ok(),
        shape: Shape::Json,
        bytes: stream::once(async move { Ok(bytes) }).boxed(),
    })
}

async fn ask(wire: &Wire, path: &str) -> Result<Value, EngineError> {
    ask_within(READ, wire, path).await
}

async fn ask_within(limit: Duration, wire: &Wire, path: &str) -> Result<Value, EngineError> {
    let answer = async {
        let answer = wire.get(path).await?;
        let body = Limited::new(answer.into_body(), ANSWER).collect().await;
        let body = body.map_err(|cause| EngineError::NoAnswer(wire::chain(&*cause)))?;
        serde_json::from_slice(&body.to_bytes()).map_err(|cause| EngineError::Garbled(cause.to_string()))
    };
    tokio::time::timeout(limit, answer).await.map_err(|_| late(limit))?
}

fn described(answer: Result<Value, EngineError>) -> Value {
    answer.unwrap_or_else(|error| not_read(&error.to_string()))
}

fn not_read(why: &str) -> Value {
    json!({ "not_read": why })
}

/// The tables of the process's network namespace, as texts. A number alone proves nothing: the process must be the
/// container's before and after.
fn tables(pid: u64, id: &ContainerId) -> Value {
    let is_ours = || {
        let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        groups.contains(id.as_str())
    };
    if !is_ours() {
        return not_read("the process is not seen from the portal as the container's");
    }
    let read = |table: &&str| -> (String, Value) {
        let mut bytes = Vec::new();
        let file = File::open(format!("/proc/{pid}/net/{table}"));
        let value = match file.and_then(|file| file.take(FILE).read_to_end(&mut bytes)) {
            Ok(_) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => not_read(&error.to_string()),
        };
        ((*table).to_owned(), value)
    };
    let tables: Map<String, Value> = TABLES.iter().map(read).collect();
    if is_ours() {
        json!({ "pid": pid, "tables": tables })
    } else {
        not_read("the container's process ended meanwhile")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_not_proven_to_be_the_containers_is_not_read() {
        let id = ContainerId::parse(&"f".repeat(64)).expect("an id");
        let found = tables(u64::from(std::process::id()), &id);
        assert!(found["not_read"].is_string() && found.get("tables").is_none(), "{found}");
    }
}
