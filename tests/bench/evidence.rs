//! How fast evidence streams from the engine to its sealed file, next to what others do with the same bytes.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use quell_domain::{
    evidence::{Item, ItemKind, ItemState},
    time::SECOND,
    view::IncidentPage,
};
use quell_tests::{
    Client, Engine, Portal,
    client::send,
    engine::IDLE,
    fixtures::{self, Subject},
    wait_for,
};
use reqwest::{Method, header::ACCEPT};

use super::{
    process::{forget_peak, mebibytes, peak, resident},
    table::{Table, median, megabytes},
};

/// Megabytes of random bytes in the container: nothing can be saved by sparse files or compression.
const MEGABYTES: u32 = 512;
const ROUNDS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(300);
const NODE: &str = "node-1";

/// One paused container with a large file, read again and again: the export next to `curl`, the image next to what people
/// type today.
pub async fn measure(table: &mut Table) {
    let engine = Engine::start().await;
    let scene = Scene::set(&engine).await;
    let folder = tempfile::tempdir().unwrap();
    let pid = scene.portal.pid().unwrap();

    let (mut ours, mut curl, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    let idle = resident(pid);
    forget_peak(pid);
    for _ in 0..ROUNDS {
        let item = scene.collect(ItemKind::RootFs).await;
        ours.push(rate(&item));
        let path = format!("/containers/{}/export", scene.victim);
        curl.push(curl_to(&engine, &path, Path::new("/dev/null")));
        kept.push(curl_to(&engine, &path, &folder.path().join("export.tar")));
    }
    let above = peak(pid).saturating_sub(idle);
    let (ours, curl, kept) = (median(ours), median(curl), median(kept));
    table.line(
        "evidence: root file system, engine → checked, hashed, durable",
        megabytes(ours),
        format!("`curl` of the same stream to nowhere: {}; to a file, flushed: {}", megabytes(curl), megabytes(kept)),
        format!("{:.2} of the first (bar 0.85), {:.2} of the second", ours / curl, ours / kept),
    );
    table.line(
        "memory while 512 MB stream",
        format!("{} above idle", mebibytes(above)),
        format!("idle {}", mebibytes(idle)),
        "bar 64 MiB".to_owned(),
    );

    let (mut ours, mut typed) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let item = scene.collect(ItemKind::Image).await;
        ours.push(rate(&item));
        typed.push(commit_save_and_hash(&engine, &scene.victim, folder.path()));
    }
    let (ours, typed) = (median(ours), median(typed));
    table.line(
        "evidence: image, committed and saved",
        megabytes(ours),
        format!("`docker commit`, then `docker save \\| tee file \\| sha256sum`: {}", megabytes(typed)),
        format!("{:.2} of it (bar 1.50)", ours / typed),
    );
}

struct Scene {
    portal: Portal,
    ana: Client,
    victim: String,
}

impl Scene {
    async fn set(engine: &Engine) -> Self {
        let script =
            format!("dd if=/dev/urandom of=/large bs=1000000 count={MEGABYTES} 2>/dev/null; echo done; {IDLE}");
        let victim = engine.victim("large", &script);
        let full = wait_for("the large file", PATIENCE, async || {
            engine.docker(&["logs", "large"]).is_ok_and(|said| said.contains("done")).then_some(())
        });
        full.await;
        engine.docker(&["pause", "large"]).unwrap();
        let mut portal = Portal::builder().prepare();
        portal.add_node(NODE, &engine.endpoint());
        let intake = portal.add_source("falco", "falco", None);
        portal.serve().await;
        let ana = portal.person("ana", &["analyst", "responder"]).await;
        let shape = fixtures::ALARMS.iter().find(|one| one.name == "falco-http-output-full-id.json").unwrap();
        let subject = Subject { container: &victim, name: "large", node: NODE };
        let body = shape.fill(subject, std::time::SystemTime::now());
        portal.client().post_bytes(&intake, "application/json", body).await;
        let scene = Self { portal, ana, victim };
        wait_for("the incident", PATIENCE, async || scene.page().await.map(drop)).await;
        scene
    }

    async fn page(&self) -> Option<IncidentPage> {
        let path = "/api/v1/incidents/show?number=1";
        let page = send(self.ana.request(Method::GET, path).header(ACCEPT, "application/json")).await;
        page.status.is_success().then(|| serde_json::from_slice(&page.body).unwrap())
    }

    /// A pack with this one item, when it has ended.
    async fn collect(&self, kind: ItemKind) -> Item {
        let before = self.page().await.unwrap().packs.len();
        let fields = [("number", "1"), ("kind", kind.word())];
        self.ana.post_form("/api/v1/evidence/collect", &fields).await;
        let item = wait_for("the end of the pack", PATIENCE, async || {
            let packs = self.page().await?.packs;
            let newest = packs.first().filter(|row| packs.len() > before && row.pack.done_at.is_some())?;
            newest.items.first().cloned()
        });
        let item = item.await;
        assert_eq!(item.state, ItemState::Sealed, "{}", item.reason);
        item
    }
}

/// Bytes a second of an item, from the moment it was begun to the moment it was kept.
fn rate(item: &Item) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "sizes and times here are far below 2^52")]
    let (size, micros, second) = (item.size as f64, item.ended_at.since(item.started_at) as f64, SECOND as f64);
    size / micros * second
}

/// The same stream without checks and hashes, made durable when it goes to a file.
fn curl_to(engine: &Engine, path: &str, file: &Path) -> f64 {
    const TYPED: &str = r#"set -e
curl --silent --fail --output "$3" --write-out "%{size_download}" --unix-socket "$1" "http://engine$2"
test -c "$3" || sync "$3""#;
    let begun = Instant::now();
    let out =
        Command::new("bash").args(["-c", TYPED, "typed"]).arg(engine.socket()).arg(path).arg(file).output().unwrap();
    assert!(out.status.success(), "curl failed: {}", String::from_utf8_lossy(&out.stderr));
    let bytes: f64 = String::from_utf8_lossy(&out.stdout).trim().parse().unwrap();
    bytes / begun.elapsed().as_secs_f64()
}

/// What a runbook says today, in one shell; made durable, as ours is.
fn commit_save_and_hash(engine: &Engine, victim: &str, folder: &Path) -> f64 {
    const TYPED: &str = r#"set -e
image=$(docker commit --pause=false "$1")
docker save "$image" | tee "$2/image.tar" | sha256sum
sync "$2/image.tar""#;
    let begun = Instant::now();
    let out = Command::new("bash")
        .args(["-o", "pipefail", "-c", TYPED, "typed", victim])
        .arg(folder)
        .env("DOCKER_HOST", engine.endpoint())
        .output()
        .unwrap();
    assert!(out.status.success(), "docker save failed: {}", String::from_utf8_lossy(&out.stderr));
    let elapsed = begun.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "the size is far below 2^52")]
    let size = std::fs::metadata(folder.join("image.tar")).unwrap().len() as f64;
    size / elapsed
}
