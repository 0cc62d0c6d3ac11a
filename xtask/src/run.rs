//! `run`: builds and starts Quell on this machine, with its data in `.quell/run`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{build, post, setup, sh};

/// Where `run` and `demo` listen: loopback only, because it is plain http.
pub const LISTEN: &str = "127.0.0.1:8080";
/// The name a person opens: passkeys need a name, not an address.
pub const ADDRESS: &str = "http://localhost:8080";

/// Builds, starts, and waits for Ctrl-C.
pub fn run() -> sh::Result<()> {
    setup::run(setup::Need::Build)?;
    build::run(build::Profile::Debug)?;
    let end = sh::end_requested()?;
    let data = sh::root().join(".quell/run");
    sh::make_dir(&data)?;
    let quell = Quell::new(&data)?;
    let mut child = quell.serve(None)?;
    let outcome = ready(&mut child).and_then(|()| {
        println!("Quell is on {ADDRESS} (data in {}). Ctrl-C ends it.", data.display());
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
}

impl Quell {
    /// The debug binary that `build` made.
    pub fn new(data: &Path) -> sh::Result<Self> {
        let target = sh::target_dir()?;
        Ok(Self { binary: target.join("debug/quell"), site: target.join("site"), data: data.to_path_buf() })
    }

    /// Starts `quell serve`; output goes to the terminal, or to `log` when given.
    pub fn serve(&self, log: Option<&Path>) -> sh::Result<Child> {
        let mut command = self.command(&["serve"]);
        command.args(["--listen", LISTEN]).stdin(Stdio::null());
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
        command
    }
}

/// Waits until the portal says that it is ready; fails at once when it ends.
pub fn ready(child: &mut Child) -> sh::Result<()> {
    sh::wait_for("the start of quell", Duration::from_secs(30), || {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Err(format!("quell ended before it was ready ({status}); is another program on {LISTEN}?"));
        }
        Ok(post::get(LISTEN, "/readyz").ok().filter(|answer| answer.status == 200).map(|_| ()))
    })
}
