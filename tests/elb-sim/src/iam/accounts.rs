//! What the identity service keeps.

use serde::{Deserialize, Serialize};

use crate::clock::Millis;

/// How long a token lives.
pub const TOKEN_LIFE: Millis = 24 * 3_600_000;

/// Everything that the identity service keeps.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Accounts {
    /// Accounts.
    pub domains: Vec<Domain>,
    /// Their projects.
    pub projects: Vec<Project>,
    /// Their users.
    pub users: Vec<User>,
    /// Permanent keys.
    pub access_keys: Vec<AccessKey>,
    /// Agencies: what one account lets another do.
    pub agencies: Vec<Agency>,
    /// Tokens that were given out.
    #[serde(skip)]
    pub tokens: Vec<Token>,
    /// Temporary keys that were given out.
    #[serde(skip)]
    pub temporary: Vec<TemporaryKey>,
}

/// An account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// 32 characters of hex.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A project of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// 32 characters of hex.
    pub id: String,
    /// The region, or the region with `_` and a name of its own.
    pub name: String,
    /// Whose it is.
    pub domain_id: String,
}

/// A user of an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// 32 characters of hex.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whose user it is.
    pub domain_id: String,
    /// Its password.
    pub password: String,
    /// A user who is not enabled gets no token.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What it may do: `elb:ipgroups:list`, or with a star at the end.
    #[serde(default = "everything")]
    pub allow: Vec<String>,
}

impl User {
    /// Whether it may do this.
    pub fn may(&self, action: &str) -> bool {
        self.allow.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(start) => action.starts_with(start),
            None => action == allowed,
        })
    }
}

/// A permanent key of a user.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessKey {
    /// Its name, which is sent.
    pub access: String,
    /// Its secret, which is not.
    pub secret: String,
    /// Whose it is.
    pub user_id: String,
}

/// An agency: lets users of another account act in this one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Its name.
    pub name: String,
    /// In which account.
    pub domain_id: String,
}

/// Where a caller may do what its user may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// In every project of the account: a key.
    Projects,
    /// In one project: a token.
    Project(String),
    /// In the account itself and in no project: a token for global services.
    Account,
}

/// A token.
#[derive(Debug, Clone)]
pub struct Token {
    /// What the header carries.
    pub value: String,
    /// Whose it is.
    pub user_id: String,
    /// What it is good for.
    pub scope: Scope,
    /// When it ends.
    pub expires: Millis,
}

/// A temporary key.
#[derive(Debug, Clone)]
pub struct TemporaryKey {
    /// Its name.
    pub access: String,
    /// Its secret.
    pub secret: String,
    /// What must be sent with it.
    pub security_token: String,
    /// Who got it.
    pub user_id: String,
    /// In which account it acts.
    pub domain_id: String,
    /// When it ends.
    pub expires: Millis,
}

impl Accounts {
    /// The user with this id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The project with this id.
    pub fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    /// The account with this id.
    pub fn domain(&self, id: &str) -> Option<&Domain> {
        self.domains.iter().find(|domain| domain.id == id)
    }
}

fn yes() -> bool {
    true
}

fn everything() -> Vec<String> {
    vec!["elb:*".into()]
}
