//! Second factors as a person meets them: a code app with scripts off, a passkey of the browser's own virtual device with
//! scripts on, and the way to the proof and back to what asked for it.

use std::time::{SystemTime, UNIX_EPOCH};

use quell_core::totp;
use quell_domain::proof::STEP_SECONDS;
use quell_tests::{Portal, Scripts};
use serde_json::{Value, json};

use crate::{
    axe,
    cdp::devtools,
    screenshots::Album,
    tab::{LIMIT, Tab},
};

fn step() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(now).unwrap() / STEP_SECONDS
}

/// Nothing for axe to find on the page as it stands, on a desk and on a very narrow phone, and nothing to scroll sideways.
/// With scripts off axe does not run either.
pub async fn look(tab: &Tab, album: &Album, name: &str) {
    for width in [1440, 320] {
        tab.size(width, 900).await;
        if tab.runs_scripts() {
            assert_eq!(axe::violations(tab).await, Vec::<String>::new(), "{name} at {width}");
        }
        let wide = tab.run("return document.documentElement.scrollWidth > window.innerWidth").await;
        assert_eq!(wide, json!(false), "{name} at {width} scrolls sideways");
        if album.whole {
            album.shoot(tab, &format!("{name}-{width}{}", if tab.runs_scripts() { "" } else { "-plain" })).await;
        }
    }
    tab.size(1440, 900).await;
}

async fn recovery_codes(tab: &Tab) -> Vec<String> {
    let shown = tab.run("return [...document.querySelectorAll('.once code')].map(code => code.textContent)").await;
    shown.as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_app_is_added_and_proves_with_scripts_on() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    let tab = Tab::signed_in(&portal.base(), Scripts::On, "ann", &password).await;
    a_code_app_is_added_and_proves(&tab, &password).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_app_is_added_and_proves_with_scripts_off() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    let tab = Tab::signed_in(&portal.base(), Scripts::Off, "ann", &password).await;
    a_code_app_is_added_and_proves(&tab, &password).await;
    // A passkey cannot be made without scripts, and the page says so.
    tab.goto("/me").await;
    tab.press("Add a passkey").await;
    tab.browser.fill("input[name=name]", "my laptop").await;
    tab.browser.fill("input[name=current]", &password).await;
    tab.press("Go on").await;
    assert!(tab.main().await.contains("Passkeys need scripts"), "{}", tab.main().await);
    assert!(tab.shown("//button[normalize-space(.)='Make passkey']").await.is_none());
}

async fn a_code_app_is_added_and_proves(tab: &Tab, password: &str) {
    let album = Album::open();
    tab.goto("/me").await;
    look(tab, &album, "me-without").await;
    tab.press("Add a code app").await;
    look(tab, &album, "code-app-begin").await;
    tab.browser.fill("input[name=name]", "my phone").await;
    tab.browser.fill("input[name=current]", password).await;
    tab.press("Go on").await;
    assert!(tab.browser.has("svg.qr path").await);
    look(tab, &album, "code-app-scan").await;
    let letters: String = tab.browser.text(".once code").await.split_whitespace().collect();
    let (secret, step) = (totp::from_letters(&letters).unwrap(), step());
    tab.browser.fill("input[name=passcode]", "000000").await;
    tab.press("Add code app").await;
    look(tab, &album, "code-app-wrong").await;
    tab.browser.fill("input[name=passcode]", &totp::code(&secret, step)).await;
    tab.press("Add code app").await;
    assert_eq!(tab.browser.path().await, "/me");
    look(tab, &album, "me-with-app").await;
    tab.press("Make recovery codes").await;
    let codes = recovery_codes(tab).await;
    assert_eq!(codes.len(), 10, "the app was a proof: {codes:?}");
    look(tab, &album, "me-codes").await;

    // In another session nothing is proved yet.
    tab.leave("//aside//button[@aria-label='Sign out']").await;
    tab.sign_in("ann", password).await;
    tab.goto("/me").await;
    tab.press("Make recovery codes").await;
    assert_eq!(tab.browser.path().await, "/me/prove");
    look(tab, &album, "prove").await;
    tab.browser.fill("input[name=password]", password).await;
    tab.browser.fill("input[name=passcode]", "000000").await;
    tab.press("Prove it").await;
    assert!(tab.main().await.contains("did not prove"));
    look(tab, &album, "prove-wrong").await;
    tab.browser.fill("input[name=password]", password).await;
    tab.browser.fill("input[name=passcode]", &totp::code(&secret, step + 1)).await;
    tab.press("Prove it").await;
    assert_eq!(tab.browser.path().await, "/me");
    assert!(tab.main().await.contains("Nothing was done yet"), "{}", tab.main().await);
    tab.press("Make recovery codes").await;
    assert!(!recovery_codes(tab).await.is_empty());
}

/// A device of the browser's own that holds passkeys and knows its person.
async fn device(tab: &Tab) -> String {
    let client = tab.browser.raw();
    devtools(client, "WebAuthn.enable", json!({})).await;
    let options = json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "automaticPresenceSimulation": true,
    });
    let made = devtools(client, "WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await;
    made["authenticatorId"].as_str().unwrap_or_else(|| panic!("no device: {made}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_made_and_proves_with_scripts_on() {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    let album = Album::open();
    let tab = Tab::signed_in(&portal.base(), Scripts::On, "ann", &password).await;
    let device = device(&tab).await;
    tab.goto("/me").await;
    tab.press("Add a passkey").await;
    tab.browser.fill("input[name=name]", "my laptop").await;
    tab.browser.fill("input[name=current]", &password).await;
    tab.press("Go on").await;
    assert!(!tab.main().await.contains("need scripts"));
    look(&tab, &album, "passkey-make").await;
    tab.press("Make passkey").await;
    assert_eq!(tab.browser.path().await, "/me", "{}", tab.main().await);
    assert!(tab.main().await.contains("my laptop"));
    look(&tab, &album, "me-with-passkey").await;

    tab.leave("//aside//button[@aria-label='Sign out']").await;
    tab.sign_in("ann", &password).await;
    tab.goto("/me").await;
    tab.press("Make recovery codes").await;
    assert_eq!(tab.browser.path().await, "/me/prove");
    look(&tab, &album, "prove-passkey").await;
    // A device that does not know its person proves nothing.
    let verified = |is: bool| json!({ "authenticatorId": device, "isUserVerified": is });
    devtools(tab.browser.raw(), "WebAuthn.setUserVerified", verified(false)).await;
    tab.click("//button[normalize-space(.)='Use a passkey']").await;
    quell_tests::wait_for("the refusal", LIMIT, async || {
        tab.browser.text("[data-said]").await.contains("No passkey was used").then_some(())
    })
    .await;
    devtools(tab.browser.raw(), "WebAuthn.setUserVerified", verified(true)).await;
    tab.press("Use a passkey").await;
    assert_eq!(tab.browser.path().await, "/me", "{}", tab.main().await);
    assert!(tab.main().await.contains("Nothing was done yet"), "{}", tab.main().await);
    tab.press("Make recovery codes").await;
    assert_eq!(recovery_codes(&tab).await.len(), 10);

    // The device counted: the record did too, and the trail says how it was proved.
    let kept = devtools(tab.browser.raw(), "WebAuthn.getCredentials", json!({ "authenticatorId": device })).await;
    assert_eq!(kept["credentials"].as_array().map(Vec::len), Some(1), "{kept}");
    let trail = portal.quell(&["audit", "export"]);
    let given: Vec<&str> = trail.lines().filter(|line| line.contains("proof.given")).collect();
    assert!(given.len() == 2 && given.iter().all(|line| line.contains("passkey")), "{given:#?}");

    a_copied_passkey_is_refused(&portal, &tab, &password, &device, &kept["credentials"][0]).await;
}

/// Somebody has copied the key out of the device before it counted on: its count is one that was seen already.
async fn a_copied_passkey_is_refused(portal: &Portal, tab: &Tab, password: &str, device: &str, credential: &Value) {
    let client = tab.browser.raw();
    devtools(client, "WebAuthn.clearCredentials", json!({ "authenticatorId": device })).await;
    let mut copy = credential.clone();
    copy["signCount"] = json!(0);
    devtools(client, "WebAuthn.addCredential", json!({ "authenticatorId": device, "credential": copy })).await;
    tab.leave("//aside//button[@aria-label='Sign out']").await;
    tab.sign_in("ann", password).await;
    tab.goto("/me/prove").await;
    tab.press("Use a passkey").await;
    assert!(tab.main().await.contains("did not prove"), "{}", tab.main().await);
    assert!(portal.quell(&["audit", "export"]).contains("proof.refused"));
}
