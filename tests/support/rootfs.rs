//! A root file system for a harmless container, made of the system's static busybox: no registry is needed.
//!
//! Uses only std: `xtask demo` takes this file in too, because it must build when the crates of the portal do not.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What the container can run.
const APPLETS: [&str; 13] =
    ["sh", "cat", "date", "dd", "echo", "head", "httpd", "ls", "mkdir", "ps", "rm", "sleep", "true"];

/// Where Debian puts busybox, if it is installed.
pub fn busybox() -> Option<PathBuf> {
    ["/bin/busybox", "/usr/bin/busybox"].iter().map(PathBuf::from).find(|path| path.is_file())
}

/// Builds the tree below `folder` (made, and removed again) and imports it as `image` with the client at `DOCKER_HOST` = `host`.
///
/// # Errors
/// One sentence: no busybox, a full disk, or what the client said.
pub fn import(folder: &Path, host: &str, image: &str) -> Result<(), String> {
    let outcome = tree(folder).and_then(|()| send(folder, host, image));
    let _ = fs::remove_dir_all(folder);
    outcome
}

fn tree(folder: &Path) -> Result<(), String> {
    let program = busybox().ok_or("no busybox here: install the package busybox-static")?;
    let make = || -> std::io::Result<()> {
        for name in ["bin", "etc", "proc", "sys", "dev", "run", "tmp", "var/log"] {
            fs::create_dir_all(folder.join(name))?;
        }
        fs::copy(&program, folder.join("bin/busybox"))?;
        for applet in APPLETS {
            symlink("busybox", folder.join("bin").join(applet))?;
        }
        fs::write(folder.join("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n")
    };
    make().map_err(|error| format!("cannot make the root file system in {}: {error}", folder.display()))
}

fn send(folder: &Path, host: &str, image: &str) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("cannot import the image {image}: {error}");
    let mut tar = Command::new("tar")
        .args(["--owner=0", "--group=0", "--numeric-owner", "-c", "."])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    let archive = tar.stdout.take().ok_or("tar gave no output")?;
    let client = Command::new("docker")
        .env("DOCKER_HOST", host)
        .args(["import", "-", image])
        .stdin(archive)
        .output()
        .map_err(fail)?;
    let packed = tar.wait().map_err(fail)?;
    if packed.success() && client.status.success() {
        return Ok(());
    }
    Err(format!("cannot import the image {image}: {}", String::from_utf8_lossy(&client.stderr).trim()))
}
