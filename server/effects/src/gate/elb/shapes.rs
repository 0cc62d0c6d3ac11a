//! What ELB's interface answers, as much of it as is used. Lists that are `null` are empty.

use serde::{Deserialize, Deserializer};

/// A reference to something.
#[derive(Debug, Deserialize)]
pub(super) struct Ref {
    pub id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Listener {
    pub id: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub protocol: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub protocol_port: u16,
    #[serde(default, deserialize_with = "null_is_default")]
    pub default_pool_id: String,
    /// One.
    #[serde(default, deserialize_with = "null_is_default")]
    pub loadbalancers: Vec<Ref>,
    #[serde(default, deserialize_with = "null_is_default")]
    pub enterprise_project_id: String,
    /// Null when none was ever attached.
    #[serde(default)]
    pub ipgroup: Option<Attached>,
}

/// A listener's access control (v3).
#[derive(Debug, Deserialize)]
pub(super) struct Attached {
    /// One, or several joined by commas.
    pub ipgroup_id: String,
    pub enable_ipgroup: bool,
    /// `white` or `black`.
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct IpGroup {
    pub id: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub ip_list: Vec<Entry>,
    /// Who uses it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub listeners: Vec<Ref>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub ip: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pool {
    pub id: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub listeners: Vec<Ref>,
}

/// A forwarding policy of a listener.
#[derive(Debug, Deserialize)]
pub(super) struct Policy {
    #[serde(default, deserialize_with = "null_is_default")]
    pub listener_id: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct BackEnd {
    pub id: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    pub address: String,
    /// 0 where the pool takes every port.
    #[serde(default, deserialize_with = "null_is_default")]
    pub protocol_port: u16,
    #[serde(default, deserialize_with = "null_is_default")]
    pub weight: u16,
    #[serde(default, deserialize_with = "null_is_default")]
    pub operating_status: String,
    /// Its health for single listeners, which counts before the one above.
    #[serde(default, deserialize_with = "null_is_default")]
    pub status: Vec<Health>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Health {
    #[serde(default, deserialize_with = "null_is_default")]
    pub listener_id: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub operating_status: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct LoadBalancer {
    pub id: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub name: String,
    /// `ACTIVE` when it can be changed.
    #[serde(default, deserialize_with = "null_is_default")]
    pub provisioning_status: String,
    /// `ONLINE` or `FROZEN`.
    #[serde(default, deserialize_with = "null_is_default")]
    pub operating_status: String,
    /// True for dedicated ones, false for shared ones.
    #[serde(default, deserialize_with = "null_is_default")]
    pub guaranteed: bool,
    #[serde(default, deserialize_with = "null_is_default")]
    pub vip_address: String,
    #[serde(default, deserialize_with = "null_is_default")]
    pub ipv6_vip_address: String,
    /// These three are its addresses on the Internet; the first two are the same ones.
    #[serde(default)]
    pub eips: Option<Vec<PublicAddress>>,
    #[serde(default)]
    pub publicips: Option<Vec<PublicAddress>>,
    #[serde(default)]
    pub global_eips: Option<Vec<PublicAddress>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PublicAddress {
    #[serde(default, alias = "publicip_address", alias = "global_eip_address", deserialize_with = "null_is_default")]
    pub eip_address: String,
}

/// A listener's access control (v2).
#[derive(Debug, Deserialize)]
pub(super) struct Whitelist {
    pub id: String,
    pub listener_id: String,
    pub enable_whitelist: bool,
    /// Addresses and networks joined by commas.
    #[serde(default, deserialize_with = "null_is_default")]
    pub whitelist: String,
}

fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
