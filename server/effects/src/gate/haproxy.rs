//! HAProxy over its Runtime API: who may connect is a map that its configuration names (`server/config/haproxy-quell.cfg`).
//!
//! Owns: the verbs for HAProxy, and what its answers mean. Must not know: other load balancers, incidents. Repeats nothing.
//! Each verb asks HAProxy itself what is there before it sends a change; nothing is remembered.

mod answer;
mod facts;
mod map;
mod servers;
mod sess;
mod stat;
mod wire;

use quell_core::ports::{Done, GateError};
use quell_domain::{
    Timestamp,
    gate::{AllowList, Door, Gate, Member, Route, Rules},
    ids::{BalancerId, GateKey},
};

use answer::{barred, counted, done, low_level};
use map::{Map, closed_but, lines_of, rules_of};
use stat::{Kind, Row};
use wire::{Command, Wire};

/// Most entries of another hand that are kept, so that they can be put back.
const MOST_OF_OTHERS: usize = 2_000;
const TOO_MUCH: &str = "The map holds too many entries that are not Quell's: they could not be kept to be put back. Give Quell \
                        a map of its own.";

/// One HAProxy, for one call of the port.
#[derive(Debug)]
pub(super) struct Haproxy {
    wire: Wire,
    routes: Vec<Route>,
    now: Timestamp,
}

impl Haproxy {
    pub(super) fn new(socket: &str, master: bool, routes: Vec<Route>, now: Timestamp) -> Self {
        Self { wire: Wire::worker(socket, master), routes, now }
    }

    pub(super) async fn locate(&self, balancer: &BalancerId, doors: &[Door]) -> Result<Vec<Gate>, GateError> {
        let rows = self.rows().await?;
        let mut gates = Vec::new();
        for route in &self.routes {
            // A front end that is not there brings nothing to anybody; the page of the load balancer says that it is not.
            let Some(mut gate) = self.described(balancer, route, &rows) else { continue };
            if gate.members_at(doors).next().is_some() {
                self.add_rules(&mut gate, route).await?;
                gates.push(gate);
            }
        }
        Ok(gates)
    }

    pub(super) async fn read(&self, balancer: &BalancerId, gate: &GateKey) -> Result<Gate, GateError> {
        let route = self.route(gate)?;
        let mut gate = self.described(balancer, route, &self.rows().await?).ok_or(GateError::NotFound)?;
        self.add_rules(&mut gate, route).await?;
        Ok(gate)
    }

    pub(super) async fn restrict(
        &self,
        gate: &GateKey,
        allow: &AllowList,
        expected: &Rules,
    ) -> Result<Done, GateError> {
        let map = self.map(self.route(gate)?);
        let now = map.lines().await?;
        let rules = rules_of(map.path, now.clone());
        if rules.is_restricted_to(allow) {
            return Ok(done(format!("{} held exactly this list already; nothing was sent.", map.path)));
        }
        if is_too_much(&rules) {
            return Err(barred("routes", TOO_MUCH, format!("{} entries in {}", now.len(), map.path)));
        }
        if rules != *expected {
            return Err(GateError::Conflict(Box::new(rules)));
        }
        if !rules.ours {
            map.rehearse(&now).await?;
        }
        map.replace(&now, &closed_but(allow)).await?;
        let count = counted(allow.networks().len(), "network");
        Ok(done(format!("{} was replaced at once: closed, with {count} let in.", map.path)))
    }

    pub(super) async fn restore(&self, gate: &GateKey, former: &Rules, expected: &Rules) -> Result<Done, GateError> {
        let map = self.map(self.route(gate)?);
        let now = map.lines().await?;
        let rules = rules_of(map.path, now.clone());
        if rules.is_restored_to(former) {
            return Ok(done(format!("{} held the former entries already; nothing was sent.", map.path)));
        }
        if rules != *expected {
            return Err(GateError::Conflict(Box::new(rules)));
        }
        let wanted = lines_of(former)?;
        map.replace(&now, &wanted).await?;
        Ok(done(match wanted.len() {
            0 => format!("{} was emptied at once: everybody may connect.", map.path),
            _ => format!("{} was replaced at once: it holds its {} former entries.", map.path, wanted.len()),
        }))
    }

    fn route(&self, gate: &GateKey) -> Result<&Route, GateError> {
        self.routes.iter().find(|route| route.frontend == gate.as_str()).ok_or(GateError::NotFound)
    }

    fn map<'a>(&'a self, route: &'a Route) -> Map<'a> {
        Map { wire: &self.wire, path: &route.map }
    }

    async fn rows(&self) -> Result<Vec<Row>, GateError> {
        let said = self.wire.ask(Command::of("show stat")).await?;
        self.is_its_socket(&said)?;
        let rows = stat::read(&said)?;
        // Below the level operator addresses are left out, and no container would ever be found.
        let told = rows.iter().any(|row| row.kind == Kind::Server && !row.address.is_empty());
        if !told && self.level().await? == "user" {
            return Err(low_level("user"));
        }
        Ok(rows)
    }

    fn described(&self, balancer: &BalancerId, route: &Route, rows: &[Row]) -> Option<Gate> {
        let frontend = of(rows, Kind::Frontend, &route.frontend).find(|row| row.status != "STOP")?;
        let listeners: Vec<_> = match route.on {
            Some(on) => vec![(Some(on.ip()), on.port())],
            None => of(rows, Kind::Listener, &route.frontend).filter_map(Row::listens).collect(),
        };
        let members = route.backends.iter().flat_map(|pool| of(rows, Kind::Server, pool)).map(member).collect();
        Some(Gate {
            balancer: balancer.clone(),
            key: GateKey::new(&route.frontend),
            name: route.frontend.clone(),
            protocol: frontend.mode.clone(),
            port: listeners.first().map_or(0, |(_, port)| *port),
            addresses: listeners.iter().filter_map(|(address, _)| address.map(|it| it.to_string())).collect(),
            public: None,
            rules: Rules::open(),
            members,
            rate: frontend.rate,
            sessions: frontend.sessions,
            locked: None,
            checked_at: self.now,
        })
    }

    async fn add_rules(&self, gate: &mut Gate, route: &Route) -> Result<(), GateError> {
        match self.map(route).lines().await {
            Ok(lines) => {
                gate.rules = rules_of(&route.map, lines);
                if is_too_much(&gate.rules) {
                    gate.rules.entries.truncate(MOST_OF_OTHERS);
                    gate.locked = Some(TOO_MUCH.to_owned());
                }
            }
            Err(GateError::Barred { field: "routes", words, .. }) => gate.locked = Some(words),
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// The rows of this kind of a front end or back end.
fn of<'a>(rows: &'a [Row], kind: Kind, proxy: &'a str) -> impl Iterator<Item = &'a Row> {
    rows.iter().filter(move |row| row.kind == kind && row.proxy == proxy)
}

fn member(row: &Row) -> Member {
    let (address, port) = row.place();
    Member {
        id: row.name.clone(),
        pool: row.proxy.clone(),
        name: row.name.clone(),
        address,
        port,
        weight: row.share(),
        health: row.status.clone(),
        sessions: row.sessions,
    }
}

fn is_too_much(rules: &Rules) -> bool {
    !rules.ours && rules.entries.len() > MOST_OF_OTHERS
}
