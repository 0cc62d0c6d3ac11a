//! A real container engine of our own: own data, own socket, no network. Never the machine's.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock},
    time::Duration,
};

use quell_domain::{
    Timestamp,
    ids::NodeId,
    node::{AccessForm, Node},
};

use crate::{certificates::Certificates, ping::answers, poll::poll, rootfs, tied::Tied};

static SHARED: OnceLock<Engine> = OnceLock::new();
const IMAGE: &str = "quell-test/victim:1";
/// A container that does nothing and ends at once when asked to.
pub const IDLE: &str = "trap 'exit 0' TERM; while :; do sleep 1; done";

/// A node with an endpoint that needs no keys.
pub fn node_at(endpoint: &str) -> Node {
    node_by(&AccessForm::of(endpoint))
}

/// A node that was not asked yet.
pub fn node_by(access: &AccessForm) -> Node {
    Node {
        id: NodeId::new("node-under-test"),
        name: "under-test".to_owned(),
        access: access.parse().unwrap(),
        facts: None,
        stranger: None,
        labels: Vec::new(),
        addresses: Vec::new(),
        trouble: None,
        created_at: Timestamp(0),
        removed_at: None,
    }
}

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    folder: PathBuf,
    flags: Vec<String>,
    /// None while it is stopped.
    process: Mutex<Option<Tied>>,
}

impl Engine {
    /// The engine of this test process; the first caller starts it.
    pub async fn shared() -> &'static Self {
        tokio::task::spawn_blocking(|| SHARED.get_or_init(Self::start_blocking)).await.unwrap()
    }

    /// One more engine, which is another node.
    pub async fn start() -> Self {
        tokio::task::spawn_blocking(Self::start_blocking).await.unwrap()
    }

    /// One more, which listens at this port of 127.0.0.1 too: for clients with a certificate, and for no others.
    pub async fn start_tls(port: u16, certificates: &Certificates) -> Self {
        let file = |name: &str| certificates.path(name).display().to_string();
        let flags = [
            "--tlsverify".to_owned(),
            format!("--tlscacert={}", file("ca.pem")),
            format!("--tlscert={}", file("engine.pem")),
            format!("--tlskey={}", file("engine.key")),
            format!("--host=tcp://127.0.0.1:{port}"),
        ];
        tokio::task::spawn_blocking(move || Self::start_with(&flags.each_ref().map(String::as_str))).await.unwrap()
    }

    fn start_blocking() -> Self {
        Self::start_with(&[])
    }

    fn start_with(flags: &[&str]) -> Self {
        // Some kernels refuse the default storage driver; `vfs` works everywhere, slowly.
        let vfs: &[&str] = &["--storage-driver", "vfs"];
        let mut logs = Vec::new();
        let engine = [(true, [].as_slice()), (true, vfs), (false, &[]), (false, vfs)]
            .into_iter()
            .find_map(|(key, more)| Self::attempt(&[flags, more].concat(), key).map_err(|log| logs.push(log)).ok());
        let engine =
            engine.unwrap_or_else(|| panic!("the container engine does not start (root?):\n{}", logs.join("\n")));
        let scratch = engine.folder.join("rootfs");
        rootfs::import(&scratch, &engine.endpoint(), IMAGE).unwrap_or_else(|reason| panic!("{reason}"));
        engine
    }

    /// Gives the end of the log when the engine does not come up. Before release 24 engines of one machine share their id,
    /// unless each is told another file for the `own_key` that it is made from.
    fn attempt(flags: &[&str], own_key: bool) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("quell-eng-").tempdir().unwrap().keep();
        let mut flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        if own_key {
            let settings = folder.join("daemon.json");
            let key = format!("{{\"deprecated-key-path\": \"{}\"}}", folder.join("key.json").display());
            std::fs::write(&settings, key).unwrap();
            flags.push(format!("--config-file={}", settings.display()));
        }
        let engine = Self { folder, flags, process: Mutex::new(None) };
        engine.begin().map(|()| engine)
    }

    /// Starts it on its data; gives the end of the log when it does not come up.
    fn begin(&self) -> Result<(), String> {
        let at = |name: &str| self.folder.join(name);
        let mut command = Command::new("dockerd");
        command.arg("--data-root").arg(at("data")).arg("--exec-root").arg(at("exec")).arg("--pidfile").arg(at("pid"));
        command.arg("--host").arg(format!("unix://{}", at("engine.sock").display()));
        command.args(["--bridge", &self.bridge(), "--iptables=false"]).args(&self.flags).env_remove("DOCKER_HOST");
        let log = at("log");
        let mut process = Tied::start(&mut command, &log, "TERM", Some(&self.folder));
        let up = poll(Duration::from_secs(30), || match process.ended() {
            Some(status) => Some(Err(format!("dockerd ended ({status})"))),
            None => answers(&at("engine.sock")).then_some(Ok(())),
        });
        match up {
            Some(Ok(())) => {
                *self.process.lock().unwrap() = Some(process);
                Ok(())
            }
            failed => {
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                let tail: Vec<&str> = text.lines().rev().take(5).collect();
                let why = failed.and_then(Result::err).unwrap_or_else(|| "dockerd does not answer".into());
                Err(format!("{why}: {}", tail.join("\n")))
            }
        }
    }

    /// The bridge that it is to use. An engine that is told to have none takes `docker0` away, even another engine's: where
    /// there is one, it gets a bridge of its own, which goes when its folder goes.
    fn bridge(&self) -> String {
        if !Path::new("/sys/class/net/docker0").exists() {
            return "none".to_owned();
        }
        let suffix = self.folder.to_string_lossy().rsplit('-').next().unwrap_or_default().to_owned();
        let name = format!("quell-{suffix}");
        if !Path::new("/sys/class/net").join(&name).exists() {
            let made = Command::new("ip").args(["link", "add", &name, "type", "bridge"]).status();
            assert!(made.is_ok_and(|it| it.success()), "`ip link add {name} type bridge` failed (root? iproute2?)");
            std::fs::write(self.folder.join("bridge"), &name).unwrap();
        }
        name
    }

    /// Ends it in order, as an update of the engine does. Its containers are left to it.
    pub fn stop(&self) {
        if let Some(process) = self.process.lock().unwrap().take() {
            process.stop();
        }
    }

    /// Starts the stopped engine on its data.
    pub fn start_again(&self) {
        self.begin().unwrap_or_else(|log| panic!("the container engine does not start again:\n{log}"));
    }

    /// `unix:///…/engine.sock`
    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// A node that stands for it and was not asked yet.
    pub fn node(&self) -> Node {
        node_at(&self.endpoint())
    }

    /// The engine's socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("engine.sock")
    }

    /// Runs the client; the error is what it said.
    pub fn docker(&self, words: &[&str]) -> Result<String, String> {
        let out = Command::new("docker").env("DOCKER_HOST", self.endpoint()).args(words).output().unwrap();
        if out.status.success() {
            return Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned());
        }
        Err(String::from_utf8_lossy(&out.stderr).trim().to_owned())
    }

    /// Starts a container that runs `script`; gives its full id. A container of that name is removed before.
    pub fn victim(&self, name: &str, script: &str) -> String {
        let _ = self.docker(&["rm", "-f", name]);
        let words =
            ["run", "-d", "--name", name, "--network", "none", "--stop-timeout", "1", IMAGE, "sh", "-c", script];
        self.docker(&words).unwrap_or_else(|said| panic!("no victim {name}: {said}"))
    }

    /// `running`, `paused`, `exited`, … or the client's words when there is no such container.
    pub fn state(&self, container: &str) -> String {
        self.docker(&["inspect", "--type", "container", "--format", "{{.State.Status}}", container])
            .unwrap_or_else(|said| said)
    }

    /// What the engine calls its machine.
    pub fn node_name(&self) -> String {
        self.docker(&["info", "--format", "{{.Name}}"]).unwrap_or_else(|said| panic!("{said}"))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // Paused containers would hold the engine's own end up.
        if let Ok(all) = self.docker(&["ps", "-aq"]) {
            let words: Vec<&str> = ["rm", "-f"].into_iter().chain(all.split_whitespace()).collect();
            let _ = self.docker(&words);
        }
    }
}
