use super::*;

const PINNED: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPxnmzDeCVZYSXgbAMoNQHoHEzVUIsSFcMDJXKcjbqC";

fn tcp(endpoint: &str) -> AccessForm {
    AccessForm {
        endpoint: endpoint.to_owned(),
        ca: "/k/ca.pem".to_owned(),
        certificate: "/k/cert.pem".to_owned(),
        key: "/k/key.pem".to_owned(),
        host_key: String::new(),
    }
}

fn ssh(endpoint: &str) -> AccessForm {
    AccessForm {
        endpoint: endpoint.to_owned(),
        key: "/k/id".to_owned(),
        host_key: PINNED.to_owned(),
        ..AccessForm::default()
    }
}

fn wrong(form: &AccessForm) -> Vec<String> {
    form.parse().expect_err("wrong").fields.into_iter().map(|field| field.field).collect()
}

#[test]
fn three_ways_are_read_and_written_back() {
    for form in [
        AccessForm::of("unix:///var/run/docker.sock"),
        tcp("tcp://node-1:2376"),
        tcp("tcp://10.0.0.7:2376"),
        tcp("tcp://[fd00::7]:2376"),
        ssh("ssh://quell@node-1"),
        ssh("ssh://quell@node-1:2222"),
        ssh("ssh://quell@[fd00::7]:2222/run/podman/podman.sock"),
    ] {
        assert_eq!(form.parse().expect("fine").to_string(), form.endpoint);
    }
    let same = ssh("ssh://quell@node-1:22/var/run/docker.sock").parse().expect("fine");
    assert_eq!(same, ssh("SSH://quell@node-1/").parse().expect("fine"));
}

#[test]
fn plain_tcp_is_refused_field_by_field() {
    assert_eq!(wrong(&AccessForm::of("tcp://node-1:2375")), ["ca", "certificate", "key"]);
    let said = AccessForm::of("tcp://node-1:2375").parse().expect_err("wrong");
    assert!(said.fields.iter().all(|field| field.remedy.starts_with("TCP is used with mutual TLS only.")));
}

#[test]
fn what_does_not_apply_must_be_empty() {
    let over_unix = AccessForm { endpoint: "unix:///s.sock".to_owned(), ..tcp("") };
    assert_eq!(wrong(&over_unix), ["ca", "certificate", "key"]);
    assert_eq!(wrong(&AccessForm { host_key: PINNED.to_owned(), ..tcp("tcp://n:1") }), ["host_key"]);
    assert_eq!(wrong(&AccessForm { ca: "/ca".to_owned(), ..ssh("ssh://u@n") }), ["ca"]);
}

#[test]
fn a_key_is_never_pasted() {
    let pasted = "-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXktdjE";
    let said = AccessForm { key: pasted.to_owned(), ..ssh("ssh://u@n") }.parse().expect_err("wrong");
    assert_eq!(said.fields[0].field, "key");
    assert!(!said.to_string().contains("b3Blb"), "{said}");
}

#[test]
fn endpoints_that_make_no_sense_are_refused() {
    for bad in
        ["", "/var/run/docker.sock", "unix://relative", "unix:///a\nb", "https://node-1:2376", "npipe:////./pipe"]
    {
        assert_eq!(wrong(&AccessForm::of(bad)), ["endpoint"], "{bad:?}");
    }
    for bad in [
        "tcp://node-1",
        "tcp://:2376",
        "tcp://node-1:0",
        "tcp://node-1:70000",
        "tcp://a b:1",
        "tcp://-o:1",
        "tcp://[::zz]:1",
        "tcp://n:1/x",
    ] {
        assert_eq!(wrong(&tcp(bad)), ["endpoint"], "{bad:?}");
    }
    for bad in
        ["ssh://node-1", "ssh://@node-1", "ssh://-oProxyCommand=x@n", "ssh://u@-oX", "ssh://u:pw@n", "ssh://u@n:x"]
    {
        assert_eq!(wrong(&ssh(bad)), ["endpoint"], "{bad:?}");
    }
}

#[test]
fn host_keys_are_taken_as_tools_write_them() {
    for text in [PINNED.to_owned(), format!("node-1 {PINNED}"), format!("{PINNED} root@node-1\n")] {
        let access = AccessForm { host_key: text, ..ssh("ssh://u@n") }.parse().expect("fine");
        assert_eq!(access.keys()[1].2, PINNED);
    }
    for bad in ["", "SHA256:abcdef", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB", "ssh-ed25519", "known_hosts"] {
        assert_eq!(wrong(&AccessForm { host_key: bad.to_owned(), ..ssh("ssh://u@n") }), ["host_key"], "{bad:?}");
    }
}
