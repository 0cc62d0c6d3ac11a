//! A real HAProxy before the demo's victim, when one is installed and the engine has a network.
//!
//! It listens on loopback, has Quell's lines, and is the demo's own: nothing of an HAProxy of this machine is touched.

use std::{
    fs::File,
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{haproxy_lines::one_server, sh};

/// The front end's name.
const NAME: &str = "payments";

/// A running one.
pub struct Edge {
    child: Child,
    /// `127.0.0.1:41893`, where clients connect.
    pub on: String,
    /// The socket of its Runtime API, of level admin.
    pub socket: String,
    /// Its front end, as Quell takes it.
    pub route: String,
}

impl Edge {
    /// Starts it before a server (`172.17.0.2:8000`); none where HAProxy is not installed.
    pub fn start(folder: &Path, server: &str) -> sh::Result<Option<Self>> {
        let places = [sh::on_path("haproxy"), Some(PathBuf::from("/usr/sbin/haproxy"))];
        let Some(program) = places.into_iter().flatten().find(|path| path.is_file()) else { return Ok(None) };
        sh::make_dir(folder)?;
        let on = free_place()?;
        sh::write(&folder.join(format!("{NAME}.map")), b"")?;
        sh::write(&folder.join("config"), one_server(folder, NAME, &on, server).as_bytes())?;
        let path = folder.join("log");
        let log = File::create(&path).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        let twin = log.try_clone().map_err(|error| error.to_string())?;
        let mut child = Command::new(program)
            .arg("-f")
            .arg(folder.join("config"))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(twin)
            // Ctrl-C goes to the whole group of the terminal: we end it ourselves.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start haproxy: {error}"))?;
        let up = sh::wait_for("the start of haproxy", Duration::from_secs(10), || {
            match child.try_wait().map_err(|error| error.to_string())? {
                Some(status) => Err(format!("haproxy ended ({status}); see {}", path.display())),
                None => Ok(std::net::TcpStream::connect(&on).is_ok().then_some(())),
            }
        });
        if up.is_err() {
            sh::terminate(&mut child);
        }
        let socket = folder.join("admin.sock").display().to_string();
        let route = format!("{NAME} = {NAME}_be @ {} on {on}", folder.join(format!("{NAME}.map")).display());
        up.map(|()| Some(Self { child, on, socket, route }))
    }

    /// Ends it.
    pub fn end(mut self) {
        sh::terminate(&mut self.child);
    }
}

fn free_place() -> sh::Result<String> {
    let place = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    place.map(|place| place.to_string()).map_err(|error| format!("no free port: {error}"))
}
