//! One person asks for what takes a second one, a duty manager decides from the link that they were sent, and both see it
//! run: with scripts on and off, at a desk and on a phone.

use quell_tests::{Scripts, portal::add_code_app};

use crate::{proof::look, screenshots::Album, stage::Stage, tab::Tab};

const DESK: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (390, 844);

#[tokio::test(flavor = "multi_thread")]
async fn asked_and_decided_at_a_desk_with_scripts_on() {
    whole(Scripts::On, DESK, "decide-desk-on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_and_decided_at_a_desk_with_scripts_off() {
    whole(Scripts::Off, DESK, "decide-desk-off").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_and_decided_on_a_phone_with_scripts_on() {
    whole(Scripts::On, PHONE, "decide-phone-on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_and_decided_on_a_phone_with_scripts_off() {
    whole(Scripts::Off, PHONE, "decide-phone-off").await;
}

/// Somebody with a browser, and what proves that it is them.
pub struct Person {
    /// Their browser.
    pub tab: Tab,
    /// Their password.
    pub password: String,
    /// The next code of their code app.
    code: String,
}

impl Person {
    /// Made on the command line, with a code app; not signed in yet.
    pub async fn new(
        stage: &Stage,
        scripts: Scripts,
        size: (u32, u32),
        login: &str,
        name: &str,
        roles: &[&str],
    ) -> Self {
        let password = stage.person(login, name, roles);
        let client = stage.portal.client();
        client.sign_in(login, &password).await;
        let code = add_code_app(&client, &password).await;
        let tab = Tab::open(&stage.portal.base(), scripts).await;
        tab.size(size.0, size.1).await;
        Self { tab, password, code }
    }

    /// The session has proved nothing yet: the form leads to the proof and back, with what was typed.
    pub async fn prove(&self) {
        assert_eq!(self.tab.browser.path().await, "/me/prove");
        self.tab.browser.fill("input[name=password]", &self.password).await;
        self.tab.browser.fill("input[name=passcode]", &self.code).await;
        self.tab.press("Prove it").await;
    }
}

async fn whole(scripts: Scripts, size: (u32, u32), name: &str) {
    let stage = Stage::set(name).await;
    let album = Album::open();
    let ana = Person::new(&stage, scripts, size, "ana", "Responder One", &["analyst", "responder"]).await;
    let ben = Person::new(&stage, scripts, size, "ben", "Duty Manager", &["approver"]).await;
    stage.alarm("falco-http-output-full-id.json").await;

    // Ana pauses the container, and asks to let it run again.
    ana.tab.goto("/login").await;
    ana.tab.sign_in("ana", &ana.password).await;
    let client = stage.portal.person("watcher", &["analyst"]).await;
    stage.in_queue(&client, &stage.name).await;
    ana.tab.goto("/incidents/1/actions/pause").await;
    ana.tab.press("Pause container").await;
    ana.tab.until("#actions", "Verified").await;
    ana.tab.press("Resume…").await;
    ana.tab.browser.fill("textarea[name=detail]", "The shop team has taken the leaked key away.").await;
    ana.tab.click("//input[@name='accepts_impact']").await;
    look(&ana.tab, &album, &format!("{name}-ask")).await;
    ana.tab.size(size.0, size.1).await;
    ana.tab.press("Ask for approval").await;
    ana.prove().await;
    assert_eq!(ana.tab.browser.path().await, "/incidents/1/actions/unpause");
    let typed = ana.tab.browser.find("textarea[name=detail]").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("The shop team has taken the leaked key away."), "nothing typed is lost");
    ana.tab.press("Ask for approval").await;
    let link = ana.tab.browser.path().await;
    assert!(link.starts_with("/approvals/"), "{link}");
    let asked = ana.tab.main().await;
    for part in ["Made the request, cannot approve", "It can be decided by: Duty Manager."] {
        assert!(asked.contains(part), "no {part}: {asked}");
    }
    look(&ana.tab, &album, &format!("{name}-asked")).await;

    // Ben is signed in, and opens the link that he was sent: at most four clicks to the decision, proof included.
    ben.tab.goto("/login").await;
    ben.tab.sign_in("ben", &ben.password).await;
    ben.tab.take_clicks();
    ben.tab.goto(&link).await;
    if size == PHONE {
        // Nothing changed since: what is the same is one touch away.
        ben.tab.click("//summary[contains(., 'facts are the same')]").await;
        ben.tab.take_clicks();
    }
    let page = ben.tab.main().await;
    let why = "The shop team has taken the leaked key away.";
    for part in [&*stage.name, &stage.victim[..12], &stage.node, "Responder One", why, "0 of 1"] {
        assert!(page.contains(part), "no {part} on the approval page: {page}");
    }
    look(&ben.tab, &album, &format!("{name}-decide")).await;
    ben.tab.size(size.0, size.1).await;
    let chosen = ben.tab.run("return document.querySelectorAll('[name=decision]:checked').length").await;
    assert_eq!(chosen, 0, "nothing is chosen for him");
    ben.tab.click("//label[.//input[@name='decision' and @value='approved']]").await;
    ben.tab.browser.fill("textarea[name=reason]", "Spoke with the shop team.").await;
    ben.tab.press("Decide; an approval runs it now").await;
    ben.prove().await;
    assert_eq!(stage.engine.state(&stage.victim), "paused", "a proof alone decides nothing");
    ben.tab.press("Decide; an approval runs it now").await;
    let clicks = ben.tab.take_clicks();
    assert!(clicks <= 4, "{clicks} clicks from the link to the decision");

    // Both see it run, without asking again where scripts are on.
    for person in [&ben, &ana] {
        person.tab.until("main .hd", "Verified").await;
        person.tab.until("[data-live=votes]", "Spoke with the shop team.").await;
    }
    assert_eq!(stage.engine.state(&stage.victim), "running");
    look(&ben.tab, &album, &format!("{name}-decided")).await;
    ana.tab.goto("/incidents/1").await;
    ana.tab.until("main .hd .chip.st", "Recovering").await;
    let trail = stage.portal.quell(&["audit", "export"]);
    assert!(trail.contains("action.approved") && trail.contains("Duty Manager"));
}
