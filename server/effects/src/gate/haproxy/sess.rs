//! Connections that stand to one server, and their end.
//!
//! Owns: how a connection is told from another, and that one counts as ended only when HAProxy lists it no more.

use std::{collections::HashSet, time::Duration};

use quell_core::ports::GateError;
use tokio::time::Instant;

use super::{
    answer::silent,
    wire::{Command, Wire},
};

/// Longest wait for connections to be gone after HAProxy was told to end them; it takes milliseconds.
const END: Duration = Duration::from_secs(5);
/// How often it is looked whether they are.
const LOOK: Duration = Duration::from_millis(25);

/// HAProxy's id, which is a place in its memory and used again soon, and the client's address and port with it: a client
/// cannot choose those to be another's.
type Connection = (String, String);

/// A server of a back end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Server<'a> {
    pub pool: &'a str,
    pub name: &'a str,
}

impl Server<'_> {
    /// `shop_be/a`, as commands name it.
    pub(super) fn path(&self) -> String {
        format!("{}/{}", self.pool, self.name)
    }

    /// Ends all connections that one worker has to it, and waits until they are gone. Gives how many there were.
    ///
    /// # Errors
    /// No answer when some did not end, or it is not known.
    pub(super) async fn cut(&self, worker: &Wire) -> Result<usize, GateError> {
        let before = self.standing(worker).await?;
        if worker.is_former() {
            // It has given up its back ends and ends nothing of theirs as a whole; but it takes no new connections either,
            // so that an id is not another's by now. It says something of a connection that has ended meanwhile.
            for (id, _) in &before {
                worker.tell(Command::of("shutdown session").word(id)?).await?;
            }
        } else {
            silent(&worker.tell(Command::of("shutdown sessions server").word(&self.path())?).await?)?;
        }
        let late = Instant::now() + END;
        loop {
            let now = match self.standing(worker).await {
                Ok(now) => now,
                Err(GateError::Unreachable(_)) if worker.is_former() => return Ok(before.len()),
                Err(error) => return Err(GateError::NoAnswer(error.to_string())),
            };
            match before.intersection(&now).count() {
                0 => return Ok(before.len()),
                left if Instant::now() >= late => {
                    return Err(GateError::NoAnswer(format!("{left} of {} connections still stand", before.len())));
                }
                _ => tokio::time::sleep(LOOK).await,
            }
        }
    }

    async fn standing(&self, worker: &Wire) -> Result<HashSet<Connection>, GateError> {
        Ok(self.among(&worker.ask(Command::of("show sess")).await?))
    }

    /// Lines of words, the first an id, the others `name=value`.
    fn among(&self, said: &str) -> HashSet<Connection> {
        let (pool, server) = (format!("be={}", self.pool), format!("srv={}", self.name));
        let lines = said.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let own = lines.filter(|words| words.contains(&pool.as_str()) && words.contains(&server.as_str()));
        own.map(|words| {
            let source = words.iter().find(|word| word.starts_with("src=")).copied().unwrap_or_default();
            (words[0].trim_end_matches(':').to_owned(), source.to_owned())
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHOP: Server<'_> = Server { pool: "shop_be", name: "a" };

    #[test]
    fn only_its_own_connections_are_counted() {
        let said = "0x7f01: proto=tcpv4 src=10.0.0.9:1000 fe=shop be=shop_be srv=a ts=00 epoch=0x1 age=0s\n\
                    0x7f02: proto=tcpv4 src=10.0.0.9:1001 fe=shop be=shop_be srv=ab ts=00\n\
                    0x7f03: proto=tcpv4 src=10.0.0.9:1002 fe=shop be=api_be srv=a ts=00\n\
                    0x7f04: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00";
        assert_eq!(SHOP.among(said), HashSet::from([("0x7f01".to_owned(), "src=10.0.0.9:1000".to_owned())]));
        assert!(SHOP.among("").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_panics(said in "\\PC*|(0x7f: |be=shop_be |srv=a |src=|\n| )*") {
            let _ = SHOP.among(&said);
        }
    }
}
