//! Tokens for people's scripts: what one may carry at all, how long it lives, what a given one may do.

use serde::{Deserialize, Serialize};

use crate::{
    error::Problem,
    ids::{PersonId, TokenId},
    policy::{self, Permission, Role},
    time::{DAY, Timestamp},
};

/// How every token begins, so that scanners for leaked secrets find it.
pub const PREFIX: &str = "qk_";
/// Days that a token lives when nobody says otherwise.
pub const DAYS: i64 = 30;
/// Days that a token lives at most.
pub const MOST_DAYS: i64 = 365;

/// All that a token may ever carry. A new permission is left out until it is written down here: deciding, people, nodes,
/// gates, sources and one's own account need a person at a browser.
pub const CARRIED: &[Permission] = &[
    Permission::ReadIncidents,
    Permission::Triage,
    Permission::Contain,
    Permission::CollectEvidence,
    Permission::ReadEvidence,
    Permission::ReadAudit,
];

/// May a token carry this at all?
#[must_use]
pub fn may_carry(permission: Permission) -> bool {
    CARRIED.contains(&permission)
}

crate::words! {
    /// Scopes that have a name.
    Preset {
        /// Looks and downloads; changes nothing.
        Read = "read", "Read";
        /// All that a token may carry.
        Respond = "respond", "Read and respond";
    }
}

impl Preset {
    /// What it stands for, before it is narrowed to what the person may.
    #[must_use]
    pub fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Read => &[Permission::ReadIncidents, Permission::ReadEvidence, Permission::ReadAudit],
            Self::Respond => CARRIED,
        }
    }
}

/// A token as it is kept and listed. The secret itself is shown once and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Ours.
    pub id: TokenId,
    /// Whose: what is done with it is done by this person.
    pub person: PersonId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, as long as its person may.
    pub scopes: Vec<Permission>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// From which network address.
    pub last_used_from: Option<String>,
    /// Since when it is refused, because somebody said so.
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// Is it neither expired nor revoked?
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// May it, whatever its person may? `Err` says what to do instead.
    ///
    /// # Errors
    /// The sentence to show.
    pub fn decide(&self, permission: Permission) -> Result<(), String> {
        if !may_carry(permission) {
            return Err(format!("A token may never {}. Sign in with a browser to do that.", permission.label()));
        }
        if self.scopes.contains(&permission) {
            return Ok(());
        }
        Err(format!("This token may not {}: it may only {}.", permission.label(), labels(&self.scopes)))
    }
}

/// Permissions in words.
#[must_use]
pub fn labels(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission.label()).collect::<Vec<_>>().join(", ")
}

/// Reads a scope: the word of a preset, which is narrowed to what the roles allow, or words of permissions with blanks
/// between them, all of which the roles must allow.
///
/// # Errors
/// Names the field `scope`.
pub fn parse_scope(text: &str, roles: &[Role]) -> Result<Vec<Permission>, Problem> {
    let held = |permission: &Permission| policy::decide(roles, *permission).is_ok();
    if let Some(preset) = Preset::from_word(text.trim()) {
        let scopes: Vec<Permission> = preset.permissions().iter().copied().filter(held).collect();
        return if scopes.is_empty() { Err(nothing_to_carry()) } else { Ok(scopes) };
    }
    let mut scopes = Vec::new();
    for word in text.split_whitespace() {
        let permission = Permission::from_word(word).filter(|permission| may_carry(*permission));
        let permission = permission.ok_or_else(|| {
            let words = CARRIED.iter().map(|permission| permission.word()).collect::<Vec<_>>().join(", ");
            Problem::field("scope", format!("Use read, respond, or some of {words} with blanks between them."))
        })?;
        if !held(&permission) {
            return Err(Problem::field("scope", format!("Your roles do not let you {}.", permission.label())));
        }
        if !scopes.contains(&permission) {
            scopes.push(permission);
        }
    }
    if scopes.is_empty() { Err(Problem::field("scope", "Choose what the token may do.")) } else { Ok(scopes) }
}

fn nothing_to_carry() -> Problem {
    Problem::field("scope", "Your roles let you do nothing of this, so a token could not either.")
}

/// Reads in how many days a token expires; [`DAYS`] when nothing is said.
///
/// # Errors
/// Names the field `days`.
pub fn parse_days(text: &str) -> Result<i64, Problem> {
    match text.trim() {
        "" => Ok(DAYS),
        text => match text.parse() {
            Ok(days @ 1..=MOST_DAYS) => Ok(days),
            _ => Err(Problem::field("days", format!("Give a whole number of days from 1 to {MOST_DAYS}."))),
        },
    }
}

/// When a token made now expires.
#[must_use]
pub fn expiry(now: Timestamp, days: i64) -> Timestamp {
    now.plus(days * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a token may never do, word for word: whoever adds a permission must think of it here.
    #[test]
    fn what_only_a_person_at_a_browser_may() {
        let never: Vec<&str> =
            Permission::ALL.iter().filter(|permission| !may_carry(**permission)).map(|it| it.word()).collect();
        assert_eq!(
            never,
            [
                "actions.decide",
                "people.manage",
                "nodes.manage",
                "gates.manage",
                "sources.manage",
                "incidents.playbook",
                "policy.manage",
                "me"
            ]
        );
    }

    #[test]
    fn a_preset_is_narrowed_to_the_roles() {
        assert_eq!(
            parse_scope("read", &[Role::Analyst]).expect("scopes"),
            [Permission::ReadIncidents, Permission::ReadEvidence]
        );
        assert_eq!(parse_scope(" respond ", Role::ALL).expect("scopes"), CARRIED);
        assert!(parse_scope("respond", &[Role::Admin]).is_err(), "nothing is left");
    }

    #[test]
    fn exact_words_are_taken_as_they_are_or_not_at_all() {
        assert_eq!(
            parse_scope("audit.read incidents.read audit.read", &[Role::Auditor]).expect("scopes"),
            [Permission::ReadAudit, Permission::ReadIncidents]
        );
        for (text, roles) in [
            ("", Role::ALL),
            ("everything", Role::ALL),
            ("people.manage", Role::ALL),
            ("me", Role::ALL),
            ("incidents.read nodes.manage", Role::ALL),
            ("audit.read", &[Role::Analyst]),
        ] {
            let problem = parse_scope(text, roles).expect_err(text);
            assert_eq!(problem.fields[0].field, "scope", "{text}");
        }
    }

    #[test]
    fn days_have_an_end() {
        assert_eq!(parse_days("").expect("days"), 30);
        assert_eq!(parse_days(" 365 ").expect("days"), 365);
        for wrong in ["0", "366", "-1", "1.5", "never", "99999999999999999999"] {
            assert!(parse_days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_says_what_it_may_and_until_when() {
        let token = ApiToken {
            id: TokenId::new("t"),
            person: PersonId::new("p"),
            name: "backup".to_owned(),
            scopes: vec![Permission::ReadIncidents],
            created_at: Timestamp(0),
            expires_at: Timestamp(10),
            last_used_at: None,
            last_used_from: None,
            revoked_at: None,
        };
        assert!(token.is_good(Timestamp(9)) && !token.is_good(Timestamp(10)));
        assert!(!ApiToken { revoked_at: Some(Timestamp(1)), ..token.clone() }.is_good(Timestamp(2)));
        assert_eq!(token.decide(Permission::ReadIncidents), Ok(()));
        assert_eq!(
            token.decide(Permission::Triage),
            Err("This token may not triage incidents: it may only see incidents.".to_owned())
        );
        let all = ApiToken { scopes: Permission::ALL.to_vec(), ..token };
        assert_eq!(
            all.decide(Permission::ManagePeople),
            Err("A token may never manage people. Sign in with a browser to do that.".to_owned()),
            "whatever is written in its row"
        );
    }
}
