//! Gates of load balancers, as verbs. Nothing here deletes, makes or moves a listener or a back end.

use std::net::{IpAddr, SocketAddr};

use async_trait::async_trait;
use quell_domain::{
    gate::{AllowList, Balancer, BalancerAccess, BalancerFacts, Door, Gate, Member, Rules},
    ids::GateKey,
};

/// Why a load balancer did not do or tell something.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// It knows no such listener, pool or back end.
    #[error("the load balancer knows no such gate")]
    NotFound,
    /// It answered and said no. Nothing was changed.
    #[error("the load balancer refused ({status} {code}): {message}")]
    Refused {
        /// HTTP status; 0 where there is none.
        status: u16,
        /// Its own code; may be empty.
        code: String,
        /// Its words.
        message: String,
        /// Its id of the request, when it told one.
        request: Option<String>,
    },
    /// The rules are not those that were expected: somebody else changed them. Nothing was sent.
    #[error("somebody else changed the rules")]
    Conflict(Box<Rules>),
    /// It is busy with another change, or asks for patience, and stayed so for as long as was waited. Nothing was changed.
    #[error("the load balancer is busy: {0}")]
    Busy(String),
    /// Something that the load balancer's form names stands in the way: a file, a variable, a credential, the place
    /// itself. Nothing was changed.
    #[error("{field}: {words} ({cause})")]
    Barred {
        /// The field of the form.
        field: &'static str,
        /// What is wrong, for people. Holds nothing of a secret.
        words: String,
        /// For the log. Holds nothing of a secret.
        cause: String,
    },
    /// This kind of load balancer cannot do it; says what it can.
    #[error("not offered: {0}")]
    NotOffered(&'static str),
    /// It could not be reached: nothing was sent.
    #[error("the load balancer cannot be reached: {0}")]
    Unreachable(String),
    /// A change was sent and no whole answer came back: what happened is unknown.
    #[error("the load balancer gave no answer: {0}")]
    NoAnswer(String),
    /// It answered something that cannot be understood.
    #[error("the load balancer's answer cannot be read: {0}")]
    Garbled(String),
}

/// What was done, for the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// The load balancer's own ids of the requests that were sent, in order.
    pub requests: Vec<String>,
    /// What was sent and answered, in words for people.
    pub words: String,
}

/// What came of knocking at a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knock {
    /// It let us through.
    Through,
    /// It refused us: by closing, by resetting, or by no answer for as long as was waited. In words.
    Refused(String),
    /// We could not knock: no such address of ours, no way there. In words.
    NotProbed(String),
}

/// Load balancers of all kinds.
///
/// What changes something is never repeated by the adapter once the load balancer may have got it, except where the load
/// balancer itself said that it did nothing (429, 409 of a pending state). Every change first reads the rules and refuses
/// with [`GateError::Conflict`] when they are not `expected`.
#[async_trait]
pub trait Gates: Send + Sync {
    /// What an interface says about itself. Changes nothing.
    async fn facts(&self, access: &BalancerAccess) -> Result<BalancerFacts, GateError>;

    /// The gates that bring traffic to one of these doors, each with all its back ends, of all pages.
    async fn locate(&self, balancer: &Balancer, doors: &[Door]) -> Result<Vec<Gate>, GateError>;

    /// One gate as it is now.
    async fn read(&self, balancer: &Balancer, gate: &GateKey) -> Result<Gate, GateError>;

    /// Lets only these addresses connect from now on. Doing it again after a crash comes to the same.
    async fn restrict(
        &self,
        balancer: &Balancer,
        gate: &GateKey,
        allow: &AllowList,
        expected: &Rules,
    ) -> Result<Done, GateError>;

    /// Puts the former rules back, exactly.
    async fn restore(
        &self,
        balancer: &Balancer,
        gate: &GateKey,
        former: &Rules,
        expected: &Rules,
    ) -> Result<Done, GateError>;

    /// Gives one back end this share of new connections; 0 takes it out of service and leaves the others alone.
    async fn weigh(&self, balancer: &Balancer, gate: &GateKey, member: &Member, weight: u16)
    -> Result<Done, GateError>;

    /// Ends the connections that stand to one back end, where the load balancer can.
    async fn cut(&self, balancer: &Balancer, gate: &GateKey, member: &Member) -> Result<Done, GateError>;

    /// Connects to a gate's address, from this address of ours when one is given, and says whether it let us through.
    async fn knock(&self, gate: SocketAddr, http: bool, from: Option<IpAddr>) -> Knock;
}
