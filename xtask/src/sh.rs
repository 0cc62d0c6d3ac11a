//! Runs other programs: streams or captures their output, and says clearly which one failed and how.
//!
//! Owns paths of the checkout as well. Knows no command of ours.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What every command gives back: the error is one sentence for the person at the terminal.
pub type Result<T> = std::result::Result<T, String>;

/// How often a condition is looked at while we wait for it.
const TICK: Duration = Duration::from_millis(50);

/// The top folder of the checkout.
pub fn root() -> PathBuf {
    // Cargo sets the variable when it runs us; the compiled-in path is for a binary started by hand.
    let here =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or(here.clone(), Path::to_path_buf)
}

/// Cargo, started in the top folder.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// The workspace as cargo sees it, without dependencies of dependencies.
pub fn metadata() -> Result<serde_json::Value> {
    let text = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    serde_json::from_str(&text).map_err(|error| format!("cargo metadata is not JSON: {error}"))
}

/// Cargo's target folder, wherever configuration or environment puts it.
pub fn target_dir() -> Result<PathBuf> {
    let metadata = metadata()?;
    let folder = metadata["target_directory"].as_str().ok_or("cargo metadata names no target folder")?;
    Ok(PathBuf::from(folder))
}

/// Runs to the end with output streamed to the terminal.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| format!("cannot start {}: {error}", name(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", line(command))) }
}

/// Runs to the end and gives the standard output; the error carries what the program said.
pub fn output(command: &mut Command) -> Result<String> {
    let out =
        command.stdin(Stdio::null()).output().map_err(|error| format!("cannot start {}: {error}", name(command)))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&out.stderr);
    Err(format!("{} failed ({}): {}", line(command), out.status, said.trim()))
}

/// Where a program is on `PATH`, if it is.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Looks at `ready` until it gives something or the time is over.
pub fn wait_for<T>(what: &str, limit: Duration, mut ready: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(value) = ready()? {
            return Ok(value);
        }
        if Instant::now() >= end {
            return Err(format!("{what} did not happen within {} s", limit.as_secs()));
        }
        thread::sleep(TICK);
    }
}

/// Becomes true when the person presses Ctrl-C or the process is asked to end; call once, early.
pub fn end_requested() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&flag))
            .map_err(|error| format!("cannot watch for Ctrl-C: {error}"))?;
    }
    Ok(flag)
}

/// Waits until the child ends by itself or an end is asked for.
pub fn wait_for_end(child: &mut Child, flag: &AtomicBool) -> Result<()> {
    while !flag.load(Ordering::Relaxed) {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return if status.success() { Ok(()) } else { Err(format!("quell ended ({status})")) };
        }
        thread::sleep(TICK);
    }
    Ok(())
}

/// Asks the child to end, and ends it by force after ten seconds.
pub fn terminate(child: &mut Child) {
    let pid = child.id().to_string();
    // A failure here means that it has ended already; the wait below finds out.
    let _ = Command::new("kill").args(["-TERM", &pid]).stderr(Stdio::null()).status();
    let ended = wait_for("the end of the process", Duration::from_secs(10), || {
        child.try_wait().map_err(|error| error.to_string())
    });
    if ended.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Reads a file; the error names it.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Writes a file; the error names it.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Makes a folder and its parents; the error names it.
pub fn make_dir(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| format!("cannot make {}: {error}", path.display()))
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let mut words = vec![name(command)];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_named_with_what_it_said() {
        let error = output(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err();
        assert!(error.contains("exit 3") && error.contains("broken"), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.contains("cannot start no-such-program-here"), "{error}");
    }
}
