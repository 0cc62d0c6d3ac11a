//! Every page, light and dark, on a desk, a laptop, a tablet, a phone and a very narrow phone: nothing for axe to find, nothing
//! to scroll sideways, no column without room for its words, nothing for the browser to complain of.

use quell_tests::{Portal, Scripts, portal::labelled};
use serde_json::json;

use crate::{
    axe,
    cdp::devtools,
    stage::{ALL_ROLES, Stage},
    tab::{LIMIT, Tab},
};

const SIZES: [(u32, u32); 5] = [(1440, 1000), (1200, 800), (910, 700), (390, 844), (320, 640)];

#[tokio::test(flavor = "multi_thread")]
async fn no_page_breaks_a_rule_in_any_theme_or_size() {
    let portal = Portal::start().await;
    let tab = Tab::open(&portal.base(), Scripts::On).await;
    let mut broken = Vec::new();
    // Before anybody exists, the portal offers the set-up link.
    let setup = labelled(&portal.log(), "set-up: ");
    let setup = &setup[setup.find("/setup/").unwrap()..];
    for path in ["/login", setup] {
        look(&tab, path, &mut broken).await;
    }

    let stage = Stage::with(portal, "accessible-api").await;
    let password = stage.person("one", "Responder One", ALL_ROLES);
    tab.goto("/login").await;
    tab.browser.fill("input[name=login]", "one").await;
    tab.browser.fill("input[name=password]", "not the password").await;
    tab.leave("//form[@action='/api/v1/session/sign_in']//button").await;
    look_here(&tab, "/login after a wrong password", &mut broken).await;
    tab.goto("/login").await;
    tab.sign_in("one", &password).await;
    for path in ["/incidents", "/incidents?q=nothing"] {
        look(&tab, path, &mut broken).await;
    }

    let evidence = a_busy_portal(&stage, &tab).await;
    let pages = [
        "/incidents",
        "/incidents/1",
        "/incidents/2",
        "/incidents/1/actions/pause",
        "/incidents/3/actions/pause",
        "/incidents/isolate?n=1&n=2&n=3",
        "/incidents/isolate?n=3&measure=disconnect",
        // One of which nothing can be asked for.
        "/incidents/isolate?n=2",
        "/incidents/1/gates",
        "/incidents/2/gates",
        "/incidents/merge?n=2&n=3",
        "/incidents/merge?n=2",
        "/incidents/1/life/hand-over",
        "/incidents/1/life/analysis",
        "/incidents/1/life/merge",
        "/incidents/1/life/unmerge",
        "/incidents/1/life/close",
        "/incidents/1/life/reopen",
        &evidence,
        "/audit",
        "/admin/people",
        "/admin/nodes",
        "/admin/balancers",
        "/admin/sources",
        "/admin/policy",
        "/admin/policy/draft",
        "/admin/playbooks",
        "/admin/playbooks/draft",
        "/incidents/1/playbook",
        "/admin/changes",
        "/me",
        "/me/prove",
        "/me/code-app",
        "/me/passkey",
        "/me/tokens",
        "/help/api",
        "/nowhere",
    ];
    for path in pages {
        look(&tab, path, &mut broken).await;
    }
    let change = a_change_that_waits(&stage, &tab).await;
    for path in ["/admin/changes", &change] {
        look(&tab, path, &mut broken).await;
    }
    // A draft with something to see: what changes, and what is wrong.
    tab.goto("/admin/playbooks/draft").await;
    tab.browser.fill("#s0-title", "Say <b>that</b> you look").await;
    tab.press("Keep and preview").await;
    assert!(tab.main().await.contains("Against the playbooks of today"), "what it changes");
    look_here(&tab, "a draft of the playbooks", &mut broken).await;
    // What lies under the bar is brought into sight first, as a person does.
    tab.run("document.querySelector('button[value=add]').scrollIntoView({ block: 'center' })").await;
    tab.press("Add a step").await;
    assert!(tab.main().await.contains("step 7: choose what kind"), "what is wrong with it");
    look_here(&tab, "a draft of the playbooks with something wrong", &mut broken).await;
    // What is shown only once, and what comes back when a form was wrong.
    tab.goto("/admin/sources").await;
    tab.browser.fill("input[name=name]", "second").await;
    tab.submit("sources/add").await;
    look_here(&tab, "a new token, or why there is none", &mut broken).await;
    tab.goto("/me/tokens").await;
    tab.browser.fill("input[name=name]", "night check").await;
    tab.browser.fill("input[name=password]", &password).await;
    tab.submit("tokens/create").await;
    look_here(&tab, "a new token of a script", &mut broken).await;
    tab.goto("/admin/people").await;
    look_here(&tab, "people with tokens", &mut broken).await;
    tab.submit("people/create").await;
    look_here(&tab, "a person without a name", &mut broken).await;
    tab.goto("/incidents/3/actions/pause").await;
    stage.engine.docker(&["restart", "-t", "0", "accessible-second"]).unwrap();
    tab.press("Pause container").await;
    assert!(tab.browser.has("#changed").await, "the table of what changed");
    look_here(&tab, "a confirm page that is out of date", &mut broken).await;
    what_is_wrong_is_found(&tab).await;
    assert!(broken.is_empty(), "{} findings:\n{}", broken.len(), broken.join("\n"));
}

/// One incident that is contained with its evidence kept, one without a known container, one that is new. Gives the
/// page of an evidence item.
async fn a_busy_portal(stage: &Stage, tab: &Tab) -> String {
    stage.alarm("falco-http-output-full-id.json").await;
    stage.alarm_about("falco-least-metadata.json", &"0123456789ab".repeat(6)[..64], "gone").await;
    let third = stage.engine.victim("accessible-second", quell_tests::engine::IDLE);
    stage.alarm_about("falco-http-output-full-id.json", &third, "accessible-second").await;
    stage.post("application/json", "this is no alarm").await;
    quell_tests::wait_for("three incidents", LIMIT, async || {
        tab.goto("/incidents/3").await;
        tab.browser.has("main .map").await.then_some(())
    })
    .await;
    let number = number_of(tab, &stage.name).await;
    assert_eq!(number, 1, "alarms are taken in order");
    tab.goto("/incidents/1").await;
    tab.submit("incidents/acknowledge").await;
    tab.goto("/incidents/1/actions/pause").await;
    tab.press("Pause container").await;
    tab.until("#actions", "Verified").await;
    tab.submit("evidence/collect").await;
    tab.until("#evidence", "8 sealed").await;
    tab.browser.find("#evidence a.nm").await.attr("href").await.unwrap().unwrap()
}

/// A policy that another admin proposed; gives its page.
async fn a_change_that_waits(stage: &Stage, tab: &Tab) -> String {
    let two = stage.portal.person("two", &["admin"]).await;
    let row = [
        ("press", "propose"),
        ("rules[0][pause]", "on"),
        ("rules[0][labels]", "production"),
        ("rules[0][approvals]", "2"),
        ("rules[0][approver]", "approver"),
        ("rules[0][tier]", "2"),
        ("rules[0][minutes]", "15"),
    ];
    let answer = two.post_form("/api/v1/drafts/save", &row).await;
    let place = answer.location().expect("a place").to_owned();
    tab.goto(&place).await;
    assert!(tab.browser.has("form[action='/api/v1/changes/decide']").await, "it waits for this admin");
    place
}

/// A check that finds nothing must be able to find something.
async fn what_is_wrong_is_found(tab: &Tab) {
    tab.goto("/me").await;
    tab.run("document.querySelector('main').append(document.createElement('img'))").await;
    let found = axe::violations(tab).await;
    assert!(found.iter().any(|line| line.contains("image-alt")), "axe sees an image without words: {found:?}");
    tab.run(
        "const wide = document.createElement('pre'); wide.textContent = 'x'.repeat(9999); document.body.append(wide)",
    )
    .await;
    assert_ne!(tab.run(WIDE).await, json!([]), "a line that is too long is seen");
    tab.run(
        "const thin = document.createElement('div'); thin.textContent = 'abcdefghijklmnopqrstuvwxyz';
         thin.style.width = '40px'; thin.style.overflowWrap = 'anywhere'; document.querySelector('main').append(thin)",
    )
    .await;
    assert_ne!(tab.run(TIGHT).await, json!([]), "words that stand on end are seen");
    tab.run("const own = document.createElement('script'); own.textContent = '1'; document.body.append(own)").await;
    assert_ne!(tab.complaints().await, Vec::<String>::new(), "the browser says that the policy was broken");
}

async fn number_of(tab: &Tab, name: &str) -> i64 {
    for number in 1..=3 {
        tab.goto(&format!("/incidents/{number}")).await;
        if tab.browser.text("main .map").await.contains(name) {
            return number;
        }
    }
    panic!("no incident about {name}");
}

async fn look(tab: &Tab, path: &str, broken: &mut Vec<String>) {
    for theme in ["light", "dark"] {
        let cookie = json!({ "url": tab.base(), "name": "quell_theme", "value": theme });
        devtools(tab.browser.raw(), "Network.setCookie", cookie).await;
        tab.goto(path).await;
        let set = tab.run("return document.documentElement.dataset.theme").await;
        assert_eq!(set, json!(theme), "the theme of {path}");
        look_here(tab, &format!("{path} {theme}"), broken).await;
    }
}

async fn look_here(tab: &Tab, what: &str, broken: &mut Vec<String>) {
    for (width, height) in SIZES {
        tab.size(width, height).await;
        let found = axe::violations(tab).await;
        broken.extend(found.into_iter().map(|line| format!("{what} {width}: {line}")));
        let wide = tab.run(WIDE).await;
        broken.extend(wide.as_array().unwrap().iter().map(|line| format!("{what} {width}: scrolls sideways: {line}")));
        let tight = tab.run(TIGHT).await;
        broken.extend(tight.as_array().unwrap().iter().map(|line| format!("{what} {width}: no room: {line}")));
    }
    tab.size(SIZES[0].0, SIZES[0].1).await;
}

/// Elements that make the page wider than the window.
const WIDE: &str = "
    if (document.documentElement.scrollWidth <= window.innerWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > window.innerWidth + 0.5);
    return [document.documentElement.scrollWidth + ' px',
        ...wide.slice(0, 5).map(e => `${e.tagName}.${e.className} ${(e.textContent || '').slice(0, 40)}`)];
";

/// Tables that stick out of what holds them, columns whose heading has no room, and words that stand on end.
const TIGHT: &str = "
    const tight = [];
    const box = element => element.getBoundingClientRect();
    for (const table of document.querySelectorAll('main table'))
        if (box(table).right > box(table.parentElement).right + 1) tight.push(`${table.caption?.textContent} sticks out`);
    for (const head of document.querySelectorAll('main th'))
        if (!head.querySelector('.vh') && head.scrollWidth > head.clientWidth + 1) tight.push(`heading ${head.textContent}`);
    for (const element of document.querySelectorAll('main *')) {
        const { width, height } = box(element);
        const own = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim().length > 6);
        // What is folded away is laid out in no room at all by some browsers.
        if (own && element.checkVisibility() && width > 1 && width < 50 && height > 70) tight.push(`words on end: ${element.textContent.slice(0, 40)}`);
    }
    return tight.slice(0, 5);
";
