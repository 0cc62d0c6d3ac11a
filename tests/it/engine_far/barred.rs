//! Places where no engine is: closed, silent, something else.

use quell_domain::node::AccessForm;
use quell_tests::{Certificates, certificates::private, portal::free_port};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use super::bar;

const PINNED: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPxnmzDeCVZYSXgbAMoNQHoHEzVUIsSFcMDJXKcjbqC";

/// Both ways to a port, with files that would serve.
fn both(certificates: &Certificates, port: u16) -> [AccessForm; 2] {
    let file = |name: &str| certificates.path(name).display().to_string();
    let user = certificates.path("user");
    let _ = std::fs::remove_file(&user);
    let made =
        std::process::Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&user).status();
    assert!(made.expect("ssh-keygen").success());
    private(&user, &std::fs::read_to_string(&user).expect("a key"));
    let tls = AccessForm {
        endpoint: format!("tcp://127.0.0.1:{port}"),
        ca: file("ca.pem"),
        certificate: file("client.pem"),
        key: file("client.key"),
        ..AccessForm::default()
    };
    let ssh = AccessForm {
        endpoint: format!("ssh://quell@127.0.0.1:{port}"),
        key: file("user"),
        host_key: PINNED.to_owned(),
        ..AccessForm::default()
    };
    [tls, ssh]
}

#[tokio::test]
async fn a_closed_port_and_an_unknown_name_are_told_apart() {
    let certificates = Certificates::make();
    for form in both(&certificates, free_port()) {
        assert_eq!(bar(&form).await, ("endpoint", "Nothing listens at this port.".to_owned()));
        let unknown = AccessForm { endpoint: form.endpoint.replace("127.0.0.1", "no-such-machine.invalid"), ..form };
        assert_eq!(bar(&unknown).await, ("endpoint", "The machine's name is not known here.".to_owned()));
    }
}

#[tokio::test]
async fn whoever_answers_with_something_else_or_not_at_all_is_no_engine() {
    let certificates = Certificates::make();
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let talker = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = talker.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = talker.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTPS request\r\n").await;
        }
    });
    for form in both(&certificates, port) {
        let (field, words) = bar(&form).await;
        assert_eq!((field, words.contains("does not speak")), ("endpoint", true), "{words}");
    }
    let forms = both(&certificates, silent.local_addr().expect("an address").port());
    for said in futures::future::join_all(forms.iter().map(bar)).await {
        assert_eq!(said, ("endpoint", "Nobody answered there in time.".to_owned()));
    }
}
