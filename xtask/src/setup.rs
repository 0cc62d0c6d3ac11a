//! `setup`: installs what the other commands need and is not there. Never touches what is there already.

use std::{path::Path, process::Command};

use crate::sh;

const TARGET: &str = "wasm32-unknown-unknown";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Only a build: the WASM target.
    Build,
    /// For an engine that answers already: its client, and the victim's busybox.
    Client,
    /// A container engine and HAProxy as well.
    Demo,
    /// Engine, PostgreSQL, an SSH server, HAProxy, a browser and the judge of the OpenAPI document as well.
    Tests,
    /// Engine, PostgreSQL and what is measured beside.
    Bench,
}

/// A thing that must be there, and the Debian package that brings it: the first of the names that this release knows.
struct Tool {
    what: &'static str,
    packages: &'static [&'static str],
    present: fn() -> bool,
}

const ENGINE: &[Tool] =
    &[Tool { what: "a container engine (dockerd)", packages: &["docker.io"], present: || has("dockerd") }];
/// Makes bridges for the tests' engines.
const IP: &[Tool] = &[Tool { what: "the command ip", packages: &["iproute2"], present: || has("ip") }];
const CLIENT: &[Tool] = &[
    // Newer Debian splits the client from the engine.
    Tool { what: "the client docker", packages: &["docker-cli", "docker.io"], present: || has("docker") },
    Tool { what: "a static busybox", packages: &["busybox-static"], present: static_busybox },
];
const POSTGRES: &[Tool] = &[Tool { what: "PostgreSQL (initdb)", packages: &["postgresql"], present: postgres }];
const CURL: &[Tool] = &[Tool { what: "curl", packages: &["curl"], present: || has("curl") }];
const PYTHON: &[Tool] =
    &[Tool { what: "Python with venv", packages: &["python3-venv"], present: || has("python3") && has_ensurepip() }];
/// Judges the OpenAPI document. Pinned, so that what is accepted today is accepted tomorrow.
const VALIDATOR: &str = "openapi-spec-validator==0.9.0";
const SSH: &[Tool] = &[
    Tool { what: "an OpenSSH server (sshd)", packages: &["openssh-server"], present: || has("sshd") },
    Tool { what: "the client ssh", packages: &["openssh-client"], present: || has("ssh") },
];
const BALANCER: &[Tool] = &[Tool { what: "HAProxy", packages: &["haproxy"], present: || has("haproxy") }];
const BROWSER: &[Tool] = &[
    Tool { what: "Chromium", packages: &["chromium"], present: || has("chromium") },
    Tool { what: "chromedriver", packages: &["chromium-driver"], present: || has("chromedriver") },
];

/// Installs what is missing for `need`; an error says what to do by hand.
pub fn run(need: Need) -> sh::Result<()> {
    wasm_target()?;
    match need {
        Need::Build => Ok(()),
        Need::Client => install(&[CLIENT]),
        Need::Demo => install(&[ENGINE, CLIENT, BALANCER]),
        Need::Tests => {
            install(&[ENGINE, IP, CLIENT, POSTGRES, SSH, BALANCER, CURL, BROWSER])?;
            validator()
        }
        Need::Bench => install(&[ENGINE, CLIENT, POSTGRES, CURL]),
    }
}

fn wasm_target() -> sh::Result<()> {
    let sysroot = sh::output(Command::new("rustc").current_dir(sh::root()).args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir() {
        return Ok(());
    }
    if sh::on_path("rustup").is_none() {
        return Err(format!(
            "the Rust target {TARGET} is missing and rustup is not on PATH: install rustup, or your system's package of that target"
        ));
    }
    println!("setup: adding the Rust target {TARGET}");
    sh::run(Command::new("rustup").current_dir(sh::root()).args(["target", "add", TARGET]))
}

/// A public validator of OpenAPI documents, in a Python environment of its own below the target folder: Debian has none.
fn validator() -> sh::Result<()> {
    let home = sh::target_dir()?.join("openapi");
    if sh::on_path(VALIDATOR.split('=').next().unwrap_or(VALIDATOR)).is_some()
        || home.join("bin/openapi-spec-validator").is_file()
    {
        return Ok(());
    }
    install(&[PYTHON])?;
    println!("setup: installing {VALIDATOR} into {}", home.display());
    sh::run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    sh::run(Command::new(home.join("bin/pip")).args(["install", "--quiet", VALIDATOR]))
}

/// Debian keeps the part of Python that makes environments in a package of its own.
fn has_ensurepip() -> bool {
    sh::output(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_ok()
}

fn install(tools: &[&[Tool]]) -> sh::Result<()> {
    let missing = || tools.iter().copied().flatten().filter(|tool| !(tool.present)());
    if missing().next().is_none() {
        return Ok(());
    }
    let names = missing().map(|tool| tool.what).collect::<Vec<_>>().join(", ");
    let packages: Vec<&str> = missing().filter_map(|tool| tool.packages.last().copied()).collect();
    let by_hand = format!("missing: {names}. Install by hand (on Debian: apt-get install {})", packages.join(" "));
    if sh::on_path("apt-get").is_none() {
        return Err(format!("{by_hand}; this is not a Debian system, so nothing was installed"));
    }
    if sh::output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(format!("{by_hand}; only root may install packages"));
    }
    println!("setup: installing {}", packages.join(" "));
    sh::run(apt().arg("update"))?;
    // One at a time: a package may bring the next tool with it.
    for tool in missing() {
        let known = tool.packages.iter().find(|name| is_known(name)).or(tool.packages.last());
        sh::run(apt().args(["install", "-y", "--no-install-recommends"]).args(known))?;
    }
    match missing().next() {
        None => Ok(()),
        Some(tool) => Err(format!("{} is still missing after installing {}", tool.what, packages.join(" "))),
    }
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("-q").env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// `apt-cache policy` says nothing about a name that no source has, and shows a candidate for one that can be installed.
fn is_known(package: &str) -> bool {
    let said = sh::output(Command::new("apt-cache").args(["policy", package])).unwrap_or_default();
    said.contains("Candidate:") && !said.contains("Candidate: (none)")
}

fn has(program: &str) -> bool {
    // An ordinary user's PATH often leaves the system folders out.
    sh::on_path(program).is_some() || ["/usr/sbin", "/sbin"].iter().any(|dir| Path::new(dir).join(program).is_file())
}

fn postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    has("initdb")
        || versions.is_ok_and(|mut all| all.any(|one| one.is_ok_and(|v| v.path().join("bin/initdb").is_file())))
}

/// The dynamic busybox cannot run in an image that holds nothing else.
fn static_busybox() -> bool {
    let Some(path) = crate::rootfs::busybox() else { return false };
    // `ldd` answers with an error for a static program; without ldd the package list decides.
    match Command::new("ldd").arg(&path).output() {
        Ok(out) => !out.status.success() || String::from_utf8_lossy(&out.stdout).contains("statically"),
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_installed_when_all_is_present() {
        let all_there = Tool { what: "a shell", packages: &["no-such-package-here"], present: || has("sh") };
        assert_eq!(install(&[&[all_there]]), Ok(()));
    }
}
