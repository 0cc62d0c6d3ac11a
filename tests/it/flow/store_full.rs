//! A full evidence store, and an item without end: said in words, nothing half-named, and the portal goes on.

use std::{path::Path, process::Command};

use quell_domain::evidence::{ItemKind, ItemState};
use quell_tests::{Portal, engine::IDLE, wait_for};
use reqwest::StatusCode;

use super::{
    ledger::assert_store_equals_record,
    stage::{PATIENCE, Stage, state_of},
};

/// A file system of a certain size, in memory.
struct Small(tempfile::TempDir);

impl Small {
    fn mount(kilobytes: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        mount(&["-t", "tmpfs", "-o", &format!("size={kilobytes}k,mode=0700"), "none"], folder.path());
        Self(folder)
    }

    fn grow(&self, kilobytes: u32) {
        mount(&["-o", &format!("remount,size={kilobytes}k")], self.0.path());
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

fn mount(words: &[&str], at: &Path) {
    let done = Command::new("mount").args(words).arg(at).output().expect("mount");
    assert!(done.status.success(), "mount (root?): {}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_store_is_said_and_survived() {
    let disk = Small::mount(512);
    let folder = disk.0.path().to_str().expect("a path").to_owned();
    let builder = Portal::builder().env("QUELL__EVIDENCE__FOLDER", &folder).env("QUELL__EVIDENCE__RESERVE_BYTES", "0");
    let stage = Stage::with(builder).await;
    let ana = stage.responder("ana").await;
    let victim = stage.incident_about("store-full", IDLE, &ana).await;
    let ledger = stage.ledger().await;

    stage.collect(&ana, None).await;
    let pack = stage.ended_pack(&ana).await;
    assert_eq!(state_of(&pack, ItemKind::Inspect), ItemState::Sealed, "small ones fit: {:?}", pack.items);
    assert_eq!(state_of(&pack, ItemKind::RootFs), ItemState::Failed);
    let item = pack.items.iter().find(|item| item.kind == ItemKind::RootFs).expect("an item");
    assert!(item.reason.contains("full"), "{}", item.reason);
    assert!(item.object.is_none());
    assert_store_equals_record(&ledger, disk.0.path()).await;
    assert!(ana.read("/incidents/1").await.contains("full"), "the page says so");
    assert_eq!(stage.portal.client().get("/readyz").await.status, StatusCode::OK);

    // With room again it works, without a restart.
    disk.grow(64 * 1024);
    stage.collect(&ana, Some(ItemKind::RootFs)).await;
    assert_eq!(state_of(&stage.ended_pack(&ana).await, ItemKind::RootFs), ItemState::Sealed);
    assert_store_equals_record(&ledger, disk.0.path()).await;
    ledger.assert_every_attempt_is_concluded().await;
    assert_eq!(stage.engine.state(&victim), "running");
}

/// One command of an attacker makes a file that looks like a terabyte and takes no room.
#[tokio::test(flavor = "multi_thread")]
async fn an_item_without_end_is_given_up_and_the_others_are_kept() {
    let stage = Stage::with(Portal::builder().env("QUELL__EVIDENCE__MAX_ITEM_BYTES", "8000000")).await;
    let ana = stage.responder("ana").await;
    let script = format!("dd if=/dev/null of=/endless bs=1M count=0 seek=1M && echo made; {IDLE}");
    let victim = stage.incident_about("endless", &script, &ana).await;
    wait_for("the file", PATIENCE, async || {
        stage.engine.docker(&["logs", &victim]).is_ok_and(|said| said.contains("made")).then_some(())
    })
    .await;
    stage.collect(&ana, None).await;
    let pack = stage.ended_pack(&ana).await;
    for kind in ItemKind::ALL {
        let expected = match kind {
            ItemKind::RootFs => ItemState::Failed,
            ItemKind::Image => ItemState::NeedsPause,
            _ => ItemState::Sealed,
        };
        assert_eq!(state_of(&pack, *kind), expected, "{}: {:?}", kind.word(), pack.items);
    }
    let item = pack.items.iter().find(|item| item.kind == ItemKind::RootFs).expect("an item");
    assert!(item.reason.starts_with("It is longer than 8.0 MB"), "{}", item.reason);
    assert!(item.object.is_none());
    let ledger = stage.ledger().await;
    assert_store_equals_record(&ledger, &stage.store()).await;
    ledger.assert_every_attempt_is_concluded().await;
    assert_eq!(stage.engine.state(&victim), "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reserve_of_the_disk_is_left_alone() {
    // More than any disk has.
    let stage = Stage::with(Portal::builder().env("QUELL__EVIDENCE__RESERVE_BYTES", &(i64::MAX / 2).to_string())).await;
    let ana = stage.responder("ana").await;
    stage.incident_about("reserve", IDLE, &ana).await;
    stage.collect(&ana, Some(ItemKind::Inspect)).await;
    let pack = stage.ended_pack(&ana).await;
    assert_eq!(state_of(&pack, ItemKind::Inspect), ItemState::Failed);
    assert!(pack.items.first().is_some_and(|item| item.reason.contains("full")), "{:?}", pack.items);
    assert_store_equals_record(&stage.ledger().await, &stage.store()).await;
}
