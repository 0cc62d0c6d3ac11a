//! A real OpenSSH server on a port of its own, with one key that is restricted as the README advises: it may reach one Unix
//! socket and nothing else.

use std::{
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{poll::poll, portal::free_port, tied::Tied};

/// A running server.
#[derive(Debug)]
pub struct Sshd {
    folder: PathBuf,
    /// Where it listens.
    pub port: u16,
    process: Option<Tied>,
}

impl Sshd {
    /// Starts it with a host key, and with a user key for this socket.
    pub fn start(socket: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("quell-ssh-").tempdir().unwrap().keep();
        let mut server = Self { folder, port: free_port(), process: None };
        server.make_key("host");
        server.make_key("user");
        let options =
            format!("restrict,port-forwarding,permitopen=\"[{}]:*\",command=\"/bin/false\"", socket.display());
        server.authorize(&options);
        let at = |name: &str| server.path(name).display().to_string();
        let config = format!(
            "Port {}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nLogLevel VERBOSE\n\
             PermitRootLogin prohibit-password\n",
            server.port,
            at("host"),
            at("authorized"),
        );
        std::fs::write(server.path("config"), config).unwrap();
        // The server's own empty folder, which Debian makes at boot.
        std::fs::create_dir_all("/run/sshd").unwrap();
        server.up();
        server
    }

    /// From now on the user key is allowed this.
    pub fn authorize(&self, options: &str) {
        let public = std::fs::read_to_string(self.path("user.pub")).unwrap();
        std::fs::write(self.path("authorized"), format!("{options} {public}")).unwrap();
    }

    /// Starts it again with another host key.
    pub fn change_host_key(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop();
        }
        for name in ["host", "host.pub"] {
            std::fs::remove_file(self.path(name)).unwrap();
        }
        self.make_key("host");
        self.up();
    }

    fn up(&mut self) {
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f"]).arg(self.path("config"));
        let log = self.path("log");
        let mut process = Tied::start(&mut command, &log, "TERM", Some(&self.folder));
        let up = poll(Duration::from_secs(60), || match process.ended() {
            Some(status) => Some(Err(status)),
            None => TcpStream::connect(("127.0.0.1", self.port)).is_ok().then_some(Ok(())),
        });
        assert!(matches!(up, Some(Ok(()))), "sshd does not start (root?): {up:?}\n{}", self.log());
        self.process = Some(process);
    }

    /// Makes an ed25519 key in a file of this name.
    pub fn make_key(&self, name: &str) {
        let made =
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(self.path(name)).status();
        assert!(made.unwrap().success());
    }

    /// A file of its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Its public key as it lies on the machine.
    pub fn host_key(&self) -> String {
        std::fs::read_to_string(self.path("host.pub")).unwrap()
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}
