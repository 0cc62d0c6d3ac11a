//! A process whose life is tied to ours: it ends when we let go of it, and also when the test process is killed.
//!
//! A watcher, a small shell script, waits for the end of a pipe that only we hold open. Statics are never dropped and a
//! killed process runs no code, but the kernel always closes the pipe.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use crate::poll::poll;

/// `$1` pid, `$2` signal, `$3` folder to remove or empty. What the process left mounted below the folder is unmounted, and
/// the network bridge whose name lies in it is taken away.
const WATCHER: &str = r#"
cat >/dev/null
alive() { [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
kill "-$2" "$1" 2>/dev/null
n=0
while alive "$1" && [ "$n" -lt 300 ]; do sleep 0.05; n=$((n + 1)); done
alive "$1" && kill -KILL "$1" 2>/dev/null
[ -n "$3" ] || exit 0
grep -F " $3/" /proc/mounts | cut -d' ' -f2 | sort -r | while read -r mount; do umount -l "$mount"; done
[ -f "$3/bridge" ] && ip link del "$(cat "$3/bridge")" 2>/dev/null
rm -rf "$3"
"#;

/// How long a process may take to end after its signal.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running process and its watcher.
#[derive(Debug)]
pub struct Tied {
    child: Child,
    /// None when the process has been ended already.
    watcher: Option<Child>,
    signal: &'static str,
}

impl Tied {
    /// Starts the command with its output in `log`. `signal` ends it in order; `folder` is removed after its end.
    pub fn start(command: &mut Command, log: &Path, signal: &'static str, folder: Option<&Path>) -> Self {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log);
        let file = file.unwrap_or_else(|error| panic!("cannot write {}: {error}", log.display()));
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            // A Ctrl-C at the terminal must not reach it before its watcher does.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let folder = folder.map_or_else(|| OsStr::new(""), Path::as_os_str);
        let watcher = Command::new("sh")
            .args(["-c", WATCHER, "watcher", &child.id().to_string(), signal])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start the watcher of {name}: {error}"));
        Self { child, watcher: Some(watcher), signal }
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Ends it at once, as a crash would; the folder stays.
    pub fn kill_9(mut self) {
        self.dismiss_watcher();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end and waits until it has; the folder stays. Gives how it ended.
    pub fn stop(mut self) -> ExitStatus {
        self.dismiss_watcher();
        self.ask_to_end()
    }

    fn ask_to_end(&mut self) -> ExitStatus {
        if let Some(status) = self.ended() {
            return status;
        }
        let _ = Command::new("kill").args([&format!("-{}", self.signal), &self.pid().to_string()]).output();
        if let Some(status) = poll(PATIENCE, || self.ended()) {
            return status;
        }
        let _ = self.child.kill();
        self.child.wait().unwrap()
    }

    fn dismiss_watcher(&mut self) {
        if let Some(mut watcher) = self.watcher.take() {
            let _ = watcher.kill();
            let _ = watcher.wait();
        }
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        if let Some(mut watcher) = self.watcher.take() {
            self.ask_to_end();
            // Closes the pipe: the watcher finds the process gone and removes the folder.
            drop(watcher.stdin.take());
            let _ = watcher.wait();
        }
    }
}
