//! Configuration: all problems at once, secrets never.

use std::process::{Command, Output};

use quell_tests::{Portal, portal::binary};

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

#[test]
fn every_problem_is_told_in_one_go() {
    let portal = Portal::builder()
        .env("QUELL__SERVER__LISTEN", "nowhere")
        .env("QUELL__SESSION__IDLE_MINUTES", "0")
        .env("QUELL__LOG__FORMAT", "xml")
        .env("QUELL__DATABASE__URL", "mysql://u:canary-77@h/d")
        .env("QUELL__SERVER__SPEED", "9")
        .prepare();
    let out = portal.try_quell(&["config", "check"]);
    assert_eq!(out.status.code(), Some(2));
    let said = said(&out);
    for key in ["server.listen", "session.idle_minutes", "log.format", "database.url", "server.speed"] {
        assert!(said.contains(key), "{key} is missing in: {said}");
    }
    assert!(!said.contains("canary-77"), "{said}");
    assert_eq!(portal.try_quell(&["serve"]).status.code(), Some(2), "nothing starts on a wrong configuration");
}

#[test]
fn what_is_in_force_is_shown_without_secrets() {
    let portal = Portal::builder().env("QUELL__DATABASE__URL", "postgres://quell:canary-77@db/quell").prepare();
    let file = tempfile::NamedTempFile::new().expect("file");
    std::fs::write(file.path(), "[worker]\nlease_seconds = 45\n").expect("written");
    let out = portal.try_quell(&["config", "check", "--config", file.path().to_str().expect("path")]);
    let said = said(&out);
    assert!(out.status.success() && said.contains("worker.lease_seconds = 45"), "{said}");
    assert!(said.contains("postgres://…@db/quell") && !said.contains("canary-77"), "{said}");
    std::fs::write(file.path(), "[worker\n").expect("written");
    let out = portal.try_quell(&["config", "check", "--config", file.path().to_str().expect("path")]);
    assert_eq!(out.status.code(), Some(2));
    assert_eq!(portal.try_quell(&["config", "check", "--config", "/nonexistent"]).status.code(), Some(2));
}

#[test]
fn pages_are_found_beside_the_program_or_it_is_said_where_they_were_looked_for() {
    let folder = tempfile::tempdir().expect("folder");
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).expect("folder");
    let program = bin.join("quell");
    std::fs::hard_link(binary(), &program)
        .or_else(|_| std::fs::copy(binary(), &program).map(drop))
        .expect("the program");
    let run = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(folder.path()).args(words).args(["--data", "data"]);
        command.env("QUELL__SERVER__SITE", "/nowhere/site").output().expect("it runs")
    };
    let out = run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(out.status.code(), Some(1), "{}", said(&out));
    let (beside, above) = (bin.join("site"), folder.path().join("site"));
    for tried in ["/nowhere/site", beside.to_str().expect("path"), above.to_str().expect("path"), "target/site"] {
        assert!(said(&out).contains(tried), "{tried} is not named: {}", said(&out));
    }
    for site in [above, beside] {
        std::fs::create_dir(&site).expect("folder");
        std::fs::write(site.join("assets.json"), "{}").expect("written");
        let said = said(&run(&["config", "check"]));
        assert!(said.contains(&format!("server.site = {}\n", site.display())), "{said}");
    }
}

#[test]
fn plain_http_never_leaves_the_machine() {
    for (name, value) in
        [("QUELL__SERVER__LISTEN", "0.0.0.0:0"), ("QUELL__SERVER__PUBLIC_URL", "http://quell.example.org")]
    {
        let portal = Portal::builder().env(name, value).prepare();
        let out = portal.try_quell(&["config", "check"]);
        assert_eq!(out.status.code(), Some(2), "{name}={value}: {}", said(&out));
    }
}

#[test]
fn asking_wrongly_and_failing_are_told_apart() {
    let portal = Portal::builder().prepare();
    assert_eq!(portal.try_quell(&["fly"]).status.code(), Some(2));
    assert_eq!(portal.try_quell(&["healthcheck", "--listen", "127.0.0.1:1"]).status.code(), Some(1));
    assert_eq!(portal.try_quell(&["user", "disable", "nobody"]).status.code(), Some(1));
    assert_eq!(portal.try_quell(&["source", "add", "--name", "x", "--kind", "y"]).status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_portal_says_that_it_is_ready() {
    let portal = Portal::start().await;
    let listen = portal.base().replace("http://localhost", "127.0.0.1");
    assert_eq!(portal.quell(&["healthcheck", "--listen", &listen]).trim(), "ready");
}
