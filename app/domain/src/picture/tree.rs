//! The processes that alarms name, as a tree: each below the one that started it.

use super::Process;
use crate::{alarm::Alarm, view::AlarmRow};

/// Deeper ones stand at this depth: the drawing has no room for more.
const DEEPEST: usize = 5;
/// Ancestors of one process that are looked at, the nearest first: detectors name few, other senders what they like.
const GENERATIONS: usize = 8;

/// What starts containers on a node: it, and whatever is above it, is outside of the container. Matched by the beginning,
/// as kernels cut names at 15 characters.
const OUTSIDE: [&str; 7] = ["containerd", "runc", "crun", "conmon", "dockerd", "systemd", "docker-init"];

struct Branch {
    process: Process,
    below: Vec<Branch>,
}

/// Those of all alarms, the newest first among those of one parent; at equal times in the order of their names.
pub(super) fn processes(alarms: &[AlarmRow]) -> Vec<Process> {
    let mut roots: Vec<Branch> = Vec::new();
    for row in alarms {
        add(&mut roots, &row.alarm);
    }
    let mut out = Vec::new();
    flatten(roots, 0, &mut out);
    out
}

/// One alarm's process below its ancestors. What is known by name alone is one process, however often it ran.
fn add(roots: &mut Vec<Branch>, alarm: &Alarm) {
    let detail = &alarm.detail;
    let Some(name) = detail.process.as_deref().filter(|name| !name.is_empty()) else { return };
    let inside = detail.ancestors.iter().take_while(|name| !name.is_empty() && !is_outside(name)).take(GENERATIONS);
    // Nearest first in the alarm, farthest first in the tree.
    let mut path: Vec<&str> = inside.map(String::as_str).collect();
    path.reverse();
    path.push(name);
    let last = path.len() - 1;
    let mut level = roots;
    for (at, name) in path.into_iter().enumerate() {
        let found = level.iter().position(|branch| branch.process.name == name);
        let place = found.unwrap_or_else(|| {
            level.push(Branch { process: first(name, alarm), below: Vec::new() });
            level.len() - 1
        });
        let branch = &mut level[place];
        branch.process.last_at = branch.process.last_at.max(alarm.occurred_at);
        if at == last {
            // Alarms come newest first: the first command line stays.
            if let Some(command) = detail.command.as_ref().filter(|_| branch.process.command.is_empty()) {
                branch.process.command.clone_from(command);
            }
            branch.process.accused = true;
        }
        level = &mut branch.below;
    }
}

fn first(name: &str, alarm: &Alarm) -> Process {
    Process { name: name.to_owned(), command: String::new(), depth: 0, accused: false, last_at: alarm.occurred_at }
}

fn is_outside(name: &str) -> bool {
    OUTSIDE.iter().any(|outside| name.starts_with(outside))
}

fn flatten(mut level: Vec<Branch>, depth: usize, out: &mut Vec<Process>) {
    level.sort_by(|one, other| {
        let newest = other.process.last_at.cmp(&one.process.last_at);
        newest.then_with(|| one.process.name.cmp(&other.process.name))
    });
    for Branch { mut process, below } in level {
        process.depth = depth.min(DEEPEST);
        out.push(process);
        flatten(below, depth + 1, out);
    }
}
