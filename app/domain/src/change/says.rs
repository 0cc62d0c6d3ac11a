//! What exactly a change says, for whoever decides: a sentence has room for a few words only, and what stands behind its
//! end would be approved unseen.

use std::net::IpAddr;

use super::Change;
use crate::{gate::BalancerAccess, node::Access};

type Rows = Vec<(String, String)>;

impl Change {
    /// Everything that it would set, by name, and what it would set aside. Empty where the sentence says all, and where a
    /// preview shows it.
    #[must_use]
    pub fn says(&self) -> Rows {
        let row = |name: &str, value: String| (name.to_owned(), value);
        match self {
            Self::PublishPolicy { .. }
            | Self::PublishPlaybooks { .. }
            | Self::EnablePerson { .. }
            | Self::ResetPassword { .. }
            | Self::ResetFactors { .. }
            | Self::RemoveNode { .. }
            | Self::RemoveBalancer { .. } => Vec::new(),
            Self::CreatePerson { login, name, roles, .. } => vec![
                row("Name", name.clone()),
                row("Sign-in name", login.clone()),
                row("Roles", list(roles.iter().map(|role| role.label()))),
            ],
            Self::SetRoles { before, roles, .. } => set(before, roles, |role| role.label(), "Roles"),
            Self::AddNode(node) => {
                let engine = node.facts.as_ref().map(|facts| facts.engine_id.to_string()).unwrap_or_default();
                let mut rows = vec![row("Name", node.name.clone())];
                rows.extend(way(&node.access, ""));
                rows.push(row("Labels", list(node.labels.iter().map(String::as_str))));
                rows.push(row("Addresses", texts(&node.addresses).join(", ")));
                rows.push(row("Engine", engine));
                rows
            }
            Self::SetLabels { before, labels, .. } => set(before, labels, String::as_str, "Labels"),
            Self::SetAccess { before, access, .. } => {
                let until = way(before, " until now");
                way(access, "").into_iter().chain(until).collect()
            }
            Self::SetAddresses { before, addresses, .. } => {
                let (before, addresses) = (texts(before), texts(addresses));
                set(&before, &addresses, String::as_str, "Addresses")
            }
            Self::AddBalancer(balancer) => {
                let name = std::iter::once(row("Name", balancer.name.clone()));
                name.chain(interface(&balancer.access, "")).collect()
            }
            Self::SetBalancerAccess { before, access, .. } => {
                interface(access, "").into_iter().chain(interface(before, " until now")).collect()
            }
        }
    }
}

/// What is added, what is taken away, and what there is then.
fn set<'a, T: PartialEq + 'a>(before: &'a [T], after: &'a [T], word: impl Fn(&'a T) -> &'a str, what: &str) -> Rows {
    let without = |these: &'a [T], those: &[T]| list(these.iter().filter(|it| !those.contains(it)).map(&word));
    vec![
        ("Added".to_owned(), without(after, before)),
        ("Taken away".to_owned(), without(before, after)),
        (what.to_owned(), list(after.iter().map(&word))),
    ]
}

/// The way to an engine, with every file and key that it goes by: a pinned key is as much as the machine itself.
fn way(access: &Access, when: &str) -> Rows {
    let keys = access.keys().into_iter().map(|(_, label, value)| (format!("{label}{when}"), value.to_owned()));
    std::iter::once((format!("Endpoint{when}"), access.to_string())).chain(keys).collect()
}

/// The way to a load balancer's interface, with every file that it goes by and every front end that may be restricted.
fn interface(access: &BalancerAccess, when: &str) -> Rows {
    let row = |name: &str, value: String| (format!("{name}{when}"), value);
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let mut rows = vec![row("Interface", access.to_string())];
    match access {
        BalancerAccess::Haproxy { routes, .. } => rows.extend(routes.iter().map(|it| row("Front end", it.to_string()))),
        BalancerAccess::Elb { iam_base, credentials, classic, ca, .. } => rows.extend([
            row("IAM", or_none(iam_base)),
            row("Credentials", credentials.clone()),
            row("Generation", if *classic { "v2" } else { "v3" }.to_owned()),
            row("CA", or_none(ca)),
        ]),
    }
    rows
}

fn texts(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeId;

    fn ssh(host_key: &str) -> Access {
        Access::Ssh {
            user: "quell".to_owned(),
            host: "node-1".to_owned(),
            port: 22,
            socket: "/var/run/docker.sock".to_owned(),
            key: "/etc/quell/key".to_owned(),
            host_key: host_key.to_owned(),
        }
    }

    #[test]
    fn another_pinned_key_is_said_although_the_endpoint_is_the_same() {
        let (before, access) = (ssh("ssh-ed25519 AAAAold"), ssh("ssh-ed25519 AAAAnew"));
        let rows = Change::SetAccess { node: NodeId::new("n"), before, access }.says();
        let said = |name: &str| rows.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
        assert_eq!(said("Pinned host key"), Some("ssh-ed25519 AAAAnew"));
        assert_eq!(said("Pinned host key until now"), Some("ssh-ed25519 AAAAold"));
        assert_eq!(said("Private key"), Some("/etc/quell/key"));
        assert_eq!(said("Endpoint"), Some("ssh://quell@node-1"));
    }

    #[test]
    fn what_is_taken_away_is_said_however_much_there_is() {
        let labels: Vec<String> = (10..30).map(|n| format!("label-that-is-rather-long-{n}")).collect();
        let (node, before) = (NodeId::new("n"), labels[..19].to_vec());
        let rows = Change::SetLabels { node, before, labels: labels[1..].to_vec() }.says();
        assert_eq!(rows[0], ("Added".to_owned(), labels[19].clone()));
        assert_eq!(rows[1], ("Taken away".to_owned(), labels[0].clone()));
        assert_eq!(rows[2].1.split(", ").count(), 19);
    }
}
