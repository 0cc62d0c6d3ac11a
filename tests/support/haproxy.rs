//! A real HAProxy with a master, in a folder of its own, and little back ends for it.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, Shutdown},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::{poll::poll, portal::free_port, tied::Tied};

/// How often other ports are tried when another process was quicker.
const TRIES: usize = 5;

/// A running HAProxy.
#[derive(Debug)]
pub struct Haproxy {
    folder: PathBuf,
    process: Tied,
    /// Ports that it may listen at.
    pub ports: [u16; 2],
}

impl Haproxy {
    /// Starts it with the configuration that is made for its folder and two free ports. Sockets: `admin.sock` and the
    /// master's `master.sock`.
    pub fn start(configure: impl Fn(&Path, [u16; 2]) -> String) -> Self {
        let mut said = String::new();
        for _ in 0..TRIES {
            let ports = [free_port(), free_port()];
            let folder = tempfile::Builder::new().prefix("quell-haproxy-").tempdir().unwrap().keep();
            std::fs::write(folder.join("config"), configure(&folder, ports)).unwrap();
            let program =
                ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy"].into_iter().find(|it| Path::new(it).is_file());
            let mut command = Command::new(program.unwrap_or("haproxy"));
            command.arg("-W").arg("-S").arg(folder.join("master.sock")).arg("-f").arg(folder.join("config"));
            let process = Tied::start(&mut command, &folder.join("log"), "TERM", Some(&folder));
            let mut haproxy = Self { folder, process, ports };
            if haproxy.is_up() {
                return haproxy;
            }
            said = haproxy.log();
            if !said.contains("Address already in use") {
                break;
            }
        }
        panic!("haproxy does not start:\n{said}");
    }

    fn is_up(&mut self) -> bool {
        let up = poll(Duration::from_secs(60), || match self.process.ended() {
            Some(_) => Some(false),
            // The master listens last, and a signal before that would be lost.
            None => {
                let said = say(&self.path("master.sock"), "@1 show info").unwrap_or_default();
                said.contains("Uptime").then_some(true)
            }
        });
        up == Some(true)
    }

    /// A file of its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What it answers to a command on its socket of level admin.
    pub fn ask(&self, command: &str) -> String {
        self.try_ask(command).unwrap_or_else(|| panic!("haproxy does not answer {command}\n{}", self.log()))
    }

    fn try_ask(&self, command: &str) -> Option<String> {
        say(&self.path("admin.sock"), command)
    }

    /// Entries of a map, in its order, without the addresses that differ each time.
    pub fn map(&self, name: &str) -> Vec<String> {
        let said = self.ask(&format!("show map {}", self.path(name).display()));
        let lines = said.lines().filter(|line| !line.is_empty());
        lines.map(|line| line.split_once(' ').map_or(line, |(_, entry)| entry).to_owned()).collect()
    }

    /// Has the master start a new worker, and waits until both answer. The former one keeps its connections.
    pub fn reload(&self) {
        let pid = |said: String| said.lines().find(|line| line.starts_with("Pid: ")).map(str::to_owned);
        let before = pid(self.ask("show info"));
        assert!(before.is_some());
        self.signal("-USR2", &self.process.pid().to_string());
        let new = poll(Duration::from_secs(60), || {
            let by_master = say(&self.path("master.sock"), "@1 show info").and_then(pid)?;
            let own = self.try_ask("show info").and_then(pid)?;
            (own == by_master && before.as_ref() != Some(&own)).then_some(())
        });
        assert!(new.is_some(), "no new worker\n{}", self.log());
    }

    /// Ends master and workers at once, as a crash would.
    pub fn kill_9(&mut self) {
        // The group, which is the master's own.
        self.signal("-KILL", &format!("-{}", self.process.pid()));
        assert!(poll(Duration::from_secs(60), || self.process.ended()).is_some());
    }

    fn signal(&self, signal: &str, whom: &str) {
        // Whoever has ended already needs none.
        let _ = Command::new("kill").args([signal, "--", whom]).status();
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }
}

/// One command to a socket of HAProxy's, and the whole answer; none when nobody is there.
pub fn say(socket: &Path, command: &str) -> Option<String> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    stream.write_all(format!("{command}\n").as_bytes()).ok()?;
    stream.shutdown(Shutdown::Write).ok()?;
    let mut said = String::new();
    stream.read_to_string(&mut said).ok()?;
    Some(said)
}

/// A back end of HTTP that answers each request with its name. Gives its port.
pub async fn web(name: &'static str) -> u16 {
    serve(move |mut stream: TcpStream| async move {
        let mut asked = Vec::new();
        while let Ok(1..) = stream.read_buf(&mut asked).await {
            if asked.ends_with(b"\r\n\r\n") {
                asked.clear();
                let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{name}", name.len());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    })
    .await
}

/// A back end that sends back what it gets. Gives its port.
pub async fn echo() -> u16 {
    serve(|mut stream: TcpStream| async move {
        let (mut from, mut to) = stream.split();
        let _ = tokio::io::copy(&mut from, &mut to).await;
    })
    .await
}

async fn serve<F>(talk: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream));
        }
    });
    port
}
