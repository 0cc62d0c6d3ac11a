//! The store on a real file system; a full disk is in the tests of the whole house, which may mount one.

use std::os::unix::fs::PermissionsExt;

use bytes::Bytes;
use futures::TryStreamExt;

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn store() -> (tempfile::TempDir, FolderVault) {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = FolderVault::open(folder.path().join("evidence"), 0).expect("a store");
    (folder, vault)
}

async fn keep(vault: &FolderVault, object: &str, pieces: &[&[u8]]) -> Result<Sealed, VaultError> {
    let mut sink = vault.begin().await?;
    for piece in pieces {
        sink.write(Bytes::copy_from_slice(piece)).await?;
    }
    sink.seal(object).await
}

#[tokio::test]
async fn what_is_kept_is_what_was_written() {
    let (_folder, vault) = store();
    // More than what is flushed early.
    let big = vec![7; 40 * 1_024 * 1_024 + 3];
    let all = [b"head".as_slice(), &big, b"tail"].concat();
    let sealed = keep(&vault, "pack/1.bin", &[b"head", &big, b"", b"tail"]).await.expect("kept");
    assert_eq!(sealed, Sealed { size: all.len() as i64, sha256: Digest::of(&all) });
    assert_eq!(vault.check("pack/1.bin").await.expect("read"), Some(sealed));
    let (size, bytes) = vault.open("pack/1.bin").await.expect("open");
    let read: Vec<Bytes> = bytes.try_collect().await.expect("read");
    assert_eq!((size, read.concat() == all), (all.len() as u64, true));
    let mode = fs::metadata(vault.root.join("pack/1.bin")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o440);
    assert!(names(&vault.root.join(TEMPORARY)).is_empty());
    assert_eq!(keep(&vault, "pack/empty", &[]).await.expect("kept").sha256, Digest::of(b""));
}

#[tokio::test]
async fn a_final_name_is_never_overwritten() {
    let (_folder, vault) = store();
    let mut late = vault.begin().await.expect("begun");
    late.write(Bytes::from_static(b"late")).await.expect("written");
    let first = keep(&vault, "pack/1", &[b"first"]).await.expect("kept");
    assert!(matches!(late.seal("pack/1").await, Err(VaultError::Exists)));
    assert_eq!(vault.check("pack/1").await.expect("read"), Some(first));
    assert!(names(&vault.root.join(TEMPORARY)).is_empty());
}

#[tokio::test]
async fn what_is_not_sealed_leaves_nothing() {
    let (_folder, vault) = store();
    let mut sink = vault.begin().await.expect("begun");
    sink.write(Bytes::from(vec![1; 3_000_000])).await.expect("written");
    assert_eq!(names(&vault.root.join(TEMPORARY)).len(), 1);
    sink.discard().await;
    assert!(names(&vault.root.join(TEMPORARY)).is_empty());
    assert_eq!(names(&vault.root), [TEMPORARY]);
    assert_eq!(vault.check("pack/1").await.expect("read"), None);
    assert!(matches!(vault.open("pack/1").await, Err(VaultError::Missing)));
    assert!(matches!(vault.open("pack").await, Err(VaultError::Missing)));
}

#[tokio::test]
async fn a_sweep_takes_what_a_crash_left_and_not_what_is_being_written() {
    let (_folder, vault) = store();
    fs::write(vault.root.join(TEMPORARY).join("left-0"), b"half").expect("a left-over");
    let mut sink = vault.begin().await.expect("begun");
    sink.write(Bytes::from_static(b"now")).await.expect("written");
    vault.sweep().await.expect("swept");
    assert_eq!(names(&vault.root.join(TEMPORARY)).len(), 1);
    assert_eq!(sink.seal("pack/1").await.expect("kept").sha256, Digest::of(b"now"));
}

#[tokio::test]
async fn names_do_not_lead_out_of_the_store() {
    let (_folder, vault) = store();
    for bad in
        ["", "/etc/x", "../x", "a/../x", "a//b", ".tmp/x", "a/.hidden", "a b", "a\0b", "ä", "a/", &"x".repeat(200)]
    {
        assert!(matches!(keep(&vault, bad, &[b"x"]).await, Err(VaultError::Io(_))), "{bad:?}");
        assert!(matches!(vault.open(bad).await, Err(VaultError::Io(_))), "{bad:?}");
    }
    assert_eq!(names(&vault.root), [TEMPORARY]);
}

#[tokio::test]
async fn the_reserve_is_not_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let vault = FolderVault::open(folder.path(), u64::MAX).expect("a store");
    assert!(matches!(vault.begin().await.err(), Some(VaultError::Full)));
    assert!(names(&folder.path().join(TEMPORARY)).is_empty());
}

#[tokio::test]
async fn changed_bytes_have_another_hash() {
    let (_folder, vault) = store();
    let sealed = keep(&vault, "x", &[b"evidence"]).await.expect("kept");
    let path = vault.root.join("x");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("writable");
    fs::write(&path, b"Evidence").expect("changed");
    let now = vault.check("x").await.expect("read").expect("there");
    assert_eq!(now.size, sealed.size);
    assert_ne!(now.sha256, sealed.sha256);
}
