//! How a node's engine is reached: over a Unix socket, over TCP with mutual TLS, or over SSH. Secrets are named by the
//! path of their file; nothing of a file is ever kept here.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use serde::{Deserialize, Serialize};

use crate::error::Problem;

/// Where an engine listens on a machine that was not told otherwise.
const SOCKET: &str = "/var/run/docker.sock";
const SSH_PORT: u16 = 22;
/// Kinds of host keys that can be pinned.
const HOST_KEYS: [&str; 4] = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
const EXAMPLES: &str =
    "Write unix:///var/run/docker.sock, tcp://node-1:2376, or ssh://quell@node-1 (a port and a socket may follow).";

/// The way to an engine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// A Unix socket on the portal's own machine.
    Unix {
        /// Absolute path.
        socket: String,
    },
    /// TCP, by TLS with certificates on both sides and in no other way.
    Tls {
        /// Name or address, which the engine's certificate must be for.
        host: String,
        /// Port.
        port: u16,
        /// File of the CA that the engine's certificate must come from.
        ca: String,
        /// File of our certificate.
        certificate: String,
        /// File of our private key.
        key: String,
    },
    /// SSH to the engine's Unix socket.
    Ssh {
        /// Who we are there.
        user: String,
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
        /// The engine's socket on that machine.
        socket: String,
        /// File of our private key.
        key: String,
        /// The host's public key, `ssh-ed25519 AAAA…`, or the path of a `known_hosts` file that lists it.
        host_key: String,
    },
}

/// What a form or command says about the way to an engine; what does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessForm {
    /// `unix://…`, `tcp://…` or `ssh://…`
    pub endpoint: String,
    /// File of the CA.
    pub ca: String,
    /// File of our certificate.
    pub certificate: String,
    /// File of our private key.
    pub key: String,
    /// The host's public key, or a `known_hosts` file.
    pub host_key: String,
}

impl AccessForm {
    /// An endpoint that needs nothing else.
    #[must_use]
    pub fn of(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), ..Self::default() }
    }

    /// Checks all of it.
    ///
    /// # Errors
    /// Names every field that is wrong: `endpoint`, `ca`, `certificate`, `key`, `host_key`.
    pub fn parse(&self) -> Result<Access, Problem> {
        let endpoint = self.endpoint.trim();
        let (scheme, rest) = endpoint.split_once("://").unwrap_or((endpoint, ""));
        let mut wrong = Wrong::default();
        let access = match scheme.to_ascii_lowercase().as_str() {
            "unix" => {
                for (field, text) in [
                    ("ca", &self.ca),
                    ("certificate", &self.certificate),
                    ("key", &self.key),
                    ("host_key", &self.host_key),
                ] {
                    wrong.unless_empty(field, text, "Leave this empty: a Unix socket needs no keys.");
                }
                if !is_path(rest) {
                    wrong.say("endpoint", "Give the socket's whole path, for example unix:///var/run/docker.sock.");
                }
                Access::Unix { socket: rest.to_owned() }
            }
            "tcp" => {
                let place = wrong.place(rest, None, "Give host and port, for example tcp://node-1:2376.");
                let mut file = |field, what: &str, text| {
                    wrong.file(field, text, &format!("TCP is used with mutual TLS only. Give the path of {what}."))
                };
                let ca = file("ca", "the CA's certificate", &self.ca);
                let certificate = file("certificate", "the client certificate", &self.certificate);
                let key = file("key", "the client certificate's private key", &self.key);
                wrong.unless_empty("host_key", &self.host_key, "Leave this empty: it is for SSH only.");
                Access::Tls { host: place.0, port: place.1, ca, certificate, key }
            }
            "ssh" => {
                let example = "Give user and host, for example ssh://quell@node-1.";
                let (way, socket) = rest.find('/').map_or((rest, SOCKET), |at| rest.split_at(at));
                let socket = if socket == "/" { SOCKET } else { socket };
                let (user, at) = way.split_once('@').unwrap_or(("", way));
                if !is_user(user) || !is_path(socket) {
                    wrong.say("endpoint", example);
                }
                let (host, port) = wrong.place(at, Some(SSH_PORT), example);
                for (field, text) in [("ca", &self.ca), ("certificate", &self.certificate)] {
                    wrong.unless_empty(field, text, "Leave this empty: it is for TCP only.");
                }
                let key = wrong.file("key", &self.key, "Give the path of the private key for SSH.");
                let host_key = wrong.host_key(&self.host_key);
                Access::Ssh { user: user.to_owned(), host, port, socket: socket.to_owned(), key, host_key }
            }
            _ => {
                wrong.say("endpoint", EXAMPLES);
                Access::Unix { socket: String::new() }
            }
        };
        wrong.0.map_or(Ok(access), Err)
    }
}

impl Access {
    /// The machine's address, when the way to its engine tells one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            // The portal's own machine.
            Self::Unix { .. } => Some(Ipv4Addr::LOCALHOST.into()),
            Self::Tls { host, .. } | Self::Ssh { host, .. } => host.parse().ok(),
        }
    }

    /// What it names besides the endpoint, in the order of the form: field, label, value.
    #[must_use]
    pub fn keys(&self) -> Vec<(&'static str, &'static str, &str)> {
        match self {
            Self::Unix { .. } => Vec::new(),
            Self::Tls { ca, certificate, key, .. } => vec![
                ("ca", "CA certificate", ca),
                ("certificate", "Client certificate", certificate),
                ("key", "Private key", key),
            ],
            Self::Ssh { key, host_key, .. } => {
                vec![("key", "Private key", key), ("host_key", "Pinned host key", host_key)]
            }
        }
    }
}

/// The endpoint, as it was given.
impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix { socket } => write!(f, "unix://{socket}"),
            Self::Tls { host, port, .. } => write!(f, "tcp://{}:{port}", bracketed(host)),
            Self::Ssh { user, host, port, socket, .. } => {
                write!(f, "ssh://{user}@{}", bracketed(host))?;
                if *port != SSH_PORT {
                    write!(f, ":{port}")?;
                }
                if socket == SOCKET { Ok(()) } else { f.write_str(socket) }
            }
        }
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// The wrong fields so far; each is told once.
#[derive(Default)]
struct Wrong(Option<Problem>);

impl Wrong {
    fn say(&mut self, field: &str, remedy: &str) {
        self.0 = Some(match self.0.take() {
            None => Problem::field(field, remedy),
            Some(problem) if problem.fields.iter().any(|known| known.field == field) => problem,
            Some(problem) => problem.and_field(field, remedy),
        });
    }

    fn unless_empty(&mut self, field: &str, text: &str, remedy: &str) {
        if !text.trim().is_empty() {
            self.say(field, remedy);
        }
    }

    fn file(&mut self, field: &str, text: &str, missing: &str) -> String {
        let path = text.trim();
        if path.is_empty() {
            self.say(field, missing);
        } else if !is_path(path) {
            self.say(field, "Give the file's whole path on the portal's machine. Never paste the file itself.");
        }
        path.to_owned()
    }

    /// `host:port`, `[address]:port`; the port may be left out when there is a usual one.
    fn place(&mut self, text: &str, usual: Option<u16>, example: &str) -> (String, u16) {
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, rest)) if address.parse::<Ipv6Addr>().is_ok() => (address, rest.strip_prefix(':')),
            Some(_) => ("", None),
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        let port = port.map_or(usual, |port| port.parse().ok().filter(|port| *port != 0));
        if !is_host(host) || port.is_none() {
            self.say("endpoint", example);
        }
        (host.to_owned(), port.unwrap_or_default())
    }

    fn host_key(&mut self, text: &str) -> String {
        let text = text.trim();
        if is_path(text) {
            return text.to_owned();
        }
        // `ssh-keyscan` writes the host before it, `.pub` files a comment behind it.
        let mut words = text.split_whitespace().skip_while(|word| !HOST_KEYS.contains(word));
        match (words.next(), words.next()) {
            (Some(kind), Some(key)) if is_base64(key) => format!("{kind} {key}"),
            _ => {
                self.say(
                    "host_key",
                    "Give the host's public key (ssh-ed25519 AAAA…, or an ecdsa-sha2 one), or the path of a known_hosts file.",
                );
                String::new()
            }
        }
    }
}

fn is_path(text: &str) -> bool {
    text.len() > 1 && text.len() <= 4_096 && text.starts_with('/') && !text.chars().any(char::is_control)
}

fn is_host(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
        || ((1..=253).contains(&text.len())
            && !text.starts_with('-')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b)))
}

fn is_user(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
}

fn is_base64(text: &str) -> bool {
    (16..=1_024).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
}

#[cfg(test)]
mod tests;
