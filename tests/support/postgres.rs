//! A throw-away PostgreSQL cluster for the whole test process, on a unix socket in a temporary folder.

use std::{
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::{tied::Tied, wait_blocking};

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static DURABLE: OnceLock<Cluster> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Makes a fresh, empty database; gives its URL.
pub async fn database() -> String {
    // Durability of a cluster that is thrown away is worth nothing; a killed portal loses nothing by it.
    let start = || Cluster::start(&["fsync=off", "full_page_writes=off"]);
    tokio::task::spawn_blocking(move || CLUSTER.get_or_init(start).create()).await.unwrap()
}

/// The same in a cluster with the server's own settings, for measuring.
pub async fn durable_database() -> String {
    tokio::task::spawn_blocking(|| DURABLE.get_or_init(|| Cluster::start(&[])).create()).await.unwrap()
}

struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    /// PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
    _process: Tied,
}

impl Cluster {
    fn start(settings: &[&str]) -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("quell-pg-").tempdir().unwrap().keep();
        let user = is_root().then(|| (id("-u"), id("-g")));
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).unwrap();
        }
        let data = folder.join("data");
        let mut initdb = run_as(&programs.join("initdb"), user, &folder);
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
        complete(initdb.arg(&data));
        let mut postgres = run_as(&programs.join("postgres"), user, &folder);
        postgres.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in ["listen_addresses=", "max_connections=300"].iter().chain(settings) {
            postgres.args(["-c", setting]);
        }
        let process = Tied::start(&mut postgres, &folder.join("log"), "INT", Some(&folder));
        let cluster = Self { programs, folder, user, _process: process };
        wait_blocking("the start of PostgreSQL", Duration::from_secs(30), || {
            cluster.client("pg_isready").output().unwrap().status.success().then_some(())
        });
        cluster
    }

    fn create(&self) -> String {
        let name = format!("quell_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        complete(self.client("createdb").arg(&name));
        let socket = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@localhost/{name}?host={socket}")
    }

    fn client(&self, program: &str) -> Command {
        let mut command = run_as(&self.programs.join(program), self.user, &self.folder);
        command.arg("-h").arg(&self.folder).args(["-U", "postgres"]);
        command
    }
}

/// Debian keeps the server's programs off `PATH`, one folder for each version: take the newest.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    found.retain(|folder| folder.join("initdb").is_file());
    let number =
        |folder: &PathBuf| folder.parent().and_then(Path::file_name).and_then(|n| n.to_str()?.parse::<u32>().ok());
    found.sort_by_key(number);
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file())
    };
    found.pop().or_else(on_path).expect("no initdb here: install PostgreSQL (cargo xtask setup --tests)")
}

fn is_root() -> bool {
    let said = Command::new("id").arg("-u").output().unwrap();
    said.stdout.trim_ascii() == b"0"
}

fn id(flag: &str) -> u32 {
    let said = Command::new("id").args([flag, "postgres"]).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    text.parse().expect("there is no user postgres, whom PostgreSQL could run as")
}

fn run_as(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    // The folder that the tests run in may be closed to that user.
    command.current_dir(folder).env("LC_ALL", "C").env_remove("PGDATA").env_remove("PGHOST");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

fn complete(command: &mut Command) {
    let out = command.output().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    assert!(out.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&out.stderr));
}
