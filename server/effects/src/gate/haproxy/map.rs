//! The map file of a front end, as HAProxy holds it in memory: who may connect.
//!
//! Owns: how Quell's list is written into a map, and how a map's whole content is replaced at once. Must not know: sockets'
//! errors, routes, servers.
//!
//! HAProxy asks the map for the longest network that holds the client. A map in Quell's form closes all of IPv4 and all of
//! IPv6 and opens the allowed networks again. On a listener that takes both (`v4v6`) a client of IPv4 has an address in
//! `::ffff:0:0/96`, where `::/0` would be found before any IPv4 network: so each IPv4 network is written in that form too.

use std::net::IpAddr;

use ipnet::IpNet;
use quell_core::ports::GateError;
use quell_domain::gate::{AllowList, ListKind, Rules};

use super::{
    answer::{meaning, refused, silent},
    wire::{Command, Wire},
};

/// The values of a map, which the lines in HAProxy's configuration name.
const OPEN: &str = "open";
const CLOSED: &str = "closed";
/// Every address.
const EVERYBODY: [&str; 2] = ["0.0.0.0/0", "::/0"];
/// Most bytes of entries in one command: HAProxy holds a command in one buffer, of 16 KiB unless it was made smaller.
const AT_ONCE: usize = 4_096;

/// A map of a worker.
pub(super) struct Map<'a> {
    pub wire: &'a Wire,
    /// As it stands in HAProxy's configuration, which is its name.
    pub path: &'a str,
}

impl Map<'_> {
    /// What it holds, an entry a line, in HAProxy's order.
    ///
    /// # Errors
    /// Barred, naming `routes`, when HAProxy has not loaded it.
    pub(super) async fn lines(&self) -> Result<Vec<String>, GateError> {
        entries(&self.wire.ask(Command::of("show map").word(self.path)?).await?)
    }

    /// Puts `wanted` in the place of all that it holds, at once, if that is still `now`.
    ///
    /// # Errors
    /// Conflict when it is not. Refused when HAProxy cannot hold exactly that. No answer when the last command got none.
    pub(super) async fn replace(&self, now: &[String], wanted: &[String]) -> Result<(), GateError> {
        let version = self.stage(wanted).await?;
        let before = self.lines().await?;
        if before != now {
            self.discard(&version).await;
            return Err(GateError::Conflict(Box::new(rules_of(self.path, before))));
        }
        silent(&self.wire.tell(Command::of("commit map").word(&version)?.word(self.path)?).await?)
    }

    /// Finds out whether HAProxy would take these entries exactly, as it must when they are put back. Changes nothing.
    ///
    /// # Errors
    /// Refused when it would not.
    pub(super) async fn rehearse(&self, lines: &[String]) -> Result<(), GateError> {
        let version = self.stage(lines).await?;
        self.discard(&version).await;
        Ok(())
    }

    /// Writes entries into a version that is not in force. Gives its name. What is left of one that is never used goes with
    /// the next that is.
    async fn stage(&self, lines: &[String]) -> Result<String, GateError> {
        let said = self.wire.ask(Command::of("prepare map").word(self.path)?).await?;
        let number = said.rsplit(' ').next().and_then(|number| number.trim().parse::<u64>().ok());
        let version = format!("@{}", number.ok_or_else(|| meaning(&said))?);
        let staged = self.fill(&version, lines).await;
        if staged.is_err() {
            self.discard(&version).await;
        }
        staged.map(|()| version)
    }

    async fn fill(&self, version: &str, lines: &[String]) -> Result<(), GateError> {
        for part in parts(lines) {
            let add = Command::of("add map").word(version)?.word(self.path)?.payload(part)?;
            silent(&self.wire.ask(add).await?)?;
        }
        let held = entries(&self.wire.ask(Command::of("show map").word(version)?.word(self.path)?).await?)?;
        if held == lines { Ok(()) } else { Err(refused("the map would not hold exactly what was asked for")) }
    }

    async fn discard(&self, version: &str) {
        let clear = Command::of("clear map").word(version).and_then(|command| command.word(self.path));
        if let Ok(clear) = clear {
            // It was never in force, so it does not matter if it stays.
            let _ = self.wire.ask(clear).await;
        }
    }
}

/// Who may connect by a map that holds this.
pub(super) fn rules_of(path: &str, lines: Vec<String>) -> Rules {
    if lines.is_empty() {
        return Rules::open();
    }
    let list = Some(path.to_owned());
    if let Some(allow) = allowed(&lines) {
        return Rules { enforced: true, kind: ListKind::Only, list, entries: allow.texts(), ours: true };
    }
    let closes = |line: &&String| line.split_once(' ').is_some_and(|(_, value)| value == CLOSED);
    let enforced = lines.iter().any(|line| closes(&line));
    let everybody = lines.iter().filter(closes).any(|line| EVERYBODY.iter().any(|all| line.starts_with(all)));
    let kind = if everybody { ListKind::Only } else { ListKind::AllBut };
    Rules { enforced, kind, list, entries: lines, ours: false }
}

/// What the map of these rules holds.
///
/// # Errors
/// Garbled when they are Quell's and no list.
pub(super) fn lines_of(rules: &Rules) -> Result<Vec<String>, GateError> {
    if !rules.ours {
        return Ok(rules.entries.clone());
    }
    let allow = AllowList::try_from(rules.entries.clone());
    allow.map(|allow| closed_but(&allow)).map_err(|problem| GateError::Garbled(problem.message))
}

/// A map in Quell's form.
pub(super) fn closed_but(allow: &AllowList) -> Vec<String> {
    let closed = EVERYBODY.iter().map(|all| format!("{all} {CLOSED}"));
    let open = allow.texts().into_iter().chain(allow.networks().iter().filter_map(mapped));
    closed.chain(open.map(|network| format!("{network} {OPEN}"))).collect()
}

/// The list that a map in Quell's form is made from; none when it is not exactly of that form.
fn allowed(lines: &[String]) -> Option<AllowList> {
    let open = lines.iter().filter_map(|line| line.split_once(' ')).filter(|(_, value)| *value == OPEN);
    let own = open.map(|(network, _)| network).filter(|network| !network.starts_with("::ffff:"));
    let allow = AllowList::parse(&own.collect::<Vec<_>>().join(",")).ok()?;
    (closed_but(&allow) == lines).then_some(allow)
}

/// An IPv4 network as a listener of IPv6 sees its addresses.
fn mapped(network: &IpNet) -> Option<String> {
    let IpAddr::V4(address) = network.addr() else { return None };
    let address = address.to_ipv6_mapped();
    Some(match network.prefix_len() {
        32 => address.to_string(),
        prefix => format!("{address}/{}", 96 + prefix),
    })
}

/// `0x55f1c047b70 203.0.113.0/24 open` lines; HAProxy says anything else when it has no such map.
fn entries(said: &str) -> Result<Vec<String>, GateError> {
    let entry = |line: &str| line.strip_prefix("0x")?.split_once(' ').map(|(_, entry)| entry.to_owned());
    said.lines().map(|line| entry(line).ok_or_else(|| meaning(said))).collect()
}

/// Slices that fit into one command each; a single entry that does not is HAProxy's to refuse.
fn parts(lines: &[String]) -> impl Iterator<Item = &[String]> {
    let mut rest = lines;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fits = rest.iter().take_while(|line| {
            bytes += line.len() + 1;
            bytes <= AT_ONCE
        });
        let (part, left) = rest.split_at(fits.count().clamp(1.min(rest.len()), rest.len()));
        rest = left;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATH: &str = "/etc/haproxy/quell/shop.map";

    fn only(texts: &str) -> AllowList {
        AllowList::parse(texts).expect("a list")
    }

    fn owned(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_list_closes_everybody_and_opens_its_networks_for_both_kinds_of_listeners() {
        let allow = only("203.0.113.7 10.0.0.0/8 2001:db8::/48");
        let written = closed_but(&allow);
        assert_eq!(
            written,
            [
                "0.0.0.0/0 closed",
                "::/0 closed",
                "10.0.0.0/8 open",
                "2001:db8::/48 open",
                "203.0.113.7 open",
                "::ffff:10.0.0.0/104 open",
                "::ffff:203.0.113.7 open",
            ]
        );
        let rules = rules_of(PATH, written.clone());
        assert!(rules.is_restricted_to(&allow), "{rules:?}");
        assert_eq!(lines_of(&rules).expect("lines"), written);
    }

    #[test]
    fn what_another_hand_wrote_is_never_taken_for_ours() {
        let ours = closed_but(&only("203.0.113.7"));
        for nth in 0..ours.len() {
            let mut less = ours.clone();
            less.remove(nth);
            assert!(!rules_of(PATH, less.clone()).ours, "{less:?}");
            let mut other = ours.clone();
            other[nth] = other[nth].replace("open", "Open").replace("closed", "open");
            assert!(!rules_of(PATH, other.clone()).ours, "{other:?}");
        }
        let more = [ours, owned(&["198.51.100.1 open"])].concat();
        assert!(!rules_of(PATH, more).ours);
        assert_eq!(rules_of(PATH, Vec::new()), Rules::open());
        for (theirs, enforced, kind) in [
            (owned(&["198.51.100.9 closed", "198.51.100.9 open"]), true, ListKind::AllBut),
            (owned(&["0.0.0.0/0 closed", "10.0.0.0/8 open"]), true, ListKind::Only),
            (owned(&["198.51.100.9 closed soon", "198.51.100.8 "]), false, ListKind::AllBut),
        ] {
            let read = rules_of(PATH, theirs.clone());
            assert_eq!((read.enforced, read.kind, read.ours), (enforced, kind, false), "{theirs:?}");
            assert_eq!(lines_of(&read).expect("lines"), theirs, "in their order, as they are");
        }
    }

    #[test]
    fn entries_are_read_as_they_are_and_errors_are_none() {
        let said = "0x7f10 10.0.0.1 a;b\\ c  \n0x7f20 10.0.0.3 \n0x7f30 10.0.0.1 again";
        assert_eq!(entries(said).expect("entries"), ["10.0.0.1 a;b\\ c  ", "10.0.0.3 ", "10.0.0.1 again"]);
        assert!(entries("").expect("empty").is_empty());
        let unknown = entries("Unknown map identifier. Please use #<id> or <file>.");
        assert!(matches!(unknown, Err(GateError::Barred { field: "routes", .. })), "{unknown:?}");
    }

    #[test]
    fn many_entries_go_in_parts_that_fit() {
        let lines: Vec<String> = (0..600).map(|n| format!("::ffff:198.51.{}.{}/128 open", n / 250, n % 250)).collect();
        let sizes: Vec<usize> = parts(&lines).map(|part| part.iter().map(|line| line.len() + 1).sum()).collect();
        assert!(sizes.len() > 3 && sizes.iter().all(|size| *size <= AT_ONCE), "{sizes:?}");
        assert_eq!(parts(&lines).collect::<Vec<_>>().concat(), lines);
        let long = [format!("10.0.0.1 {}", "x".repeat(AT_ONCE)), "10.0.0.2 open".to_owned()];
        assert_eq!(parts(&long).count(), 2);
    }

    proptest! {
        #[test]
        fn no_text_panics(said in "\\PC*|[0x a-f:./\n]*", lines in prop::collection::vec(".*", 0..5)) {
            let _ = entries(&said);
            let _ = rules_of(PATH, lines);
        }
    }
}
