//! The tools of the other tests: each does what it says, and leaves nothing behind.

use std::{path::Path, time::Duration};

use quell_tests::{Behaviour, Browser, Engine, Proxy, Scripts, engine::IDLE, postgres, proxy::Call, wait_for};
use sqlx::Connection as _;

#[tokio::test(flavor = "multi_thread")]
async fn every_database_is_fresh() {
    for _ in 0..2 {
        let mut connection = sqlx::PgConnection::connect(&postgres::database().await).await.unwrap();
        sqlx::query("CREATE TABLE mine (id BIGINT)").execute(&mut connection).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_victim_runs_and_can_be_paused() {
    let engine = Engine::shared().await;
    let id = engine.victim("smoke-victim", IDLE);
    assert_eq!(id.len(), 64);
    assert_eq!(engine.state(&id), "running");
    engine.docker(&["pause", &id]).unwrap();
    assert_eq!(engine.state(&id), "paused");
    engine.docker(&["rm", "-f", &id]).unwrap();
    assert!(engine.state(&id).contains("No such"));
}

/// Asks the engine through the proxy with the system's own client, as the portal's adapter would.
fn curl(proxy: &Proxy, words: &[&str]) -> std::process::Output {
    let socket = proxy.endpoint().trim_start_matches("unix://").to_owned();
    let mut command = std::process::Command::new("curl");
    command.args(["-sS", "--max-time", "5", "--unix-socket", &socket]).args(words).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_records_and_spoils() {
    let engine = Engine::shared().await;
    let proxy = Proxy::start(&engine.socket());
    assert_eq!(curl(&proxy, &["http://engine/_ping"]).stdout, b"OK");
    assert_eq!(proxy.calls(), [Call { method: "GET".into(), path: "/_ping".into() }]);

    proxy.on("GET", "/version", Behaviour::Refuse(500, "broken".into()));
    proxy.on("GET", "/info", Behaviour::Close);
    proxy.on("GET", "/_ping", Behaviour::Append(" and more".into()));
    proxy.on("GET", "/images/json", Behaviour::Short(1));
    proxy.on("GET", "/containers/json", Behaviour::Cut(1));
    assert_eq!(curl(&proxy, &["http://engine/version"]).stdout, br#"{"message":"broken"}"#);
    assert!(!curl(&proxy, &["http://engine/info"]).status.success());
    assert_eq!(curl(&proxy, &["http://engine/_ping"]).stdout, b"OK and more");
    let short = curl(&proxy, &["http://engine/images/json"]);
    assert!(short.status.success() && short.stdout == b"[");
    let cut = curl(&proxy, &["http://engine/containers/json"]);
    assert!(!cut.status.success() && cut.stdout == b"[");
    assert_eq!(proxy.count("GET", "/_ping"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_acts_although_the_answer_is_lost() {
    let engine = Engine::shared().await;
    let proxy = Proxy::start(&engine.socket());
    let id = engine.victim("smoke-lost-answer", IDLE);
    proxy.on("POST", "/pause", Behaviour::ActThenClose);
    assert!(!curl(&proxy, &["-X", "POST", &format!("http://engine/containers/{id}/pause")]).status.success());
    wait_for("the pause", Duration::from_secs(5), async || (engine.state(&id) == "paused").then_some(())).await;
    engine.docker(&["rm", "-f", &id]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_leaves_nothing_behind() {
    let engine = Engine::start().await;
    let folder = engine.socket().parent().map(Path::to_path_buf).unwrap();
    let id = engine.victim("smoke-left", IDLE);
    engine.docker(&["pause", &id]).unwrap();
    drop(engine);
    assert!(!folder.exists());
    assert!(!std::fs::read_to_string("/proc/mounts").unwrap().contains(folder.to_str().unwrap()));
}

/// A page whose script changes its text, and which its own content policy stops from loading a picture.
const PAGE: &str = "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'\"><p id=a>plain</p><img src=x>\
                    <script>document.getElementById('a').textContent='scripted'</script>";

async fn serve_page() -> String {
    let app = axum::Router::new().route("/", axum::routing::get(async || axum::response::Html(PAGE)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}/")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_runs_scripts_only_when_told_to() {
    let url = serve_page().await;
    for (scripts, text) in [(Scripts::On, "scripted"), (Scripts::Off, "plain")] {
        let browser = Browser::start(scripts).await;
        browser.goto(&url).await;
        assert_eq!(browser.text("#a").await, text);
        let complaints = browser.complaints().await;
        assert!(complaints.iter().any(|line| line.contains("Content Security Policy")), "{complaints:?}");
        browser.close().await;
    }
}
