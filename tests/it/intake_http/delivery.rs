//! Batches, compression, dead letters, and who is let in.

use std::{
    io::Write as _,
    time::{Duration, SystemTime},
};

use flate2::{Compression, write::GzEncoder};
use quell_tests::{
    Portal,
    client::{Page, send},
    engine::IDLE,
};
use reqwest::{Method, StatusCode, header::CONTENT_ENCODING};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::flow::stage::{Stage, reverse_shell, sources};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn assert_took(answer: &Page, alarms: i64, dead: i64) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let told = answer.json();
    assert_eq!((told["accepted"].as_i64(), told["unreadable"].as_i64()), (Some(alarms), Some(dead)), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_send_makes_the_same_alarms() {
    let stage = Stage::set().await;
    let ana = stage.responder("ana").await;
    let victim = stage.engine.victim("delivered", IDLE);
    let start = SystemTime::now();
    let event = |n: u64| reverse_shell(&victim, "delivered", start + Duration::from_millis(n)).trim().to_owned();

    assert_took(&stage.post(event(0)).await, 1, 0);
    assert_took(&stage.post(format!("[{},{}]", event(1), event(2))).await, 2, 0);
    assert_took(&stage.post(format!("{}\n{}\n\n{}\n", event(3), event(4), event(5))).await, 3, 0);
    assert_took(&stage.post(format!("{}{}", event(6), event(7))).await, 2, 0);
    for body in [event(8), format!("{}\n{}", event(9), event(10))] {
        let request = stage.portal.client().request(Method::POST, &stage.intake);
        let answer = send(request.header(CONTENT_ENCODING, "gzip").body(gzip(body.as_bytes()))).await;
        assert_took(&answer, body.lines().count() as i64, 0);
    }
    // Without the kind in the path it is found out.
    let detected = stage.intake.replace("/intake/falco/", "/intake/");
    assert_took(&stage.portal.client().post_bytes(&detected, "application/json", event(11)).await, 1, 0);
    // No kind of content stands in the way: senders lie about it.
    assert_took(&stage.portal.client().post_bytes(&stage.intake, "text/plain", event(12)).await, 1, 0);

    stage.until(&ana, "all thirteen", |page| (page.incident.alarm_count == 13).then_some(())).await;
    assert_eq!(stage.ledger().await.alarms().await, 13);
    // The bytes are kept as they came.
    let raw = stage.ledger().await.texts("SELECT CAST(raw AS TEXT) FROM alarm ORDER BY dedupe_key").await;
    assert!(raw.contains(&event(1)), "{raw:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_unreadable_parts_is_kept_up_to_a_limit_and_paged_through() {
    let stage = Stage::set().await;
    let admin = stage.portal.person("adm", &["admin"]).await;
    let parts: Vec<String> = (0..160).map(|n| format!("{{\"flood\":{n}}}")).collect();
    assert_took(&stage.post(format!("[{}]", parts.join(","))).await, 0, 100);
    assert_took(&stage.post("{\"last\":1}").await, 0, 1);
    let mut path = "/admin/sources".to_owned();
    let mut seen = Vec::new();
    loop {
        let html = admin.read(&path).await;
        let here: Vec<String> =
            html.split("/dead-letters/").skip(1).map(|rest| rest.chars().take_while(|c| *c != '/').collect()).collect();
        assert!((1..=50).contains(&here.len()), "{}", here.len());
        if seen.is_empty() {
            assert!(html.contains("And 60 more parts of this request that could not be read were not kept."), "{html}");
        }
        seen.extend(here);
        // A page of older ones does not follow changes: what is new belongs elsewhere.
        assert_eq!(html.contains("href=\"/admin/sources#letters\""), seen.len() > 50);
        let Some(older) = html.split("href=\"/admin/sources?before=").nth(1) else { break };
        path = format!("/admin/sources?before={}", older.split(['"', '#']).next().expect("a place"));
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (101, 101), "each one once");
    assert!(admin.read("/admin/sources?before=nonsense").await.contains("last"), "as without");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sensor_says_about_itself_stands_beside_its_source() {
    let stage = Stage::set().await;
    let admin = stage.portal.person("adm", &["admin"]).await;
    let said = |words: &str| {
        format!(
            r#"{{"rule":"Falco internal: syscall event drop","output":"{words}","source":"internal","hostname":"n-7"}}"#
        )
    };
    assert_took(&stage.post(said("1 dropped")).await, 0, 0);
    assert_took(&stage.post(said("2 dropped <script>alert(1)</script>")).await, 0, 0);
    let html = admin.read("/admin/sources").await;
    assert!(html.contains("n-7: ") && html.contains("2 dropped"), "{html}");
    assert!(!html.contains("1 dropped"), "only the last word: {html}");
    super::hostile::assert_harmless(&html, "/admin/sources");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_kept_for_the_admins() {
    let stage = Stage::set().await;
    let admin = stage.portal.person("adm", &["admin"]).await;
    let victim = stage.engine.victim("dead-letters", IDLE);
    let good = reverse_shell(&victim, "dead-letters", SystemTime::now()).trim().to_owned();
    assert_took(&stage.post("{\"rule\":").await, 0, 1);
    assert_took(&stage.post(format!("[{good},{{\"neither\":1}},7]")).await, 1, 2);
    assert_took(&stage.post("<script>alert(1)</script>\u{202e}").await, 0, 1);
    let page = sources(&admin).await;
    assert_eq!(page.dead_letters.len(), 4, "{:?}", page.dead_letters);
    assert!(page.dead_letters.iter().all(|letter| letter.source_name == "falco" && letter.reason.len() > 10));
    assert!(page.dead_letters.iter().any(|letter| letter.preview.contains("neither")));
    // Compressed bytes that were cut off are kept too, all of them.
    let whole = gzip(good.as_bytes());
    let request = stage.portal.client().request(Method::POST, &stage.intake).header(CONTENT_ENCODING, "gzip");
    assert_took(&send(request.body(whole[..whole.len() - 9].to_vec())).await, 0, 1);
    let letter = sources(&admin).await.dead_letters.remove(0);
    assert!(letter.reason.contains("gzip") && letter.size == whole.len() as i64 - 9, "{letter:?}");
    let file = format!("/dead-letters/{}/download", letter.id);
    let raw = admin.get(&file).await;
    assert_eq!((raw.status, raw.body.as_slice()), (StatusCode::OK, &whole[..whole.len() - 9]));
    for (name, value) in [("content-type", "application/octet-stream"), ("x-content-type-options", "nosniff")] {
        assert_eq!(raw.headers[name].to_str().ok(), Some(value));
    }
    let name = format!("attachment; filename=\"dead-letter-{}.bin\"", letter.id);
    assert_eq!(raw.headers["content-disposition"].to_str().ok(), Some(name.as_str()));
    let html = admin.read("/admin/sources").await;
    assert!(html.contains("neither"), "the page shows them");
    assert!(html.contains(&format!("href=\"{file}\"")), "and leads to their bytes");
    super::hostile::assert_harmless(&html, "/admin/sources");
    // Nobody else sees them.
    let ana = stage.responder("ana").await;
    let refused = crate::flow::stage::ask(&ana, "/api/v1/sources/list").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(ana.get(&file).await.status, StatusCode::FORBIDDEN);
}

/// What the portal says to a request's head while no body comes.
async fn said_to_head(portal: &Portal, path: &str, length: u64) -> String {
    let address = portal.base().replace("http://localhost", "127.0.0.1");
    let mut wire = TcpStream::connect(&address).await.expect("connected");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    );
    wire.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];
    let read = wire.read_exact(&mut answer);
    tokio::time::timeout(Duration::from_secs(10), read).await.expect("an answer without a body").expect("read");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_is_read_from_strangers() {
    let portal = Portal::start().await;
    let good = portal.add_source("falco", "falco", None);
    let stranger = format!("/intake/falco/{}", "0".repeat(64));
    assert_eq!(said_to_head(&portal, &good, 1_000_000).await, "HTTP/1.1 100", "its body is asked for");
    assert_eq!(said_to_head(&portal, &stranger, 1_000_000).await, "HTTP/1.1 404");
    // Nor do they learn how much is too much.
    assert_eq!(said_to_head(&portal, &good, 100_000_000).await, "HTTP/1.1 413");
    assert_eq!(said_to_head(&portal, &stranger, 100_000_000).await, "HTTP/1.1 404");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_good_token_is_not_let_in() {
    let stage = Stage::set().await;
    let event = || reverse_shell(&"ab".repeat(32), "nobody", SystemTime::now());
    let client = stage.portal.client();
    let other = stage.portal.add_source("to-be-revoked", "falco", None);
    assert_eq!(client.post_bytes(&other, "application/json", event()).await.status, StatusCode::OK);
    let alarms = stage.ledger().await.alarms().await;

    let token = stage.intake.rsplit('/').next().expect("a token").to_owned();
    let unknown = "0".repeat(token.len());
    let refused = [
        format!("/intake/falco/{unknown}"),
        format!("/intake/{unknown}"),
        format!("/intake/falco/{}", &token[..token.len() - 1]),
        format!("/intake/falcosidekick/{token}"),
        format!("/intake/quell/{token}"),
        format!("/intake/nothing/{token}"),
        "/intake/falco/%27%20OR%201=1".to_owned(),
    ];
    let mut bodies = Vec::new();
    for path in &refused {
        let answer = client.post_bytes(path, "application/json", event()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.text().contains(&token), "{path}");
        bodies.push(answer.text());
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "refusals can be told apart: {bodies:?}");

    // By the page of the running portal, so that it holds at once.
    let admin = stage.portal.person("adm", &["admin"]).await;
    let page = sources(&admin).await;
    let row = page.sources.iter().find(|row| row.source.name == "to-be-revoked").expect("listed");
    let answer = admin.post_form("/api/v1/sources/revoke", &[("source", row.source.id.as_str())]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(client.post_bytes(&other, "application/json", event()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.post(event()).await.status, StatusCode::OK, "the other source is not touched");
    assert_eq!(stage.ledger().await.alarms().await, alarms + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_and_nothing_of_it_is_kept() {
    let stage = Stage::set().await;
    assert_eq!(stage.post(vec![b' '; 1024 * 1024 + 1]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    // This one is refused unread; whether the answer is seen before the connection ends is up to the sender.
    let request = stage.portal.client().request(Method::POST, &stage.intake);
    if let Ok(answer) = request.body(vec![b' '; 8 * 1024 * 1024 + 1]).send().await {
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    // Small on the wire, large when inflated.
    let request = stage.portal.client().request(Method::POST, &stage.intake);
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 256 * 1024);
    let answer = send(request.header(CONTENT_ENCODING, "gzip").body(bomb)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let ledger = stage.ledger().await;
    assert_eq!((ledger.alarms().await, ledger.count("SELECT COUNT(*) FROM dead_letter").await), (0, 0));
    let fits = reverse_shell(&"ab".repeat(32), "fits", SystemTime::now());
    assert_eq!(stage.post(fits).await.status, StatusCode::OK);
}
