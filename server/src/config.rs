//! Configuration: embedded defaults, then a file, then the environment; checked as a whole before anything starts.
//!
//! Owns: the keys, their checks and their words. Every problem is found in one go and reported together.
//! Must not know: what the values are used for. Secrets are never printed, not even in a problem.

mod public_url;
mod reader;
mod site;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format as _, Serialized, Toml},
};
use quell_domain::gate::AllowList;
use secrecy::{ExposeSecret as _, SecretString};

pub use public_url::PublicUrl;
use reader::Reader;
pub use site::{LIST, Site};

const DEFAULTS: &str = include_str!("../config/default.toml");

/// Every key there is; anything else in a file or in the environment is a mistake.
const KEYS: &[&str] = &[
    "server.listen",
    "server.public_url",
    "server.site",
    "server.trusted_proxies",
    "database.url",
    "evidence.folder",
    "evidence.reserve_bytes",
    "evidence.max_item_bytes",
    "secrets.key_file",
    "worker.lease_seconds",
    "watch.every_seconds",
    "gates.allow",
    "gates.inside",
    "gates.outside",
    "gates.every_seconds",
    "session.idle_minutes",
    "session.absolute_hours",
    "log.format",
    "log.filter",
];

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the command line sets above file and environment.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--listen`.
    pub listen: Option<String>,
}

/// A whole, checked configuration.
#[derive(Debug)]
pub struct Config {
    /// The data folder: database, evidence and checkpoints, unless they are elsewhere.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The address people type; none means `http://localhost:<port>`.
    pub public_url: Option<PublicUrl>,
    /// Where the built browser part may be.
    pub site: Site,
    /// Proxies whose word about the client's address is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Where the database is; may hold a password.
    pub database: SecretString,
    /// Where evidence is kept.
    pub evidence: PathBuf,
    /// Bytes that must stay free there.
    pub reserve_bytes: u64,
    /// Bytes kept of one item at most.
    pub max_item_bytes: i64,
    /// The key that secrets in the database are sealed with.
    pub key_file: PathBuf,
    /// Seconds a job is held.
    pub lease_seconds: i64,
    /// Seconds between two looks at what is contained.
    pub watch_seconds: i64,
    /// What is set about gates.
    pub gates: Gates,
    /// Minutes without use.
    pub idle_minutes: i64,
    /// Hours in any case.
    pub absolute_hours: i64,
    /// How to write log lines.
    pub log_format: LogFormat,
    /// Which ones.
    pub log_filter: String,
}

/// What is set about gates.
#[derive(Debug, Clone)]
pub struct Gates {
    /// Addresses that a restricted gate lets in when nobody says otherwise.
    pub allow: Option<AllowList>,
    /// An address of ours that is on the list as a rule.
    pub inside: Option<IpAddr>,
    /// An address of ours that is on no list.
    pub outside: Option<IpAddr>,
    /// Seconds between two looks at each restricted gate.
    pub every_seconds: i64,
}

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// Every problem, each one sentence.
    pub fn load(file: Option<&Path>, data: &Path, overrides: &Overrides) -> Result<Self, Vec<String>> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        figment = figment.merge(Env::prefixed("QUELL__").split("__"));
        if let Some(listen) = &overrides.listen {
            figment = figment.merge(Serialized::default("server.listen", listen));
        }
        Self::check(&figment, data)
    }

    fn check(figment: &Figment, data: &Path) -> Result<Self, Vec<String>> {
        let mut reader = Reader::new(figment, KEYS)?;
        let listen = reader.parsed("server.listen", "an address and port such as 127.0.0.1:8080", |text| {
            text.parse::<SocketAddr>().ok()
        });
        let public_url = reader.optional(
            "server.public_url",
            "https://name or http://localhost:port, without a path",
            PublicUrl::parse,
        );
        let trusted_proxies = reader.addresses("server.trusted_proxies");
        let database = reader.text("database.url").map(|url| database_url(&url, data));
        if let Some(Err(problem)) = &database {
            reader.problem(problem.clone());
        }
        let evidence = reader.text("evidence.folder").map(|text| folder_or(&text, || data.join("evidence")));
        let site = reader.text("server.site").map(|text| Site::of(&text));
        let reserve_bytes = reader.number("evidence.reserve_bytes", 0, i64::MAX);
        let max_item_bytes = reader.number("evidence.max_item_bytes", 1, i64::MAX);
        let key_file = reader.text("secrets.key_file").map(|text| folder_or(&text, || data.join("secrets.key")));
        let lease_seconds = reader.number("worker.lease_seconds", 5, 3_600);
        let watch_seconds = reader.number("watch.every_seconds", 1, 60);
        let allow = reader.optional("gates.allow", "addresses and networks with commas between them", |text| {
            AllowList::parse(text).ok()
        });
        let own = "an address of this machine such as 10.0.0.9, or nothing";
        let inside = reader.optional("gates.inside", own, |text| text.parse::<IpAddr>().ok());
        let outside = reader.optional("gates.outside", own, |text| text.parse::<IpAddr>().ok());
        let every_seconds = reader.number("gates.every_seconds", 1, 3_600);
        let idle_minutes = reader.number("session.idle_minutes", 1, 24 * 60);
        let absolute_hours = reader.number("session.absolute_hours", 1, 24 * 7);
        let log_format = reader.parsed("log.format", "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        });
        let log_filter = reader.parsed("log.filter", "a filter such as info or info,quell_core=debug", |text| {
            tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
        });
        if let (Some(listen), Some(public_url), Some(proxies)) = (&listen, &public_url, &trusted_proxies) {
            for problem in exposure(*listen, public_url.as_ref(), proxies) {
                reader.problem(problem);
            }
        }
        let whole = (|| {
            Some(Self {
                data: data.to_owned(),
                listen: listen?,
                public_url: public_url?,
                site: site?,
                trusted_proxies: trusted_proxies?,
                database: database?.ok()?,
                evidence: evidence?,
                reserve_bytes: u64::try_from(reserve_bytes?).ok()?,
                max_item_bytes: max_item_bytes?,
                key_file: key_file?,
                lease_seconds: lease_seconds?,
                watch_seconds: watch_seconds?,
                gates: Gates { allow: allow?, inside: inside?, outside: outside?, every_seconds: every_seconds? },
                idle_minutes: idle_minutes?,
                absolute_hours: absolute_hours?,
                log_format: log_format?,
                log_filter: log_filter?,
            })
        })();
        reader.finish(whole)
    }

    /// The address that people and detectors use, as far as the configuration says: `serve --listen` may choose another
    /// port.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| PublicUrl::local(self.listen.port())).origin()
    }

    /// Every key and its value as lines, secrets masked.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let public_url =
            self.public_url.as_ref().map_or_else(|| "http://localhost:<port>".to_owned(), PublicUrl::origin);
        let proxies: Vec<String> = self.trusted_proxies.iter().map(ToString::to_string).collect();
        let own = |address: Option<IpAddr>| address.map(|it| it.to_string()).unwrap_or_default();
        let format = if self.log_format == LogFormat::Json { "json" } else { "text" };
        vec![
            format!("data folder = {}", self.data.display()),
            format!("server.listen = {}", self.listen),
            format!("server.public_url = {public_url}"),
            format!("server.site = {}", self.site),
            format!("server.trusted_proxies = [{}]", proxies.join(", ")),
            format!("database.url = {}", masked(self.database.expose_secret())),
            format!("evidence.folder = {}", self.evidence.display()),
            format!("evidence.reserve_bytes = {}", self.reserve_bytes),
            format!("evidence.max_item_bytes = {}", self.max_item_bytes),
            format!("secrets.key_file = {}", self.key_file.display()),
            format!("worker.lease_seconds = {}", self.lease_seconds),
            format!("watch.every_seconds = {}", self.watch_seconds),
            format!("gates.allow = {}", self.gates.allow.as_ref().map(|it| it.texts().join(", ")).unwrap_or_default()),
            format!("gates.inside = {}", own(self.gates.inside)),
            format!("gates.outside = {}", own(self.gates.outside)),
            format!("gates.every_seconds = {}", self.gates.every_seconds),
            format!("session.idle_minutes = {}", self.idle_minutes),
            format!("session.absolute_hours = {}", self.absolute_hours),
            format!("log.format = {format}"),
            format!("log.filter = {}", self.log_filter),
        ]
    }
}

/// Plain http must not leave the machine unless a proxy that speaks https stands in front (design, section 9).
fn exposure(listen: SocketAddr, public_url: Option<&PublicUrl>, proxies: &[IpAddr]) -> Vec<String> {
    let mut problems = Vec::new();
    if public_url.is_none() && (!listen.ip().is_loopback() || !proxies.is_empty()) {
        problems.push(
            "server.public_url: needed when listening off loopback or behind a proxy. Give the https address that people type."
                .to_owned(),
        );
    }
    if !listen.ip().is_loopback() && proxies.is_empty() {
        problems.push(
            "server.listen: plain http is spoken only on a loopback address. Listen on 127.0.0.1, or list the proxy that speaks https in server.trusted_proxies."
                .to_owned(),
        );
    }
    if public_url.is_some_and(PublicUrl::is_https) && proxies.is_empty() && listen.ip().is_loopback() {
        problems.push(
            "server.trusted_proxies: with an https address in server.public_url a proxy stands in front, and without its address here all people would count as one when sign-ins are slowed down. List it, for example [\"127.0.0.1\"]."
                .to_owned(),
        );
    }
    if let Some(url) = public_url
        && !url.is_https()
        && (!url.is_local() || !listen.ip().is_loopback())
    {
        problems.push("server.public_url: plain http is good only for localhost. Use https.".to_owned());
    }
    problems
}

fn database_url(text: &str, data: &Path) -> Result<SecretString, String> {
    if text.is_empty() {
        let file = data.join("quell.db");
        return match file.to_str() {
            Some(path) if !path.contains(['?', '#', '%']) => Ok(format!("sqlite://{path}").into()),
            _ => Err("database.url: the data folder's path cannot be written as an address. Give database.url or another folder.".to_owned()),
        };
    }
    if ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
        Ok(text.to_owned().into())
    } else {
        Err("database.url: use sqlite:///path/quell.db or postgres://user:password@host/name.".to_owned())
    }
}

fn folder_or(text: &str, otherwise: impl FnOnce() -> PathBuf) -> PathBuf {
    if text.is_empty() { otherwise() } else { PathBuf::from(text) }
}

/// The part before `@` can hold a password; nothing of it is shown. Nor are parameters, which can hold one too.
fn masked(url: &str) -> String {
    let url = url.split_once('?').map_or(url, |(front, _)| front);
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str) -> Result<Config, Vec<String>> {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(toml));
        Config::check(&figment, Path::new("data"))
    }

    #[test]
    fn the_defaults_are_whole() {
        let config = load("").expect("good");
        assert_eq!(config.listen.port(), 8080);
        assert_eq!(config.database.expose_secret(), "sqlite://data/quell.db");
        assert_eq!(config.lines().len(), KEYS.len() + 1);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let problems = load(
            "[server]\nlisten = \"nowhere\"\ntrusted_proxies = [\"x\"]\nspeed = 3\n[session]\nidle_minutes = 0\n[log]\nformat = \"xml\"\n[evil]\na = 1",
        )
        .expect_err("bad");
        for key in
            ["server.listen", "server.trusted_proxies", "server.speed", "session.idle_minutes", "log.format", "evil.a"]
        {
            assert!(problems.iter().any(|problem| problem.starts_with(key)), "{key} is missing in {problems:?}");
        }
    }

    #[test]
    fn plain_http_never_leaves_the_machine() {
        let open = "[server]\nlisten = \"0.0.0.0:80\"\n";
        assert!(load(open).is_err());
        assert!(
            load(&format!("{open}public_url = \"http://quell.example.org\"\ntrusted_proxies = [\"10.0.0.1\"]"))
                .is_err()
        );
        assert!(load(&format!("{open}public_url = \"https://quell.example.org\"")).is_err());
        assert!(
            load(&format!("{open}public_url = \"https://quell.example.org\"\ntrusted_proxies = [\"10.0.0.1\"]"))
                .is_ok()
        );
    }

    #[test]
    fn behind_a_proxy_people_are_told_apart() {
        let behind = "[server]\npublic_url = \"https://quell.example.org\"\n";
        let problems = load(behind).expect_err("no proxy is listed");
        assert!(problems.len() == 1 && problems[0].starts_with("server.trusted_proxies: "), "{problems:?}");
        assert!(load(&format!("{behind}trusted_proxies = [\"127.0.0.1\"]")).is_ok());
        assert!(load("[server]\npublic_url = \"http://localhost:8080\"").is_ok(), "nobody stands in front");
    }

    #[test]
    fn a_password_is_never_shown() {
        let config = load("[database]\nurl = \"postgres://quell:s3cret@db/quell?password=s3cret\"").expect("good");
        assert!(!config.lines().join("\n").contains("s3cret"));
        assert!(!format!("{config:?}").contains("s3cret"));
        let problems = load("[database]\nurl = \"mysql://quell:s3cret@db\"").expect_err("bad");
        assert!(!problems.join(" ").contains("s3cret"));
    }
}
