//! The evidence store when its disk is full and when its writer is killed.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use bytes::Bytes;
use quell_core::ports::{Vault, VaultError};
use quell_domain::ids::Digest;
use quell_effects::FolderVault;
use quell_tests::poll::wait_for;

/// Tells the child process of a test which store to write to.
const CHILD: &str = "QUELL_TEST_VAULT_CHILD";

/// A file system of 8 MiB, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path) -> Self {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(path).status().expect("mount");
        assert!(mounted.success(), "a small file system needs root");
        Self(path.to_owned())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn a_full_disk_is_said_and_leaves_nothing_half_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = SmallDisk::mount(folder.path());
    let vault = FolderVault::open(&disk.0, 0).expect("a store");
    let mut sink = vault.begin().await.expect("begun");
    let mut outcome = Ok(());
    for _ in 0..32 {
        outcome = sink.write(Bytes::from(vec![1; 1_024 * 1_024])).await;
        if outcome.is_err() {
            break;
        }
    }
    assert!(matches!(outcome, Err(VaultError::Full)), "{outcome:?}");
    assert!(matches!(sink.seal("pack/1").await, Err(VaultError::Io(_))), "a failed object cannot be sealed");
    assert_eq!(files(&disk.0), Vec::<PathBuf>::new());
    // Room is there again. Not at once: the other tests start programs, and a child process holds a copy of every
    // open file until its own program begins. So long the kernel keeps the room of a file that is gone by name.
    let kept = wait_for("room for another object", Duration::from_secs(30), async || {
        let mut sink = vault.begin().await.expect("begun");
        sink.write(Bytes::from_static(b"small")).await.expect("gathered");
        match sink.seal("pack/2").await {
            Err(VaultError::Full) => None,
            other => Some(other.expect("kept")),
        }
    });
    assert_eq!(kept.await.sha256, Digest::of(b"small"));
}

#[tokio::test]
async fn the_last_bytes_may_be_the_ones_that_do_not_fit() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = SmallDisk::mount(folder.path());
    let vault = FolderVault::open(&disk.0, 0).expect("a store");
    // Leaves less than what the sink gathers before it writes, so that only the seal can meet the full disk.
    std::fs::write(disk.0.join("other"), vec![0; 8 * 1_024 * 1_024 - 256 * 1_024]).expect("a big file");
    let mut sink = vault.begin().await.expect("begun");
    sink.write(Bytes::from(vec![1; 512 * 1_024])).await.expect("gathered");
    assert!(matches!(sink.seal("pack/1").await, Err(VaultError::Full)));
    assert_eq!(files(&disk.0), [disk.0.join("other")]);
}

#[tokio::test]
async fn a_reserve_stays_free_while_writing() {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = SmallDisk::mount(folder.path());
    let vault = FolderVault::open(&disk.0, 4 * 1_024 * 1_024).expect("a store");
    // Six of eight would fit on the disk.
    let mut sink = vault.begin().await.expect("begun");
    let mut outcome = Ok(());
    for _ in 0..6 {
        outcome = outcome.and(sink.write(Bytes::from(vec![1; 1_024 * 1_024])).await);
    }
    let outcome = match outcome {
        Ok(()) => sink.seal("pack/1").await.map(|_| ()),
        Err(error) => Err(error),
    };
    assert!(matches!(outcome, Err(VaultError::Full)), "{outcome:?}");
    assert!(!disk.0.join("pack").exists());
}

/// Not a test of its own: the process that the next test kills. It does nothing unless it is told where to write.
#[tokio::test]
async fn child_that_writes_until_it_is_killed() {
    let Some(root) = std::env::var_os(CHILD) else { return };
    let vault = FolderVault::open(root, 0).expect("a store");
    let mut sink = vault.begin().await.expect("begun");
    for round in 0_u64.. {
        sink.write(Bytes::from(vec![2; 1_024 * 1_024])).await.expect("written");
        if round == 16 {
            println!("writing");
        }
        assert!(round < 4_096, "nobody killed this process");
    }
}

#[tokio::test]
async fn a_killed_writer_leaves_no_final_name_and_a_sweep_takes_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["vault::child_that_writes_until_it_is_killed", "--exact", "--nocapture"])
        .env(CHILD, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("writing")), "the child wrote");
    // Another process that sweeps meanwhile leaves it alone.
    let vault = FolderVault::open(folder.path(), 0).expect("a store");
    vault.sweep().await.expect("swept");
    assert_eq!(files(folder.path()).len(), 1);
    child.kill().expect("killed");
    child.wait().expect("ended");
    let left = files(folder.path());
    assert!(left.iter().all(|path| path.starts_with(folder.path().join(".tmp"))) && left.len() == 1, "{left:?}");
    vault.sweep().await.expect("swept");
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}
