//! Knocking at a gate before and after it is restricted. A refusal proves something only when the same knock got through
//! before.

use std::net::{IpAddr, SocketAddr};

use quell_domain::gate::{AllowList, Gate, GateChange, Hold, HoldState, How, Knocked, Probe, Proof};

use crate::{Portal, ports::Knock, usecase::gates::Holds};

impl Portal {
    /// Knocks from outside and from inside, before anything is changed.
    pub(super) async fn knocks_before(&self, change: &GateChange, gate: &Gate) -> (Probe, Probe) {
        if change.how() != How::List {
            let why = "Other back ends answer here as before.";
            return (Probe::none(why), Probe::none(why));
        }
        let settings = &self.settings.gates;
        let outside = self.knock_before(gate, settings.outside, (change.allow(), false), "gates.outside");
        let inside = self.knock_before(gate, settings.inside, (change.allow(), true), "gates.inside");
        tokio::join!(outside, inside)
    }

    async fn knock_before(
        &self,
        gate: &Gate,
        from: Option<IpAddr>,
        (allow, listed): (Option<&AllowList>, bool),
        key: &str,
    ) -> Probe {
        let Some(from) = from else { return Probe::none(format!("{key} is not set.")) };
        match (allow.is_some_and(|allow| allow.lets_in(from)), listed) {
            (true, false) => return Probe::none(format!("{from} ({key}) is on the list.")),
            (false, true) => return Probe::none(format!("{from} ({key}) is not on the list.")),
            _ => {}
        }
        let Some(to) = place(gate, from) else {
            return Probe::none("The load balancer tells no address and port of this gate to knock at.");
        };
        let (before, words) = said(self.gates.knock(to, is_http(gate), Some(from)).await);
        let (from, to) = (from.to_string(), to.to_string());
        Probe { from, to, before, after: Knocked::NotProbed, words }
    }

    /// The same knocks again, after it was changed.
    pub(super) async fn knocks_after(&self, hold: &Hold, gate: &Gate) -> Proof {
        let http = is_http(gate);
        let (outside, inside) =
            tokio::join!(self.knock_again(&hold.proof.outside, http), self.knock_again(&hold.proof.inside, http));
        Proof { read_back: Some(self.now()), outside, inside }
    }

    async fn knock_again(&self, probe: &Probe, http: bool) -> Probe {
        let (Ok(from), Ok(to)) = (probe.from.parse::<IpAddr>(), probe.to.parse::<SocketAddr>()) else {
            return probe.clone();
        };
        let (after, words) = said(self.gates.knock(to, http, Some(from)).await);
        Probe { after, words, ..probe.clone() }
    }
}

/// Where a hold has closed the gate already, nobody gets through any more: what the same knock came to before that one counts.
pub(super) fn as_before_the_first(probe: Probe, holds: &Holds) -> Probe {
    let held = holds.active.iter().map(|(hold, _)| hold).filter(|hold| hold.state == HoldState::Held);
    let same = |known: &&Probe| (&known.from, &known.to) == (&probe.from, &probe.to);
    let mut known = held.map(|hold| &hold.proof.outside).filter(same);
    match probe.before == Knocked::Refused && known.any(|known| known.before == Knocked::Through) {
        true => Probe { before: Knocked::Through, ..probe },
        false => probe,
    }
}

/// Where to knock from there: an address of the same kind.
fn place(gate: &Gate, from: IpAddr) -> Option<SocketAddr> {
    let addresses = gate.addresses.iter().filter_map(|address| address.parse::<IpAddr>().ok());
    let address = addresses.map(|address| address.to_canonical()).find(|it| it.is_ipv4() == from.is_ipv4())?;
    (gate.port != 0).then(|| SocketAddr::new(address, gate.port))
}

fn is_http(gate: &Gate) -> bool {
    gate.protocol.eq_ignore_ascii_case("http")
}

fn said(knock: Knock) -> (Knocked, String) {
    match knock {
        Knock::Through => (Knocked::Through, String::new()),
        Knock::Refused(words) => (Knocked::Refused, words),
        Knock::NotProbed(words) => (Knocked::NotProbed, words),
    }
}
