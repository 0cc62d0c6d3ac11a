//! Permission as a value: a use case takes a [`Grant`] that only [`Portal::authorise`](crate::Portal::authorise) can
//! make, so that a use case without a permission check does not compile.

use std::marker::PhantomData;

use quell_domain::{
    Problem, Timestamp,
    audit::{Actor, ActorKind},
    ids::{AccountId, Digest, PersonId},
    policy::{self, Can, Permission, Role},
    proof::{self, Proof},
};

use crate::usecase::tokens;

/// Who asks, as the edge found it out. Not yet trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A browser with a session.
    Session {
        /// The person signed in.
        person: PersonId,
        /// With this account.
        account: AccountId,
        /// Sign-in name of the account.
        login: String,
        /// What its password was then, see [`SignedIn`](crate::usecase::session::SignedIn).
        password: Digest,
        /// When and by what they last proved that it is them.
        proof: Option<Proof>,
        /// Network address.
        address: Option<String>,
    },
    /// A script with a token of its person.
    Token {
        /// SHA-256 of the secret that came.
        hash: Digest,
        /// Network address.
        address: Option<String>,
    },
    /// Nobody we know.
    Anonymous {
        /// Network address.
        address: Option<String>,
    },
    /// Somebody with a shell on the portal's machine and access to its database.
    Operator,
}

/// Proof that somebody may do what `P` names. Cannot be cloned or made elsewhere.
#[derive(Debug)]
pub struct Grant<P> {
    pub(crate) person: Option<PersonId>,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) address: Option<String>,
    pub(crate) proof: Option<Proof>,
    pub(crate) token: Option<String>,
    pub(crate) permission: PhantomData<P>,
}

impl<P> Grant<P> {
    /// For the audit trail.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match &self.person {
            Some(person) => Actor {
                kind: ActorKind::Person,
                id: person.to_string(),
                name: self.name.clone(),
                address: match &self.token {
                    Some(token) => Some(tokens::by_token(self.address.as_deref(), token)),
                    None => self.address.clone(),
                },
            },
            None => Actor::operator(),
        }
    }

    /// The person, when it is one and not the local operator.
    #[must_use]
    pub fn person(&self) -> Option<&PersonId> {
        self.person.as_ref()
    }

    /// The person, for what the local operator cannot do. `what` ends the sentence that says so.
    ///
    /// # Errors
    /// Forbidden for the local operator.
    pub(crate) fn only_person(&self, what: &str) -> Result<PersonId, Problem> {
        self.person.clone().ok_or_else(|| Problem::forbidden(format!("Only a person can {what}.")))
    }

    /// The same, for comparing: nobody's id for the local operator.
    #[must_use]
    pub fn me(&self) -> PersonId {
        self.person.clone().unwrap_or_else(|| PersonId::new(""))
    }

    /// The proof given within the last minutes that it is really them; only a person in a browser can have given one.
    ///
    /// # Errors
    /// Step-up: says what to do.
    pub fn fresh(&self, now: Timestamp) -> Result<Proof, Problem> {
        if self.by_token() {
            return Err(Problem::forbidden(
                "A token cannot do this: it needs a person in a browser, with a fresh proof.",
            ));
        }
        self.proof.clone().filter(|proof| proof.is_fresh(now)).ok_or_else(proof::wanted)
    }

    /// Came it by a token? Then the same person asks, but nobody is known to sit there: what needs them in person is
    /// refused.
    #[must_use]
    pub fn by_token(&self) -> bool {
        self.token.is_some()
    }

    /// Their roles, for what else a page offers.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// May they do this as well, as far as their roles go? For what else a page offers; proves nothing.
    #[must_use]
    pub fn can(&self, permission: Permission) -> Can {
        Can::from_decision(policy::decide(&self.roles, permission))
    }
}

/// A type that stands for one permission.
pub trait Proves: Send + Sync {
    /// Which.
    const PERMISSION: Permission;
}

/// One type for each permission.
pub mod may {
    use super::{Permission, Proves};

    macro_rules! proofs {
        ($($name:ident),+ $(,)?) => {$(
            #[doc = concat!("Proof of [`Permission::", stringify!($name), "`].")]
            #[derive(Debug)]
            pub struct $name;
            impl Proves for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )+};
    }
    proofs!(
        ReadIncidents,
        Triage,
        Contain,
        Decide,
        MovePlaybook,
        CollectEvidence,
        ReadEvidence,
        ReadAudit,
        ManagePeople,
        ManageNodes,
        ManageGates,
        ManageSources,
        ManagePolicy,
        OwnAccount,
    );
}
