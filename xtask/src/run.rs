//! `run`: builds and starts Quell on this machine, with its data in `.quell/run`.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{build, post, sh};

/// The port of `run` and `demo` when none is given.
const PORT: u16 = 8080;

/// What a person may choose for `run` and `demo`.
#[derive(Debug, PartialEq, Eq)]
pub struct Choices {
    /// Where to listen.
    pub port: u16,
    /// Where the data goes, when not below `.quell`.
    pub data: Option<PathBuf>,
}

impl Choices {
    /// From `--port N` and `--data FOLDER`, in any order.
    pub fn read(words: &[&str]) -> sh::Result<Self> {
        let mut choices = Self { port: PORT, data: None };
        let mut rest = words;
        while let [name, value, later @ ..] = rest {
            match *name {
                "--port" => choices.port = value.parse().map_err(|_| format!("{value} is not a port"))?,
                "--data" => {
                    let folder = std::path::absolute(value).map_err(|error| format!("{value}: {error}"))?;
                    choices.data = Some(folder);
                }
                _ => break,
            }
            rest = later;
        }
        match rest {
            [] => Ok(choices),
            _ => Err(format!("only --port N and --data FOLDER can follow, not {}", rest.join(" "))),
        }
    }
}

/// Where the portal listens: loopback only, because it is plain http.
#[derive(Debug, Clone)]
pub struct Place {
    /// `127.0.0.1:8080`
    pub listen: String,
    /// What a person opens: passkeys need a name, not an address.
    pub address: String,
}

impl Place {
    /// Fails when another program listens there: it would get our questions, and give its own answers.
    pub fn new(port: u16) -> sh::Result<Self> {
        let listen = format!("127.0.0.1:{port}");
        TcpListener::bind(&listen)
            .map_err(|error| format!("nothing can listen on {listen} ({error}); choose another with --port"))?;
        Ok(Self { listen, address: format!("http://localhost:{port}") })
    }
}

/// Builds, starts, and waits for Ctrl-C.
pub fn run(choices: Choices) -> sh::Result<()> {
    let place = Place::new(choices.port)?;
    build::run(build::Profile::Debug)?;
    let end = sh::end_requested()?;
    let data = choices.data.unwrap_or_else(|| sh::root().join(".quell/run"));
    sh::make_dir(&data)?;
    let quell = Quell::new(&data)?;
    let mut child = quell.serve(&place, None)?;
    let outcome = ready(&place, &mut child).and_then(|()| {
        println!("Quell is on {} (data in {}). Ctrl-C ends it.", place.address, data.display());
        sh::wait_for_end(&mut child, &end)
    });
    sh::terminate(&mut child);
    outcome
}

/// The binary with its data folder.
pub struct Quell {
    binary: PathBuf,
    site: PathBuf,
    data: PathBuf,
    settings: Vec<(&'static str, String)>,
}

impl Quell {
    /// The debug binary that `build` made.
    pub fn new(data: &Path) -> sh::Result<Self> {
        let target = sh::target_dir()?;
        let (binary, site) = (target.join("debug/quell"), target.join("site"));
        Ok(Self { binary, site, data: data.to_path_buf(), settings: Vec::new() })
    }

    /// The same with a setting, `QUELL__SECTION__KEY`.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    /// Starts `quell serve`; output goes to the terminal, or to `log` when given.
    pub fn serve(&self, place: &Place, log: Option<&Path>) -> sh::Result<Child> {
        let mut command = self.command(&["serve"]);
        command.args(["--listen", &place.listen]).stdin(Stdio::null());
        if let Some(path) = log {
            let file = fs::File::create(path).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
            let twin = file.try_clone().map_err(|error| error.to_string())?;
            command.stdout(file).stderr(twin);
        }
        command.spawn().map_err(|error| format!("cannot start {}: {error}", self.binary.display()))
    }

    /// Runs one subcommand to its end and gives what it printed.
    pub fn tell(&self, words: &[&str]) -> sh::Result<String> {
        sh::output(&mut self.command(words))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.current_dir(sh::root()).args(words).arg("--data").arg(&self.data);
        command.env("QUELL__SERVER__SITE", &self.site);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Waits until the portal says that it is ready; fails at once when it ends.
pub fn ready(place: &Place, child: &mut Child) -> sh::Result<()> {
    sh::wait_for("the start of quell", Duration::from_secs(30), || {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Err(format!("quell ended before it was ready ({status}); is another program on {}?", place.listen));
        }
        Ok(post::get(&place.listen, "/readyz").ok().filter(|answer| answer.status == 200).map(|_| ()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_in_any_order_and_nothing_else_does() {
        let read = |words: &[&str]| Choices::read(words);
        assert_eq!(read(&[]).unwrap(), Choices { port: 8080, data: None });
        let both = Choices { port: 9000, data: Some("/tmp/quell".into()) };
        assert_eq!(read(&["--data", "/tmp/quell", "--port", "9000"]).unwrap(), both);
        assert!(read(&["--port", "many"]).unwrap_err().contains("many is not a port"));
        assert!(read(&["--port"]).unwrap_err().contains("--port N"));
        assert!(read(&["--host", "all"]).unwrap_err().contains("not --host all"));
    }

    #[test]
    fn a_port_that_is_taken_is_refused() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = other.local_addr().unwrap().port();
        assert!(Place::new(port).unwrap_err().contains("--port"));
        drop(other);
        assert_eq!(Place::new(port).unwrap().address, format!("http://localhost:{port}"));
    }
}
