//! SSH with a key file and a pinned host key.

use std::{process::Command, time::Duration};

use quell_core::ports::{EngineError, Engines as _};
use quell_domain::node::AccessForm;
use quell_tests::{Engine, Sshd, certificates::private, engine::node_by, wait_for};

use super::{bar, works};
use crate::engine::adapter;

fn form(server: &Sshd, engine: &Engine) -> AccessForm {
    AccessForm {
        endpoint: format!("ssh://root@127.0.0.1:{}{}", server.port, engine.socket().display()),
        key: server.path("user").display().to_string(),
        host_key: server.host_key(),
        ..AccessForm::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_is_used_over_ssh() {
    let (engine, server) = {
        let engine = Engine::shared().await;
        (engine, Sshd::start(&engine.socket()))
    };
    let right = form(&server, engine);
    works(engine, &right, "over-ssh").await;
    // Every session ends with the call that it was for.
    let count = |words: &str| server.log().matches(words).count();
    let ended = async || (count("Accepted publickey") == count("Closing connection to")).then_some(());
    wait_for("the sessions' end", Duration::from_secs(20), ended).await;
    assert!(count("Accepted publickey") >= 6 && !server.log().contains("Starting session"), "{}", server.log());

    // A file that lists hosts serves as well; what is revoked in it does not.
    let hosts = server.path("known_hosts");
    let by_file = AccessForm { host_key: hosts.display().to_string(), ..right.clone() };
    let entry = format!("[127.0.0.1]:{} {}", server.port, server.host_key());
    private(&hosts, &format!("elsewhere {}# none\n{entry}", server.host_key()));
    adapter().facts(&node_by(&by_file).access).await.expect("facts");
    private(&hosts, &format!("@revoked * {}{entry}", server.host_key()));
    assert_eq!(bar(&by_file).await.0, "host_key");
    private(&hosts, &format!("elsewhere {}", server.host_key()));
    assert_eq!(bar(&by_file).await.0, "host_key");
    let no_file = AccessForm { host_key: "/nonexistent/known_hosts".to_owned(), ..right };
    let (field, words) = bar(&no_file).await;
    assert_eq!((field, words.contains("no such file")), ("host_key", true), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_host_key_is_refused_before_it_is_told_who_we_are() {
    let (engine, mut server) = {
        let engine = Engine::shared().await;
        (engine, Sshd::start(&engine.socket()))
    };
    let right = form(&server, engine);
    let node = node_by(&right);
    adapter().facts(&node.access).await.expect("facts");
    let before = server.log().len();
    server.change_host_key();
    let (field, words) = bar(&right).await;
    assert_eq!((field, words.contains("shows another key")), ("host_key", true), "{words}");
    assert!(matches!(adapter().containers(&node).await, Err(EngineError::Barred { field: "host_key", .. })));
    let since = server.log().split_off(before);
    assert!(since.contains("Connection") && !since.contains("root") && !since.contains("publickey"), "{since}");
    // Of another kind than the pinned one.
    let ecdsa = server.path("ecdsa");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ecdsa", "-N", "", "-f"]).arg(&ecdsa).status();
    assert!(made.expect("ssh-keygen").success());
    let public = std::fs::read_to_string(ecdsa.with_extension("pub")).expect("a key");
    let said = bar(&AccessForm { host_key: public, ..right }).await;
    assert_eq!(said, ("host_key", "The machine has no key of the pinned kind.".to_owned()));
    adapter().facts(&node_by(&form(&server, engine)).access).await.expect("the new key, pinned");
}

#[tokio::test(flavor = "multi_thread")]
async fn user_key_and_socket_are_named_when_they_do_not_serve() {
    let (engine, server) = {
        let engine = Engine::shared().await;
        (engine, Sshd::start(&engine.socket()))
    };
    let right = form(&server, engine);
    let refused = ("key", "The machine knows no such user with this private key.".to_owned());
    let nobody = right.endpoint.replace("root@", "no-such-user@");
    assert_eq!(bar(&AccessForm { endpoint: nobody, ..right.clone() }).await, refused);
    server.make_key("other");
    let with_key = |name: &str| AccessForm { key: server.path(name).display().to_string(), ..right.clone() };
    assert_eq!(bar(&with_key("other")).await, refused);
    assert!(bar(&with_key("none")).await.1.contains("there is no such file"));
    assert!(bar(&with_key("user.pub")).await.1.contains("chmod 600"));

    let mut lock = Command::new("ssh-keygen");
    lock.args(["-q", "-p", "-N", "secret words", "-f"]).arg(server.path("other"));
    assert!(lock.status().expect("ssh-keygen").success());
    let (field, words) = bar(&with_key("other")).await;
    assert_eq!((field, words.contains("passphrase")), ("key", true), "{words}");
    private(
        &server.path("broken"),
        "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n",
    );
    let error = adapter().facts(&node_by(&with_key("broken")).access).await.expect_err("no key").to_string();
    assert!(error.starts_with("key: ") && !error.contains("c2VjcmV0"), "{error}");

    let elsewhere = AccessForm { endpoint: format!("ssh://root@127.0.0.1:{}/run/none.sock", server.port), ..right };
    let (field, words) = bar(&elsewhere).await;
    assert_eq!((field, words.contains("not to the engine's socket")), ("endpoint", true), "{words}");
}

/// What the README says of the restricted key, by the usual client.
#[tokio::test(flavor = "multi_thread")]
async fn the_restricted_key_reaches_one_socket_and_nothing_else() {
    let engine = Engine::shared().await;
    let server = Sshd::start(&engine.socket());
    let client = |words: &[&str]| {
        let mut ssh = Command::new("ssh");
        ssh.args(["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-i"]);
        ssh.arg(server.path("user")).args(["-p", &server.port.to_string(), "root@127.0.0.1"]).args(words);
        ssh.stdin(std::process::Stdio::null()).output().expect("ssh")
    };
    let marker = server.path("marker");
    assert!(!client(&["touch", &marker.display().to_string()]).status.success() && !marker.exists());
    let tunnel = client(&["-W", &format!("127.0.0.1:{}", server.port)]);
    assert!(!tunnel.status.success() && tunnel.stdout.is_empty());
    // Another socket, although it is there.
    let other = server.path("other.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&other).expect("a socket");
    let right = form(&server, engine);
    let endpoint = format!("ssh://root@127.0.0.1:{}{}", server.port, other.display());
    assert_eq!(bar(&AccessForm { endpoint, ..right.clone() }).await.0, "endpoint");
    assert!(server.log().contains("but the request was denied"));
    adapter().facts(&node_by(&right).access).await.expect("facts");
    // A key that may do nothing at all.
    server.authorize("restrict");
    assert_eq!(bar(&right).await.0, "endpoint");
}
