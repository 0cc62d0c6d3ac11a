//! The addresses that may still connect through a restricted gate: typed by people, so checked with care.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::error::Problem;

/// The widest network that may be let in, in bits of its prefix: wider ones are not chosen addresses any more.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 20;

/// At least one network, at most [`AllowList::MOST`], each once, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct AllowList(Vec<IpNet>);

impl AllowList {
    /// Most entries: what one list of a cloud's load balancer holds.
    pub const MOST: usize = 300;

    /// Reads addresses and networks, IPv4 and IPv6, divided by commas, blanks or lines. An address written twice counts
    /// once.
    ///
    /// # Errors
    /// Invalid, naming the field `allow` and the entry: empty; not an address; host bits set; as wide as everybody; too many.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let entries = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        let mut networks = entries.map(entry).collect::<Result<Vec<_>, _>>()?;
        networks.sort();
        networks.dedup();
        match networks.len() {
            0 => wrong(
                "Name at least one address that may still connect, for example your own. To let nobody in, write 192.0.2.1, \
                 which nobody has.",
            ),
            count if count > Self::MOST => wrong(format!(
                "These are {count} entries; a load balancer takes {} at most. Join them to networks.",
                Self::MOST
            )),
            _ => Ok(Self(networks)),
        }
    }

    /// The networks.
    #[must_use]
    pub fn networks(&self) -> &[IpNet] {
        &self.0
    }

    /// As load balancers write them, sorted as text: an address without its prefix, a network with it.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = self.0.iter().map(written).collect();
        texts.sort();
        texts
    }

    /// May this address connect?
    #[must_use]
    pub fn lets_in(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

impl TryFrom<Vec<String>> for AllowList {
    type Error = Problem;
    fn try_from(texts: Vec<String>) -> Result<Self, Problem> {
        Self::parse(&texts.join(","))
    }
}

impl From<AllowList> for Vec<String> {
    fn from(list: AllowList) -> Self {
        list.texts()
    }
}

fn written(network: &IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() { network.addr().to_string() } else { network.to_string() }
}

/// Load balancers may see clients of IPv4 by their addresses in `::ffff:0:0/96`.
fn holds_all_of_ipv4(network: IpNet) -> bool {
    network.addr().is_ipv6() && network.contains(&IpAddr::V6(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped()))
}

/// `::ffff:203.0.113.0/120` is 203.0.113.0/24: load balancers see such clients by their IPv4 address.
fn unmapped(network: IpNet) -> IpNet {
    let narrow = network.prefix_len().checked_sub(96).filter(|_| network.addr().is_ipv6());
    match (network.addr().to_canonical(), narrow) {
        (IpAddr::V4(address), Some(prefix)) => IpNet::new(address.into(), prefix).unwrap_or(network),
        _ => network,
    }
}

fn entry(text: &str) -> Result<IpNet, Problem> {
    let shown = crate::text::visible(&text.chars().take(60).collect::<String>());
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address.to_canonical()),
        Err(_) => match text.parse::<IpNet>() {
            Ok(network) => unmapped(network),
            Err(_) => {
                return wrong(format!(
                    "“{shown}” is no address. Write 203.0.113.7, 203.0.113.0/24, 2001:db8::7 or 2001:db8::/48."
                ));
            }
        },
    };
    if network.addr() != network.network() {
        return wrong(format!(
            "“{shown}” has host bits set. Write {} for the network, or {} for one address.",
            network.trunc(),
            network.addr()
        ));
    }
    let widest = if network.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    if network.prefix_len() < widest {
        return wrong(format!("“{shown}” lets in nearly everybody. Write /{widest} or narrower."));
    }
    if holds_all_of_ipv4(network) {
        return wrong(format!("“{shown}” lets in all of IPv4."));
    }
    if network.addr().is_unspecified() || network.addr().is_multicast() {
        return wrong(format!("“{shown}” is no address that a client can have."));
    }
    Ok(network)
}

fn wrong<T>(remedy: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::field("allow", remedy))
}
