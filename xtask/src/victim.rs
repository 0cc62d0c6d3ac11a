//! The container engine of the demo and the harmless container in it.
//!
//! Uses the engine that answers; starts one only when none does, and stops only what it started.

use std::{
    fs::File,
    net::IpAddr,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{ping::answers, rootfs, setup, sh};

const SOCKET: &str = "/var/run/docker.sock";
/// The container's name.
pub const NAME: &str = "payments-api-demo";
const IMAGE: &str = "quell-demo/victim:1";
/// Where the container serves its one page, when it has a network.
pub const PORT: u16 = 8_000;
/// What the container does: serves one page, writes a log line each two seconds, and nothing else.
const SCRIPT: &str = "mkdir -p /www; echo payments-api: all is well >/www/index.html; httpd -p 8000 -h /www; n=0; while :; do n=$((n+1)); echo \"$(date) payments-api: request $n served\"; sleep 2; done";

/// An engine that answers.
pub struct Engine {
    /// `unix:///var/run/docker.sock`
    pub endpoint: String,
    started: Option<Child>,
}

impl Engine {
    /// Finds or starts one; installs one first when there is none and that is possible.
    pub fn find(log: &Path) -> sh::Result<Self> {
        let endpoint = std::env::var("DOCKER_HOST").unwrap_or_else(|_| format!("unix://{SOCKET}"));
        let Some(socket) = endpoint.strip_prefix("unix://").map(PathBuf::from) else {
            return Err(format!("the demo needs an engine on a unix socket, and DOCKER_HOST is {endpoint}"));
        };
        if answers(&socket) {
            setup::run(setup::Need::Client)?;
            return Ok(Self { endpoint, started: None });
        }
        if socket != Path::new(SOCKET) {
            return Err(format!("no engine answers on {endpoint} (from DOCKER_HOST)"));
        }
        setup::run(setup::Need::Demo)?;
        // On a machine with a service manager the package has started the engine by now.
        let started = if answers(&socket) { None } else { Some(start(&socket, log)?) };
        Ok(Self { endpoint, started })
    }

    /// The engine's name for its machine.
    pub fn node(&self) -> sh::Result<String> {
        Ok(self.docker(&["info", "--format", "{{.Name}}"])?.trim().to_owned())
    }

    /// Starts the container afresh; gives its full id. It has the engine's ordinary network where there is one.
    pub fn start_victim(&self, scratch: &Path) -> sh::Result<String> {
        rootfs::import(&scratch.join("rootfs"), &self.endpoint, IMAGE)?;
        let start = |network: &str| {
            self.remove_victim();
            let words = ["run", "-d", "--name", NAME, "--hostname", "payments-api", "--network", network];
            self.docker(&[&words[..], &["--stop-timeout", "1", IMAGE, "sh", "-c", SCRIPT]].concat())
        };
        let id = start("bridge").or_else(|_| start("none"))?;
        Ok(id.trim().to_owned())
    }

    /// The container's address; none where it has no network.
    pub fn victim_address(&self) -> sh::Result<Option<String>> {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}";
        let said = self.docker(&["inspect", "--format", format, NAME])?;
        Ok(said.split_whitespace().next().filter(|address| address.parse::<IpAddr>().is_ok()).map(str::to_owned))
    }

    /// Removes the container; and stops the engine when we started it.
    pub fn end(mut self) {
        self.remove_victim();
        if let Some(child) = &mut self.started {
            sh::terminate(child);
        }
    }

    fn remove_victim(&self) {
        // It may not exist, which is what we want.
        let _ = self.docker(&["rm", "-f", NAME]);
    }

    fn docker(&self, words: &[&str]) -> sh::Result<String> {
        sh::output(Command::new("docker").env("DOCKER_HOST", &self.endpoint).args(words))
    }
}

fn start(socket: &Path, log: &Path) -> sh::Result<Child> {
    if sh::output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(format!(
            "no engine answers on {}; start it, or run as root so that the demo can",
            socket.display()
        ));
    }
    println!("demo: starting dockerd (log in {})", log.display());
    // Second try for machines where no network may be made: the victim needs none.
    attempt(socket, log, &[]).or_else(|_| attempt(socket, log, &["--bridge", "none", "--iptables=false"]))
}

fn attempt(socket: &Path, log: &Path, flags: &[&str]) -> sh::Result<Child> {
    let file = File::create(log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let twin = file.try_clone().map_err(|error| error.to_string())?;
    let mut child = Command::new("dockerd")
        .args(flags)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(twin)
        // Ctrl-C goes to the whole group of the terminal: the engine must live until the victim is removed.
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot start dockerd: {error}"))?;
    let up = sh::wait_for("the start of dockerd", Duration::from_secs(30), || {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => Err(format!("dockerd ended ({status}); see {}", log.display())),
            None => Ok(answers(socket).then_some(())),
        }
    });
    if up.is_err() {
        sh::terminate(&mut child);
    }
    up.map(|()| child)
}
