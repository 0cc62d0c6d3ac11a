//! An incident is closed and opened again, handed over and merged, in the browser: with scripts on and off, at a desk and on
//! a phone.

use quell_tests::Scripts;
use serde_json::json;

use crate::{axe, stage::Stage, tab::Tab};

const STATE: &str = "main .hd .chip.st";

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_closed_and_opened_again() {
    whole(Scripts::On, "life-on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_with_scripts_off() {
    whole(Scripts::Off, "life-off").await;
}

async fn whole(scripts: Scripts, name: &str) {
    let stage = Stage::set(name).await;
    let password = stage.person("one", "Responder One", &["analyst", "responder"]);
    stage.person("two", "Responder Two", &["responder"]);
    let client = stage.portal.client();
    client.sign_in("one", &password).await;
    stage.alarm("falco-http-output-full-id.json").await;
    stage.in_queue(&client, name).await;
    let tab = Tab::signed_in(&stage.portal.base(), scripts, "one", &password).await;
    for (width, height) in [(1440, 1000), (390, 844)] {
        tab.size(width, height).await;
        close_and_reopen(&tab).await;
    }
    hand_over(&tab).await;
    merge_and_unmerge(&tab, &stage).await;
    tab.browser.close().await;
}

async fn close_and_reopen(tab: &Tab) {
    tab.goto("/incidents/1").await;
    tab.press("Close…").await;
    assert_eq!(tab.browser.path().await, "/incidents/1/life/close");
    looks_good(tab).await;
    // Without a word it comes back, with what was chosen.
    tab.click("//label[.//input[@name='closing' and @value='benign']]").await;
    tab.submit("life/close").await;
    assert!(tab.browser.text("main [role=alert]").await.contains("why it can be closed"));
    let chosen = "return document.querySelector('input[name=closing]:checked').value";
    assert_eq!(tab.run(chosen).await, json!("benign"));
    tab.browser.fill("textarea[name=reason]", "A drill of the shop team.").await;
    tab.submit("life/close").await;
    assert_eq!(tab.browser.path().await, "/incidents/1");
    assert_eq!(tab.browser.text(STATE).await, "Closed");
    let page = tab.main().await;
    assert!(page.contains("Benign: expected activity.") && page.contains("A drill of the shop team."), "{page}");
    assert!(tab.shown("//a[normalize-space(.)='Close…']").await.is_none(), "nothing that does not fit");
    looks_good(tab).await;

    tab.press("Reopen…").await;
    assert!(tab.main().await.contains("is taken back"));
    looks_good(tab).await;
    tab.browser.fill("textarea[name=reason]", "It was none.").await;
    tab.submit("life/reopen").await;
    assert_eq!(tab.browser.text(STATE).await, "Triage");
    assert!(tab.browser.text("#tl").await.contains("It was none."));
    assert!(tab.shown("//a[normalize-space(.)='Reopen…']").await.is_none(), "nothing that does not fit");
}

async fn hand_over(tab: &Tab) {
    tab.press("Hand over…").await;
    looks_good(tab).await;
    // To nobody: it comes back, and nothing typed is lost.
    tab.browser.fill("textarea[name=note]", "Nothing is done yet.").await;
    tab.submit("incidents/assign").await;
    assert!(tab.browser.text("main [role=alert]").await.contains("Choose a person"));
    let typed = "return document.querySelector('textarea[name=note]').value";
    assert_eq!(tab.run(typed).await, json!("Nothing is done yet."));
    tab.click("//select[@name='to']/option[normalize-space(.)='Responder Two']").await;
    tab.submit("incidents/assign").await;
    assert!(tab.browser.text("main .hd").await.contains("Responder Two"));
    assert!(tab.browser.text("#tl").await.contains("Nothing is done yet."));
}

async fn merge_and_unmerge(tab: &Tab, stage: &Stage) {
    let name = format!("{}-second", stage.name);
    // About a container that nobody finds: a known one becomes part only of an incident about the same.
    stage.alarm_about("falco-http-output-full-id.json", &"ab".repeat(32), &name).await;
    quell_tests::wait_for("the second incident", crate::tab::LIMIT, async || {
        tab.goto("/incidents/2").await;
        tab.browser.has("main .map").await.then_some(())
    })
    .await;
    tab.press("Merge…").await;
    looks_good(tab).await;
    tab.browser.fill("input[name=into]", "INC-1").await;
    tab.submit("life/merge").await;
    assert_eq!(tab.browser.path().await, "/incidents/1");
    assert!(tab.browser.text("#linked").await.contains("Merged into this one"));
    assert!(tab.main().await.contains("2 alarms"));
    looks_good(tab).await;
    tab.goto("/incidents/2").await;
    tab.press("Unmerge…").await;
    looks_good(tab).await;
    tab.submit("life/unmerge").await;
    assert_eq!((tab.browser.path().await.as_str(), tab.browser.text(STATE).await.as_str()), ("/incidents/2", "Triage"));
    assert!(tab.main().await.contains("1 alarm"));
}

/// Nothing for axe to find, nothing to scroll sideways.
async fn looks_good(tab: &Tab) {
    if tab.runs_scripts() {
        assert_eq!(axe::violations(tab).await, Vec::<String>::new());
    }
    let sideways = "return document.documentElement.scrollWidth > window.innerWidth";
    assert_eq!(tab.run(sideways).await, json!(false), "sideways scrolling on {}", tab.browser.path().await);
}
