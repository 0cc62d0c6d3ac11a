//! A token for a script: made at the browser, used outside of it, revoked at the browser; with scripts on and off, at a
//! desk and on a phone.

use quell_tests::{Portal, Scripts};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::{axe, tab::Tab};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_made_used_and_revoked() {
    whole(Scripts::On).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_with_scripts_off() {
    whole(Scripts::Off).await;
}

async fn whole(scripts: Scripts) {
    let portal = Portal::start().await;
    let password = portal.add_person("ann", &["analyst"]);
    let tab = Tab::signed_in(&portal.base(), scripts, "ann", &password).await;
    for (width, height) in [(1440, 1000), (390, 844)] {
        tab.size(width, height).await;
        tab.goto("/me").await;
        tab.press("Tokens").await;
        assert_eq!(tab.browser.path().await, "/me/tokens");
        // A wrong password: nothing typed is lost but the password.
        tab.browser.fill("input[name=name]", "night check").await;
        tab.browser.fill("input[name=password]", "not the password").await;
        tab.submit("tokens/create").await;
        assert!(tab.browser.text("main [role=alert]").await.contains("not your current password"));
        assert_eq!(tab.run("return document.querySelector('input[name=name]').value").await, json!("night check"));
        tab.browser.fill("input[name=password]", &password).await;
        tab.submit("tokens/create").await;
        let secret = tab.browser.text("main .once code").await;
        assert!(secret.starts_with("qk_"), "{secret}");
        if scripts == Scripts::On {
            assert_eq!(axe::violations(&tab).await, Vec::<String>::new());
        }
        let script = portal.client().with_token(&secret);
        let asked = async || script.request(Method::GET, "/api/v1/incidents/queue").send().await.unwrap().status();
        assert_eq!(asked().await, StatusCode::OK);
        tab.goto("/me/tokens").await;
        assert!(!tab.main().await.contains(&secret) && tab.main().await.contains("127.0.0.1"));
        tab.press("Revoke").await;
        assert!(tab.browser.text("main [role=status]").await.contains("no longer accepted"));
        assert_eq!(asked().await, StatusCode::UNAUTHORIZED);
        tab.press("How to call the portal").await;
        assert_eq!(tab.browser.path().await, "/help/api");
        assert!(tab.main().await.contains("curl -H \"Authorization: Bearer $QUELL_TOKEN\""));
    }
}
