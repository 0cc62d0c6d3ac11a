//! The same matrix for tokens: whatever its person may, a token may only what the list says.

use quell_domain::token::{CARRIED, may_carry};

use super::*;

/// May a token that carries all it can, of a person with these roles?
fn may_by_token(route: &Route, roles: &[Role]) -> bool {
    match route.who {
        // Pages know no tokens: what is open to anybody stays open.
        "anyone" => !route.path.starts_with("/api/"),
        "token" => true,
        "signed-in" => ["/live", "/api/v1/openapi.json"].contains(&route.path),
        word => {
            let permission = Permission::from_word(word).unwrap_or_else(|| panic!("{word} is no permission"));
            let is_page = !quell_app::bearer::is_data(route.path);
            !is_page && may_carry(permission) && decide(roles, permission).is_ok()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_for_a_token_of_every_role() {
    let portal = Portal::start().await;
    let ledger = ledger(&portal).await;
    let mut sets: Vec<Vec<Role>> = Role::ALL.iter().map(|role| vec![*role]).collect();
    // And one person who may do everything: their token still may not.
    sets.push(Role::ALL.to_vec());
    let mut wrong = Vec::new();
    let mut tokens = 0;
    for roles in sets {
        let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        let login = words.join("-");
        let password = portal.add_person(&login, &words);
        let browser = portal.client();
        browser.sign_in(&login, &password).await;
        if CARRIED.iter().all(|permission| decide(&roles, *permission).is_err()) {
            let fields = [("name", "x"), ("scope", "respond"), ("password", &password)];
            let none = browser.post_json_answer("/api/v1/tokens/create", &fields).await;
            assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "{login}: {}", none.text());
            continue;
        }
        tokens += 1;
        let script = browser.with_token(&browser.make_token("all", "respond", &password).await);
        for route in table() {
            let before = entries(&ledger).await;
            let page = call(&script, &route).await;
            let refused = matches!(page.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
                || page.location().is_some_and(|place| place.starts_with("/login"));
            if refused == may_by_token(&route, &roles) {
                wrong.push(format!("{login} {} {} gives {}: {}", route.method, route.path, page.status, page.text()));
            }
            if page.status.is_server_error() {
                wrong.push(format!("{login} {} {} breaks: {}", route.method, route.path, page.text()));
            }
            let changes = route.method == Method::POST && route.path.starts_with("/api/");
            if changes && page.status == StatusCode::OK && entries(&ledger).await == before {
                wrong.push(format!("{login} {} changed something without a trace", route.path));
            }
            if changes && page.headers.contains_key("set-cookie") {
                wrong.push(format!("{login} {} gave a script a cookie", route.path));
            }
        }
        assert_eq!(browser.get("/me").await.status, StatusCode::OK, "the browser is still signed in");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(tokens, 5);
}
