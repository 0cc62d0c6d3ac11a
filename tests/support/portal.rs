//! The real portal as its own process, with its own data folder: started, asked, killed, started again.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use quell_core::totp;
use quell_domain::proof::STEP_SECONDS;
use reqwest::{Method, header::ACCEPT};

use crate::{Client, client::send, tied::Tied, wait_for};

/// Everything below the folder is the test's own; nothing of the caller's configuration is taken over.
#[derive(Debug, Default)]
pub struct PortalBuilder {
    env: Vec<(String, String)>,
}

impl PortalBuilder {
    /// Sets a variable, `QUELL__SECTION__KEY` as a rule.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Uses this database instead of SQLite in the data folder.
    pub fn database(self, url: &str) -> Self {
        self.env("QUELL__DATABASE__URL", url)
    }

    /// Prepares the folder without starting anything: for work on the command line first.
    pub fn prepare(self) -> Portal {
        let folder = tempfile::Builder::new().prefix("quell-prt-").tempdir().unwrap();
        Portal { folder, env: self.env, port: free_port(), process: None }
    }

    /// Starts it and waits until it is ready.
    pub async fn start(self) -> Portal {
        let mut portal = self.prepare();
        portal.serve().await;
        portal
    }
}

/// A portal, running or stopped.
#[derive(Debug)]
pub struct Portal {
    // Declared first and so dropped first: the process must be gone before its folder goes.
    process: Option<Tied>,
    folder: tempfile::TempDir,
    env: Vec<(String, String)>,
    port: u16,
}

impl Portal {
    /// With choices.
    pub fn builder() -> PortalBuilder {
        PortalBuilder::default()
    }

    /// On SQLite, with the defaults.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Starts the stopped portal on its data and waits until it is ready; panics with its log when it is not.
    pub async fn serve(&mut self) {
        let listen = format!("127.0.0.1:{}", self.port);
        self.process = None;
        let mut command = self.command(&["serve", "--listen", &listen]);
        let mut process = Tied::start(&mut command, &self.log_path(), "TERM", None);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let ready = format!("{}/readyz", self.base());
        let log = self.log_path();
        wait_for("the portal's start", Duration::from_secs(30), async || {
            if let Some(status) = process.ended() {
                panic!("the portal ended ({status}):\n{}", std::fs::read_to_string(&log).unwrap_or_default());
            }
            client.get(&ready).send().await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
        self.process = Some(process);
    }

    /// Changes a variable for the next start.
    pub fn set_env(&mut self, name: &str, value: Option<&str>) {
        self.env.retain(|(known, _)| known != name);
        self.env.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// Ends it as a power cut would.
    pub fn kill_9(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill_9();
        }
    }

    /// Ends it in order; panics when it did not end well.
    pub fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            let status = process.stop();
            assert!(status.success(), "the portal ended with {status}:\n{}", self.log());
        }
    }

    /// Ends it in order and starts it again.
    pub async fn restart(&mut self) {
        self.stop();
        self.serve().await;
    }

    /// Waits until it ends by itself, as at a failpoint; panics when it does not.
    pub async fn wait_for_end(&mut self, limit: Duration) {
        let mut process = self.process.take().expect("the portal runs");
        wait_for("the portal's end", limit, async || process.ended()).await;
        process.kill_9();
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Tied::pid)
    }

    /// `http://localhost:<port>`
    pub fn base(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// All that it has written to its log, over all starts.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// A browser without cookies.
    pub fn client(&self) -> Client {
        Client::new(&self.base())
    }

    /// Runs a subcommand on the portal's data; gives what happened.
    pub fn try_quell(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs a subcommand that must work; gives its standard output.
    pub fn quell(&self, words: &[&str]) -> String {
        let out = self.try_quell(words);
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "quell {words:?} failed ({}): {said}", out.status);
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Adds a person with these roles; gives the password.
    pub fn add_person(&self, login: &str, roles: &[&str]) -> String {
        let mut words = vec!["user", "add", "--login", login, "--name", login];
        words.extend(roles.iter().flat_map(|role| ["--role", role]));
        labelled(&self.quell(&words), "password: ")
    }

    /// Adds somebody with a code app and signs them in; to have added it is a fresh proof.
    pub async fn proven(&self, login: &str, roles: &[&str]) -> Client {
        let password = self.add_person(login, roles);
        let client = self.client();
        client.sign_in(login, &password).await;
        add_code_app(&client, &password).await;
        client
    }

    /// Adds a person and signs them in.
    pub async fn person(&self, login: &str, roles: &[&str]) -> Client {
        let password = self.add_person(login, roles);
        let client = self.client();
        client.sign_in(login, &password).await;
        client
    }

    /// Adds a node.
    pub fn add_node(&self, name: &str, endpoint: &str) {
        self.quell(&["node", "add", "--name", name, "--endpoint", endpoint]);
    }

    /// Adds a source; gives the path to post to.
    pub fn add_source(&self, name: &str, kind: &str, node: Option<&str>) -> String {
        let mut words = vec!["source", "add", "--name", name, "--kind", kind];
        words.extend(node.into_iter().flat_map(|node| ["--node", node]));
        let url = labelled(&self.quell(&words), "url: ");
        let path = url.find("/intake/").unwrap_or_else(|| panic!("no intake path in {url}"));
        url[path..].to_owned()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("QUELL_")) {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).args(words).arg("--data").arg(self.data());
        command.env("QUELL__SERVER__SITE", site()).envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The value of the last line that begins with `label`.
pub fn labelled(said: &str, label: &str) -> String {
    let value = said.lines().rev().find_map(|line| line.trim().strip_prefix(label));
    value.unwrap_or_else(|| panic!("no line `{label}…` in: {said}")).trim().to_owned()
}

/// `QUELL_BIN`, or the binary beside the folder of this test's binary.
pub fn binary() -> PathBuf {
    let binary = std::env::var_os("QUELL_BIN").map_or_else(|| target().join("debug/quell"), PathBuf::from);
    assert!(binary.is_file(), "no portal at {}: run `cargo xtask build` first", binary.display());
    binary
}

/// `QUELL_SITE`, or the site in the target folder of this test.
pub fn site() -> PathBuf {
    std::env::var_os("QUELL_SITE").map_or_else(|| target().join("site"), PathBuf::from)
}

/// `<target>/debug/deps/it-0123` → `<target>`
pub fn target() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.ancestors().nth(3).map(Path::to_path_buf).unwrap()
}

/// Free at this moment; the portal takes it a moment later.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Gives who is signed in a code app. Gives the next code that it will show; the one before was used for adding it.
pub async fn add_code_app(client: &Client, password: &str) -> String {
    let page = client.post_form("/api/v1/code_app/begin", &[("current", password), ("name", "phone")]).await;
    assert_eq!(page.location(), Some("/me/code-app"), "{} {}", page.status, page.text());
    let page = client.request(Method::GET, "/api/v1/code_app/show").header(ACCEPT, "application/json");
    let letters = send(page).await.json()["secret"].as_str().expect("letters").to_owned();
    let secret = totp::from_letters(&letters).expect("a secret");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let step = i64::try_from(now).expect("a number") / STEP_SECONDS;
    let page = client.post_form("/api/v1/code_app/add", &[("passcode", &totp::code(&secret, step))]).await;
    assert_eq!(page.location(), Some("/me"), "{} {}", page.status, page.text());
    totp::code(&secret, step + 1)
}
