//! People and their accounts, and the rules for login names and passwords.

use serde::{Deserialize, Serialize};

use crate::{
    error::Problem,
    ids::{AccountId, PersonId},
    policy::{Permission, Role, decide},
    time::Timestamp,
};

/// A human being with the roles they hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Ours.
    pub id: PersonId,
    /// As shown.
    pub name: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
}

impl Person {
    /// May they do this: enabled, with a role that may?
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.disabled_at.is_none() && decide(&self.roles, permission).is_ok()
    }
}

/// A way for a person to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Ours.
    pub id: AccountId,
    /// Whose.
    pub person: PersonId,
    /// Lower-case sign-in name.
    pub login: String,
    /// PHC string, argon2id.
    pub password_hash: String,
}

/// Checks a sign-in name: 2 to 64 of `a-z 0-9 . _ -`, lower-cased.
///
/// # Errors
/// Names the field `login`.
pub fn parse_login(text: &str) -> Result<String, Problem> {
    let login = text.trim().to_lowercase();
    let fits = (2..=64).contains(&login.len())
        && login.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
    if fits {
        Ok(login)
    } else {
        Err(Problem::field("login", "Use 2 to 64 of the characters a-z, 0-9, dot, dash and underscore."))
    }
}

/// Checks a person's name: 1 to 100 characters, none of them hidden (control, bidirectional, zero-width).
///
/// # Errors
/// Names the field `name`.
pub fn parse_name(text: &str) -> Result<String, Problem> {
    let name = text.trim();
    if (1..=100).contains(&name.chars().count()) && crate::text::visible(name) == name {
        Ok(name.to_owned())
    } else {
        Err(Problem::field("name", "Give a name of 1 to 100 visible characters."))
    }
}

/// Checks a new password: 12 to 256 characters, no rules about kinds of characters (NIST SP 800-63B), nothing trimmed.
///
/// # Errors
/// Names the field `password`.
pub fn check_password(password: &str, login: &str) -> Result<(), Problem> {
    let length = password.chars().count();
    if !(12..=256).contains(&length) {
        return Err(Problem::field("password", "Use 12 to 256 characters. A few random words work well."));
    }
    let first = password.chars().next();
    if password.chars().all(|c| Some(c) == first) || password.to_lowercase().contains(&login.to_lowercase()) {
        return Err(Problem::field(
            "password",
            "Use something that is not your sign-in name or one character repeated.",
        ));
    }
    Ok(())
}

/// Checks role words; at least one.
///
/// # Errors
/// Names the field `role`.
pub fn parse_roles(words: &[String]) -> Result<Vec<Role>, Problem> {
    let mut roles = Vec::new();
    for word in words {
        let role = Role::from_word(word)
            .ok_or_else(|| Problem::field("role", "Use analyst, responder, approver, auditor or admin."))?;
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    if roles.is_empty() {
        return Err(Problem::field("role", "Choose at least one role."));
    }
    Ok(roles)
}
