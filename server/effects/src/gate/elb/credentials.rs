//! Who we are to Huawei Cloud. Read anew for every call of the port, so that renewed keys count at once; held as secrets, and
//! without `Debug`, so that nothing can print them.

use std::net::IpAddr;

use quell_domain::text;
use reqwest::Url;
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

/// Credentials as they are written. Which hosts they may be shown to stands there too: whoever registers a load balancer does
/// not decide that.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    hosts: Option<Vec<String>>,
    access_key: Option<String>,
    secret_key: Option<String>,
    security_token: Option<String>,
    user: Option<String>,
    password: Option<String>,
    domain: Option<String>,
}

impl Credentials {
    /// From the file of this path, or from the variable after `env:`, to be shown at these addresses, each with the form's
    /// field that names it.
    pub(super) fn read(place: &str, bases: &[(&'static str, &str)]) -> Result<Self, Barred> {
        let text = match place.strip_prefix("env:") {
            // The cause of a failure could be the value.
            Some(name) => std::env::var(name).map(SecretString::from).map_err(|_| {
                barred(FIELD, "Quell was started without the variable that shall hold the credentials.", name)
            })?,
            None => read_private(FIELD, "credentials", place)?,
        };
        let written = Written::parse(text.expose_secret())?;
        bases.iter().try_for_each(|&(field, base)| written.are_for(field, base))?;
        Self::of(written)
    }

    fn of(written: Written) -> Result<Self, Barred> {
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
                hosts: _,
                access_key: Some(access),
                secret_key: Some(secret),
                security_token,
                user: None,
                password: None,
                domain: None,
            } => Ok(Self::Keys(Keys { access, secret: secret.into(), token: security_token.map(SecretString::from) })),
            Written {
                hosts: _,
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
        text::cut(&text::visible(&clean), WORDS)
    }
}

impl Written {
    fn parse(text: &str) -> Result<Self, Barred> {
        // What is wrong stays unsaid, since it would be a part of the secret; only its line is told.
        toml::from_str(text).map_err(|cause| {
            let before = cause.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            barred(FIELD, format!("The credentials cannot be read. {FORM}"), format!("line {line}"))
        })
    }

    /// Nobody may have them sent to a host of their own by naming it as a load balancer's.
    fn are_for(&self, field: &'static str, base: &str) -> Result<(), Barred> {
        // What is no address is never asked.
        let Ok(url) = Url::parse(base) else { return Ok(()) };
        let host = url.host_str().unwrap_or_default();
        let local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let right = match &self.hosts {
            Some(hosts) => hosts.iter().any(|it| it.eq_ignore_ascii_case(host)),
            None => local || VENDORS.iter().any(|vendor| host.ends_with(vendor)),
        };
        if right {
            return Ok(());
        }
        let words = "The credentials are not for this host. Whoever keeps them may write its name into their file, as hosts = \
                     [\"elb.private.example\"].";
        Err(barred(field, words, host))
    }
}

/// Hosts of the vendor; credentials that name no hosts may be shown to them, and on this machine.
const VENDORS: [&str; 2] = [".myhuaweicloud.com", ".myhuaweicloud.eu"];
/// Most characters kept of somebody else's words.
const WORDS: usize = 300;

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use quell_core::ports::GateError;

    use super::*;

    fn parse(text: &str) -> Result<Credentials, Barred> {
        Written::parse(text).and_then(Credentials::of)
    }

    fn bar(text: &str) -> String {
        let Err(barred) = parse(text) else { panic!("{text} is wrong") };
        let GateError::Barred { field: FIELD, words, cause } = GateError::from(barred) else { panic!("barred") };
        format!("{words} {cause}")
    }

    #[test]
    fn there_are_two_kinds_and_no_mixture() {
        let text = "access_key = 'AK'\nsecret_key = 'SK'\n";
        assert!(matches!(parse(text), Ok(Credentials::Keys(Keys { token: None, .. }))));
        let text = format!("{text}security_token = 'ST'");
        assert!(matches!(parse(&text), Ok(Credentials::Keys(Keys { token: Some(_), .. }))));
        let text = "user = 'u'\npassword = 'p'\ndomain = 'd'";
        assert!(matches!(parse(text), Ok(Credentials::Login(_))));
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
        let Err(barred) = Credentials::read("env:QUELL_TEST_NO_SUCH_VARIABLE", &[]) else { panic!("not set") };
        assert!(matches!(GateError::from(barred), GateError::Barred { field: FIELD, .. }));
    }

    #[test]
    fn a_file_that_others_can_read_is_not_used() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), "access_key = 'AK'\nsecret_key = 'hunter2'").expect("written");
        let path = file.path().to_str().expect("a path");
        for (mode, usable) in [(0o600, true), (0o604, false), (0o622, false)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
            assert_eq!(Credentials::read(path, &[]).is_ok(), usable, "{mode:o}");
        }
    }

    #[test]
    fn secrets_are_taken_out_of_what_others_say() {
        let Ok(keys) = parse("access_key = 'AK'\nsecret_key = 'hunter2'\nsecurity_token = 'gQpj'") else {
            panic!("keys")
        };
        let token = SecretString::from("MIIC".to_owned());
        assert_eq!(keys.clean("bad hunter2 and gQpj or MIIC", Some(&token)), "bad (secret) and (secret) or (secret)");
        assert_eq!(keys.clean("no\nERROR forged", None), "no\\nERROR forged", "one line in the log");
        assert_eq!(keys.clean(&"x".repeat(1_000), None).chars().count(), WORDS + 1);
    }

    #[test]
    fn nobody_has_them_sent_to_a_host_of_their_own() {
        let keys = "access_key = 'AK'\nsecret_key = 'SK'\n";
        let may = |hosts: &str, base: &str| {
            let Ok(written) = Written::parse(&format!("{hosts}{keys}")) else { panic!("{hosts}") };
            written.are_for("iam_base", base).is_ok()
        };
        for base in [
            "https://elb.cn-north-4.myhuaweicloud.com",
            "https://IAM.eu-west-101.myhuaweicloud.eu:443",
            "http://127.0.0.1:8080",
            "http://localhost:8080",
        ] {
            assert!(may("", base), "{base}");
        }
        for base in [
            "https://iam.example",
            "https://myhuaweicloud.com.example",
            "https://notmyhuaweicloud.com",
            "https://127.0.0.1.example",
            "https://10.0.0.1",
        ] {
            assert!(!may("", base), "{base}");
        }
        let named = "hosts = ['elb.private.example']\n";
        assert!(may(named, "https://ELB.private.example:8443"));
        assert!(!may(named, "https://elb.cn-north-4.myhuaweicloud.com"), "only those that are named");
    }
}
