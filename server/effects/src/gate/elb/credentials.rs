//! Who we are to Huawei Cloud. Read anew for every call of the port, so that renewed keys count at once; held as secrets, and
//! without `Debug`, so that nothing can print them.

use quell_domain::text;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::files::{Barred, barred, read_private};

const FIELD: &str = "credentials";
const FORM: &str = "Write access_key and secret_key, with security_token when they are temporary; or user, password and \
                    domain. Each once, as name = \"value\".";

/// Keys that sign, or a password that is exchanged for a token.
pub(super) enum Credentials {
    Keys(Keys),
    Login(Login),
}

/// Permanent or temporary keys.
pub(super) struct Keys {
    pub access: String,
    pub secret: SecretString,
    /// Goes with temporary keys.
    pub token: Option<SecretString>,
}

/// A user of IAM.
#[derive(Clone)]
pub(super) struct Login {
    pub user: String,
    /// The account.
    pub domain: String,
    pub password: SecretString,
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        self.user == other.user
            && self.domain == other.domain
            && self.password.expose_secret() == other.password.expose_secret()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    access_key: Option<String>,
    secret_key: Option<String>,
    security_token: Option<String>,
    user: Option<String>,
    password: Option<String>,
    domain: Option<String>,
}

impl Credentials {
    /// From the file of this path, or from the variable after `env:`.
    pub(super) fn read(place: &str) -> Result<Self, Barred> {
        let text = match place.strip_prefix("env:") {
            // The cause of a failure could be the value.
            Some(name) => std::env::var(name).map(SecretString::from).map_err(|_| {
                barred(FIELD, "Quell was started without the variable that shall hold the credentials.", name)
            })?,
            None => read_private(FIELD, "credentials", place)?,
        };
        Self::parse(text.expose_secret())
    }

    fn parse(text: &str) -> Result<Self, Barred> {
        // What is wrong stays unsaid, since it would be a part of the secret; only its line is told.
        let written: Written = toml::from_str(text).map_err(|cause| {
            let before = cause.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            barred(FIELD, format!("The credentials cannot be read. {FORM}"), format!("line {line}"))
        })?;
        let all = [
            &written.access_key,
            &written.secret_key,
            &written.security_token,
            &written.user,
            &written.password,
            &written.domain,
        ];
        if all.into_iter().flatten().any(|value| value.is_empty() || value.contains(char::is_control)) {
            return Err(barred(FIELD, "One of the credentials is empty or has a line break in it.", "a value"));
        }
        match written {
            Written {
                access_key: Some(access),
                secret_key: Some(secret),
                security_token,
                user: None,
                password: None,
                domain: None,
            } => Ok(Self::Keys(Keys { access, secret: secret.into(), token: security_token.map(SecretString::from) })),
            Written {
                user: Some(user),
                password: Some(password),
                domain: Some(domain),
                access_key: None,
                secret_key: None,
                security_token: None,
            } => Ok(Self::Login(Login { user, domain, password: password.into() })),
            _ => Err(barred(FIELD, format!("The credentials are not complete, or of two kinds. {FORM}"), "names")),
        }
    }

    /// Somebody else's words without the secrets, should they stand in them, and not longer than people read.
    pub(super) fn clean(&self, words: &str, token: Option<&SecretString>) -> String {
        let own = match self {
            Self::Keys(keys) => [Some(&keys.secret), keys.token.as_ref()],
            Self::Login(login) => [Some(&login.password), None],
        };
        let secrets = own.into_iter().flatten().chain(token);
        let clean = secrets.fold(words.to_owned(), |words, secret| words.replace(secret.expose_secret(), "(secret)"));
        text::cut(&clean, WORDS)
    }
}

/// Most characters kept of somebody else's words.
const WORDS: usize = 300;

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use quell_core::ports::GateError;

    use super::*;

    fn bar(text: &str) -> String {
        let Err(barred) = Credentials::parse(text) else { panic!("{text} is wrong") };
        let GateError::Barred { field: FIELD, words, cause } = GateError::from(barred) else { panic!("barred") };
        format!("{words} {cause}")
    }

    #[test]
    fn there_are_two_kinds_and_no_mixture() {
        let text = "access_key = 'AK'\nsecret_key = 'SK'\n";
        assert!(matches!(Credentials::parse(text), Ok(Credentials::Keys(Keys { token: None, .. }))));
        let text = format!("{text}security_token = 'ST'");
        assert!(matches!(Credentials::parse(&text), Ok(Credentials::Keys(Keys { token: Some(_), .. }))));
        let text = "user = 'u'\npassword = 'p'\ndomain = 'd'";
        assert!(matches!(Credentials::parse(text), Ok(Credentials::Login(_))));
        for wrong in [
            "",
            "access_key = 'AK'",
            "user = 'u'\npassword = 'p'",
            "access_key = 'AK'\nsecret_key = 'SK'\nuser = 'u'",
            "access_key = 'AK'\nsecret_key = ''",
            "access_key = 'AK'\nsecret_key = \"a\\nb\"",
        ] {
            bar(wrong);
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        for wrong in [
            "access_key = 'AK'\nsecret_key = hunter2",
            "access_key = 'AK'\nsecret_keys = 'hunter2'",
            "access_key = 'AK'\nhunter2",
            "user = 'u'\npassword = 'hunter2\ndomain = 'd'",
            "user = 'hunter2'\npassword = ''\ndomain = 'd'",
        ] {
            let said = bar(wrong);
            assert!(!said.contains("hunter2"), "{said}");
        }
        assert!(bar("access_key = 'AK'\nsecret_key = hunter2").contains("line 2"));
        let Err(barred) = Credentials::read("env:QUELL_TEST_NO_SUCH_VARIABLE") else { panic!("not set") };
        assert!(matches!(GateError::from(barred), GateError::Barred { field: FIELD, .. }));
    }

    #[test]
    fn a_file_that_others_can_read_is_not_used() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), "access_key = 'AK'\nsecret_key = 'hunter2'").expect("written");
        let path = file.path().to_str().expect("a path");
        for (mode, usable) in [(0o600, true), (0o604, false), (0o622, false)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
            assert_eq!(Credentials::read(path).is_ok(), usable, "{mode:o}");
        }
    }

    #[test]
    fn secrets_are_taken_out_of_what_others_say() {
        let Ok(keys) = Credentials::parse("access_key = 'AK'\nsecret_key = 'hunter2'\nsecurity_token = 'gQpj'") else {
            panic!("keys")
        };
        let token = SecretString::from("MIIC".to_owned());
        assert_eq!(keys.clean("bad hunter2 and gQpj or MIIC", Some(&token)), "bad (secret) and (secret) or (secret)");
        assert_eq!(keys.clean(&"x".repeat(1_000), None).chars().count(), WORDS + 1);
    }
}
