//! What HAProxy says about itself, and what an operator should know before relying on it.

use quell_core::ports::GateError;
use quell_domain::{
    gate::{BalancerFacts, Route},
    text,
};

use super::{
    Haproxy,
    answer::barred,
    map::Map,
    stat::{self, Kind, Row},
    wire::{Command, Wire},
};

/// The first version whose maps can be replaced at once.
const FIRST: (u32, u32) = (2, 4);
/// Most characters that are kept of one word of its.
const WORD: usize = 80;

impl Haproxy {
    pub(in crate::gate) async fn facts(&self) -> Result<BalancerFacts, GateError> {
        let info = self.wire.ask(Command::of("show info")).await?;
        self.is_its_socket(&info)?;
        let version = value(&info, "Version").ok_or_else(|| GateError::Garbled("show info: no version".to_owned()))?;
        let rows = stat::read(&self.wire.ask(Command::of("show stat")).await?)?;
        let gates: Vec<String> =
            rows.iter().filter(|row| row.kind == Kind::Frontend).map(|row| row.proxy.clone()).collect();
        let mut warnings = Vec::new();
        match self.level().await?.as_str() {
            "admin" => {}
            level => warnings.push(format!(
                "The socket's level is {level}: nothing can be taken out of service or cut through it. Write level admin in \
                 its line of HAProxy's configuration."
            )),
        }
        if number(version).is_none_or(|number| number < FIRST) {
            warnings.push(
                "This HAProxy is older than 2.4: its maps cannot be replaced at once, and Quell does not \
                           restrict anything through it."
                    .to_owned(),
            );
        }
        if value(&info, "Nbproc").is_some_and(|count| count != "1") {
            warnings.push(
                "It runs as several processes (nbproc), and a socket speaks with one of them: Quell would \
                           restrict only that one."
                    .to_owned(),
            );
        }
        for route in &self.routes {
            warnings.extend(self.wrong_with(route, &rows).await?);
        }
        warnings.extend(without_routes(&gates, &self.routes));
        if !self.wire.has_master() {
            warnings.push(
                "This is a worker's own socket: connections from before HAProxy's last reload belong to former workers, and \
                 can be neither counted nor cut through it. The master's socket reaches those too."
                    .to_owned(),
            );
        }
        warnings.push(
            "A reload of HAProxy reads its map files again and so forgets what Quell restricted. Quell looks again and says \
             so, but until then everybody may connect."
                .to_owned(),
        );
        Ok(BalancerFacts {
            version: format!("HAProxy {}", text::cut(version, WORD)),
            gates,
            warnings,
            checked_at: self.now,
        })
    }

    async fn wrong_with(&self, route: &Route, rows: &[Row]) -> Result<Vec<String>, GateError> {
        let is_there = |kind, name: &str| rows.iter().any(|row| row.kind == kind && row.proxy == name);
        let mut wrong = Vec::new();
        if !is_there(Kind::Frontend, &route.frontend) {
            wrong.push(format!("HAProxy knows no front end {}: nothing can be restricted there.", route.frontend));
        }
        for backend in route.backends.iter().filter(|name| !is_there(Kind::Backend, name)) {
            wrong.push(format!("HAProxy knows no back end {backend}: no container is found behind it."));
        }
        match (Map { wire: &self.wire, path: &route.map }).lines().await {
            Ok(_) => {}
            Err(GateError::Barred { words, .. }) => wrong.push(format!("{}: {words}", route.frontend)),
            Err(error) => return Err(error),
        }
        Ok(wrong)
    }

    /// `admin`, `operator` or `user`.
    pub(super) async fn level(&self) -> Result<String, GateError> {
        Ok(text::cut(self.wire.ask(Command::of("show cli level")).await?.trim(), WORD))
    }

    /// A master knows no command of a worker, and a worker nobody to hand commands on to.
    pub(super) fn is_its_socket(&self, said: &str) -> Result<(), GateError> {
        if !said.starts_with("Unknown command") {
            return Ok(());
        }
        let words = if self.wire.has_master() {
            "This is a worker's own socket. Write its path without master: before it."
        } else {
            "This is the master's socket. Write master: before its path."
        };
        Err(barred("socket", words, said.lines().next().unwrap_or_default().to_owned()))
    }

    /// Workers of before a reload that still serve connections; only a master knows them.
    pub(super) async fn former_workers(&self) -> Result<Vec<Wire>, GateError> {
        if !self.wire.has_master() {
            return Ok(Vec::new());
        }
        let said = self.wire.master().ask(Command::of("show proc")).await?;
        Ok(former(&said).map(|pid| self.wire.former(pid)).collect())
    }
}

/// Front ends of which nobody said where they lead to: a container may be reached through one and Quell would not find it.
fn without_routes(gates: &[String], routes: &[Route]) -> Option<String> {
    let known = |gate: &str| routes.iter().any(|route| route.frontend == gate);
    let others: Vec<&str> = gates.iter().map(String::as_str).filter(|gate| !known(gate)).collect();
    (!others.is_empty())
        .then(|| format!("No route names these front ends, and what they lead to is not found: {}.", others.join(", ")))
}

/// Process ids below `# old workers`.
fn former(said: &str) -> impl Iterator<Item = u32> {
    let old = said.lines().skip_while(|line| !line.starts_with("# old workers")).skip(1);
    old.take_while(|line| !line.starts_with('#')).filter_map(|line| line.split_whitespace().next()?.parse().ok())
}

/// Of a line `Name: value`.
fn value<'a>(said: &'a str, name: &str) -> Option<&'a str> {
    said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// `2.6.12-1+deb12u3` → (2, 6)
fn number(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (version, new) in [
            ("2.6.12-1+deb12u3", true),
            ("2.4.0", true),
            ("2.10-dev3", true),
            ("3.0.5", true),
            ("2.2.9-2", false),
            ("1.8", false),
        ] {
            assert_eq!(number(version).expect(version) >= FIRST, new, "{version}");
        }
        assert_eq!(number("new"), None);
    }

    #[test]
    fn former_workers_are_listed_apart() {
        let said = "#<PID>          <type>          <reloads>       <uptime>        <version>\n\
                    1162            master          5 [failed: 0]   0d00h02m07s     2.5-dev13\n\
                    # workers\n\
                    1271            worker          1               0d00h00m00s     2.5-dev13\n\
                    # old workers\n\
                    1233            worker          3               0d00h00m43s     2.0-dev3\n\
                    1240            worker          2               0d00h00m30s     2.0-dev3\n\
                    # programs\n\
                    1244            foo             0               0d00h00m00s     -";
        assert_eq!(former(said).collect::<Vec<_>>(), [1_233, 1_240]);
        assert_eq!(former("# workers\n1271 worker").count(), 0);
    }

    #[test]
    fn values_are_found_by_their_whole_name() {
        let said = "Name: HAProxy\nVersion: 2.6.12\nNbproc: 1\nProcess_num: 1";
        assert_eq!(
            (value(said, "Version"), value(said, "Nbproc"), value(said, "Nb")),
            (Some("2.6.12"), Some("1"), None)
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(said in "\\PC*|(# old workers|[0-9 :.#\n])*") {
            let _ = (former(&said).count(), value(&said, "Version"), number(&said));
        }
    }
}
