//! The first admin: by a link that is printed once, works once, and never comes back.

use quell_tests::{Page, Portal};
use reqwest::StatusCode;

fn links(portal: &Portal) -> Vec<String> {
    let log = portal.log();
    let links = log
        .lines()
        .filter(|line| line.starts_with("set-up: "))
        .filter_map(|line| line.split_once("/setup/"))
        .map(|(_, token)| token.trim().to_owned());
    links.collect()
}

async fn use_up(portal: &Portal, token: &str, login: &str) -> Page {
    let fields = [("token", token), ("login", login), ("name", "First"), ("password", "a few random words")];
    portal.client().post_json_answer("/api/v1/session/setup", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_works_once() {
    let mut portal = Portal::builder().prepare();
    // Somebody who is no admin does not stand in the way.
    portal.add_person("ana", &["analyst"]);
    portal.serve().await;
    let first = links(&portal);
    assert_eq!(first.len(), 1, "{}", portal.log());
    assert!(first[0].len() >= 32);
    assert!(portal.client().read(&format!("/setup/{}", first[0])).await.contains("password"));
    // A new start makes a new link; the old one is worth nothing.
    portal.restart().await;
    let second = links(&portal).pop().expect("a second link");
    assert_ne!(first[0], second);
    assert_eq!(use_up(&portal, &first[0], "old").await.status, StatusCode::CONFLICT);
    assert_eq!(use_up(&portal, "guessed", "guess").await.status, StatusCode::CONFLICT);
    let page = use_up(&portal, &second, "root").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert_eq!(use_up(&portal, &second, "again").await.status, StatusCode::CONFLICT);
    assert!(portal.quell(&["user", "list"]).contains("root\tFirst\tadmin\tactive"));
    portal.restart().await;
    assert_eq!(links(&portal).len(), 2, "nobody is asked for once there is an admin");
}
