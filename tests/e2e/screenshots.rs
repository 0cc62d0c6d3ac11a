//! Every page as a picture, made from the real thing: a page that cannot be drawn is noticed. `QUELL_SCREENSHOTS=1` renews
//! the README's pictures; another value is a folder for all pictures; without it they are thrown away, so that a run of
//! the tests changes no file.

use std::path::{Path, PathBuf};

use quell_tests::{Portal, Scripts};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    cdp::devtools,
    night,
    stage::{ALL_ROLES, Stage},
    tab::Tab,
};

/// Pages with a picture in the README.
const README: [(&str, &str); 3] =
    [("/incidents", "queue"), ("/incidents/1", "incident"), ("/incidents/1/actions/pause", "confirm")];

/// The other pages.
const OTHERS: [(&str, &str); 24] = [
    ("/incidents?view=closed", "queue-empty"),
    ("/incidents/1/gates", "gates"),
    ("/incidents/7", "unresolved"),
    ("/incidents/6", "contained"),
    ("/incidents/6/life/close", "close"),
    ("/incidents/6/life/hand-over", "hand-over"),
    ("/incidents/4", "closed"),
    ("/incidents/8", "merged"),
    ("/incidents/isolate?n=2&n=3&n=5", "isolate"),
    ("/incidents/isolate?n=7", "isolate-none"),
    ("/incidents/merge?n=2&n=7", "merge"),
    ("/approvals", "approvals"),
    ("/admin/policy", "policy"),
    ("/admin/playbooks", "playbooks"),
    ("/admin/playbooks/draft", "playbooks-draft"),
    ("/admin/changes", "changes"),
    ("/admin/people", "people"),
    ("/admin/nodes", "nodes"),
    ("/admin/balancers", "balancers"),
    ("/admin/sources", "sources"),
    ("/me", "me"),
    ("/me/code-app", "code-app"),
    ("/me/tokens", "tokens"),
    ("/help/api", "help"),
];

/// Where pictures go.
pub struct Album {
    folder: PathBuf,
    /// Are all pictures wanted, or only those of the README?
    pub whole: bool,
    _thrown_away: Option<TempDir>,
}

impl Album {
    pub fn open() -> Self {
        match std::env::var("QUELL_SCREENSHOTS").ok().filter(|set| !set.is_empty()) {
            None => {
                let temporary = tempfile::tempdir().unwrap();
                Self { folder: temporary.path().to_owned(), whole: true, _thrown_away: Some(temporary) }
            }
            Some(one) if one == "1" => {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/screenshots");
                Self { folder, whole: false, _thrown_away: None }
            }
            Some(folder) => Self { folder: folder.into(), whole: true, _thrown_away: None },
        }
    }

    pub async fn shoot(&self, tab: &Tab, name: &str) {
        std::fs::create_dir_all(&self.folder).unwrap();
        if tab.runs_scripts() && tab.browser.has("header.top [role=status]").await {
            tab.until("header.top [role=status]", "Live").await;
        }
        tab.run("return document.fonts.ready.then(() => true)").await;
        tab.browser.screenshot(&self.folder.join(format!("{name}.png"))).await;
    }

    async fn both_themes(&self, tab: &Tab, path: &str, name: &str) {
        for colours in ["light", "dark"] {
            theme(tab, colours).await;
            tab.goto(path).await;
            self.shoot(tab, &format!("{name}-{colours}")).await;
        }
        theme(tab, "light").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn screenshots() {
    let album = Album::open();
    let stage = Stage::named(Portal::start().await, "payments-api-7c9f", "worker-eu-03").await;
    let responder = stage.person("r1", "Responder One", &["analyst", "responder"]);
    let analyst = stage.person("a2", "Analyst Two", &["analyst"]);
    let auditor = stage.person("u1", "Auditor One", &["auditor"]);
    let (one, two) = (stage.portal.client(), stage.portal.client());
    one.sign_in("r1", &responder).await;
    two.sign_in("a2", &analyst).await;
    night::shift(&stage, &one, &two).await;

    let tab = Tab::open(&stage.portal.base(), Scripts::On).await;
    tab.size(1440, 1000).await;
    album.both_themes(&tab, "/login", "login").await;
    tab.sign_in("r1", &responder).await;
    for (path, name) in README {
        album.both_themes(&tab, path, name).await;
    }
    tab.size(390, 844).await;
    for (path, name) in README {
        tab.goto(path).await;
        album.shoot(&tab, &format!("{name}-phone")).await;
    }
    // The last of them: its reason stands on a phone's first screen, above the buttons.
    let seen = "const at = (css) => document.querySelector(css).getBoundingClientRect();
        return at('#f-preset').bottom <= at('.sft').top";
    assert_eq!(tab.run(seen).await, json!(true));
    tab.size(1440, 1000).await;
    if album.whole {
        everything_else(&album, &stage, &tab).await;
    }
    tab.leave("//aside//button[@aria-label='Sign out']").await;
    tab.sign_in("u1", &auditor).await;
    album.both_themes(&tab, "/audit", "audit").await;
}

/// What the README has no room for, from a desk to a phone, with scripts and without.
async fn everything_else(album: &Album, stage: &Stage, tab: &Tab) {
    tab.goto("/incidents/1").await;
    let item = tab.browser.find("#evidence a.nm").await.attr("href").await.unwrap().unwrap();
    let password = stage.person("all", "Everything Three", ALL_ROLES);
    tab.leave("//aside//button[@aria-label='Sign out']").await;
    tab.sign_in("all", &password).await;
    let (done, waits, change) = night::goes_on(stage).await;
    let mut pages = OTHERS.to_vec();
    pages.extend([(&*done, "bulk"), (&*waits, "approval"), (&*change, "change")]);
    pages.extend([(&*item, "evidence"), ("/audit", "trail"), ("/nowhere", "nowhere")]);
    let plain = Tab::signed_in(&stage.portal.base(), Scripts::Off, "all", &password).await;
    for (width, height, kind) in
        [(1440, 1000, "desk"), (1200, 800, "laptop"), (920, 1200, "tablet"), (390, 844, "hand")]
    {
        tab.size(width, height).await;
        plain.size(width, height).await;
        // What lies between the two widths is looked at once.
        let themed = ["desk", "hand"].contains(&kind);
        for (path, name) in pages.iter().filter(|_| themed) {
            album.both_themes(tab, path, &format!("{name}-{kind}")).await;
        }
        for (path, name) in README.iter().chain(&pages) {
            plain.goto(path).await;
            album.shoot(&plain, &format!("{name}-{kind}-plain")).await;
        }
    }
    tab.size(1440, 1000).await;
    // A form that comes back because the container was restarted after the page was opened.
    tab.goto("/incidents/1/actions/pause").await;
    stage.engine.docker(&["restart", "-t", "0", &stage.victim]).unwrap();
    tab.press("Pause container").await;
    album.shoot(tab, "stale-desk").await;
    tab.size(390, 844).await;
    album.shoot(tab, "stale-hand").await;
    // What is shown once.
    for (width, height, kind) in [(390, 844, "hand"), (1440, 1000, "desk")] {
        tab.size(width, height).await;
        tab.goto("/admin/sources").await;
        tab.browser.fill("input[name=name]", kind).await;
        tab.submit("sources/add").await;
        album.shoot(tab, &format!("source-{kind}")).await;
    }
}

async fn theme(tab: &Tab, colours: &str) {
    let cookie = json!({ "url": tab.base(), "name": "quell_theme", "value": colours });
    devtools(tab.browser.raw(), "Network.setCookie", cookie).await;
}
