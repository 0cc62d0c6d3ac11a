//! The objects, with the fields that the simulator works with.
//!
//! A field that only travels through is in `other`: it stands in the answers as the seed or a change has it. The
//! defaults of the many fields that nobody names are in [`view`](super::view).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Millis;

/// Fields that only travel through.
type Other = Map<String, Value>;

/// What every object has.
pub trait Object {
    /// What the vendor calls it in its messages.
    const KIND: &'static str;

    /// 36 characters.
    fn id(&self) -> &str;
    /// 32 characters of hex.
    fn project(&self) -> &str;
    /// For the seed, which may leave these out: id, project, and the two times, if the object has them.
    fn blanks(&mut self) -> (&mut String, &mut String, Option<(&mut String, &mut String)>);
}

macro_rules! object {
    ($type:ident, $kind:literal, timed) => {
        object!($type, $kind, |it| Some((&mut it.created_at, &mut it.updated_at)));
    };
    ($type:ident, $kind:literal, untimed) => {
        object!($type, $kind, |_it| None);
    };
    ($type:ident, $kind:literal, |$it:ident| $times:expr) => {
        impl Object for $type {
            const KIND: &'static str = $kind;

            fn id(&self) -> &str {
                &self.id
            }

            fn project(&self) -> &str {
                &self.project_id
            }

            fn blanks(&mut self) -> (&mut String, &mut String, Option<(&mut String, &mut String)>) {
                let $it = self;
                (&mut $it.id, &mut $it.project_id, $times)
            }
        }
    };
}

/// A load balancer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub project_id: String,
    /// Its name.
    pub name: String,
    /// True for a dedicated one, false for a shared one; version 2 knows only shared ones.
    #[serde(default = "yes")]
    pub guaranteed: bool,
    /// Its private address.
    pub vip_address: String,
    /// Its addresses on the Internet.
    #[serde(default)]
    pub eips: Vec<Eip>,
    /// `ACTIVE`, or what control has made of it.
    #[serde(default = "active")]
    pub provisioning_status: String,
    /// Until when it is busy with a change.
    #[serde(default)]
    pub pending_until: Option<Millis>,
    /// When it was made.
    #[serde(default)]
    pub created_at: String,
    /// When it was changed.
    #[serde(default)]
    pub updated_at: String,
    /// Fields that only travel through.
    #[serde(flatten)]
    pub other: Other,
}

impl LoadBalancer {
    /// `ACTIVE`, when it can be changed.
    pub fn status(&self, now: Millis) -> &str {
        if self.pending_until.is_some_and(|until| now < until) { "PENDING_UPDATE" } else { &self.provisioning_status }
    }
}

/// An address on the Internet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eip {
    /// Its id.
    pub eip_id: String,
    /// IPv4.
    pub eip_address: String,
}

/// A listener: a port of a load balancer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listener {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub project_id: String,
    /// Its name.
    pub name: String,
    /// `TCP`, `HTTPS` …
    pub protocol: String,
    /// 443
    pub protocol_port: u16,
    /// Its load balancer.
    pub loadbalancer_id: String,
    /// Where it sends what no forwarding policy takes.
    #[serde(default)]
    pub default_pool_id: Option<String>,
    /// Its access control; none when no group was ever attached.
    #[serde(default)]
    pub ipgroup: Option<Binding>,
    /// When it was made.
    #[serde(default)]
    pub created_at: String,
    /// When it was changed.
    #[serde(default)]
    pub updated_at: String,
    /// Fields that only travel through.
    #[serde(flatten)]
    pub other: Other,
}

/// The access control of a listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// One group, or several with commas between them.
    pub ipgroup_id: String,
    /// Whether it is enforced.
    pub enable_ipgroup: bool,
    /// Whether the group says who may connect, or who may not.
    pub r#type: Listed,
}

impl Binding {
    /// The groups.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ipgroup_id.split(',')
    }
}

/// What a group's addresses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Listed {
    /// Only these may connect.
    White,
    /// These may not.
    Black,
}

/// A group of back ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pool {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub project_id: String,
    /// Its name.
    pub name: String,
    /// `HTTP`, `TCP` …
    pub protocol: String,
    /// Its load balancer.
    pub loadbalancer_id: String,
    /// When it was made.
    #[serde(default)]
    pub created_at: String,
    /// When it was changed.
    #[serde(default)]
    pub updated_at: String,
    /// Fields that only travel through.
    #[serde(flatten)]
    pub other: Other,
}

/// A back end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Member {
    /// Its id: not a server's.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub project_id: String,
    /// Its pool.
    pub pool_id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Node, pod or foreign address.
    pub address: String,
    /// 30080
    pub protocol_port: u16,
    /// 0 to 100; 0 gets no new request.
    #[serde(default = "one")]
    pub weight: u8,
    /// `ONLINE`, `OFFLINE` …
    #[serde(default = "online")]
    pub operating_status: String,
    /// None for a back end that is named by address only.
    #[serde(default)]
    pub subnet_cidr_id: Option<String>,
    /// The server, if it is one of the cloud's.
    #[serde(default)]
    pub instance_id: String,
    /// When it was made.
    #[serde(default)]
    pub created_at: String,
    /// When it was changed.
    #[serde(default)]
    pub updated_at: String,
    /// Fields that only travel through.
    #[serde(flatten)]
    pub other: Other,
}

/// A forwarding policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct L7Policy {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub project_id: String,
    /// Its name.
    pub name: String,
    /// On which listener.
    pub listener_id: String,
    /// Where it sends what it takes.
    pub redirect_pool_id: String,
    /// When it was made.
    #[serde(default)]
    pub created_at: String,
    /// When it was changed.
    #[serde(default)]
    pub updated_at: String,
    /// Fields that only travel through.
    #[serde(flatten)]
    pub other: Other,
}

/// A group of addresses.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IpGroup {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub project_id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What somebody wrote about it.
    #[serde(default)]
    pub description: String,
    /// Its addresses.
    pub ip_list: Vec<Ip>,
    /// `"0"` or an id.
    #[serde(default = "zero")]
    pub enterprise_project_id: String,
    /// When it was made.
    #[serde(default)]
    pub created_at: String,
    /// When it was changed.
    #[serde(default)]
    pub updated_at: String,
}

/// An entry of a group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ip {
    /// An address, a network or a range, as it was written.
    pub ip: String,
    /// What somebody wrote about it.
    #[serde(default)]
    pub description: String,
}

/// The older access control of a listener of a shared load balancer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whitelist {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Whose it is.
    #[serde(default)]
    pub project_id: String,
    /// Its listener, which has no other.
    pub listener_id: String,
    /// Whether it is enforced.
    pub enable_whitelist: bool,
    /// Addresses and networks with commas between them.
    pub whitelist: String,
}

object!(LoadBalancer, "loadbalancer", timed);
object!(Listener, "listener", timed);
object!(Pool, "pool", timed);
object!(Member, "member", timed);
object!(L7Policy, "l7policy", timed);
object!(IpGroup, "ipgroup", timed);
object!(Whitelist, "whitelist", untimed);

fn yes() -> bool {
    true
}

fn one() -> u8 {
    1
}

fn active() -> String {
    "ACTIVE".into()
}

fn online() -> String {
    "ONLINE".into()
}

fn zero() -> String {
    "0".into()
}
