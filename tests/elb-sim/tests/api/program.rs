//! The program: its options, what it prints, and how it ends.

use std::{process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
};

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elb-sim"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.env_remove("ELB_SIM_AK").env_remove("ELB_SIM_SK");
    command
}

/// Starts it and gives its first line.
async fn started(arguments: &[&str]) -> (Child, String) {
    let mut child = program(arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    (child, line.trim().to_owned())
}

/// What control says of the state of the program at this address.
async fn state(address: &str) -> Value {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET /_sim/state HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn when_it_ends_a_call_that_hangs_gets_no_answer() {
    let client = crate::client::Client::start().await;
    client.control("POST", "faults", serde_json::json!({ "fault": "hang" }));
    let host = client.host();
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let request = format!("POST /v3/auth/tokens HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    while client.control("GET", "calls", Value::Null)["calls"][0]["fault"] != "hang" {
        tokio::task::yield_now().await;
    }
    drop(client);
    let mut answer = Vec::new();
    // A connection that is cut may end with an error, or without one.
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
    assert!(ended.is_ok() && answer.is_empty(), "{ended:?} {answer:?}");
}

#[tokio::test]
async fn it_prints_where_it_listens_and_begins_with_what_it_is_given() {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds/builtin.json");
    let (_child, url) = started(&["--seed", seed, "--ak", "MYKEY", "--sk", "secret", "--members", "7"]).await;
    let state = state(url.strip_prefix("http://").unwrap()).await;
    assert_eq!(state["access_keys"], serde_json::json!(["MYKEY"]));
    let many = state["elb"]["members"].as_array().unwrap().iter().filter(|member| member["protocol_port"] == 30081);
    assert_eq!(many.count(), 7);
}

#[tokio::test]
async fn it_prints_the_address_alone_when_told_so() {
    let (_child, address) = started(&["--print-address"]).await;
    assert!(address.parse::<std::net::SocketAddr>().is_ok(), "{address}");
}

#[tokio::test]
async fn what_it_cannot_do_it_says() {
    for (arguments, why) in [
        (["--seed", "/nowhere/seed.json"], "cannot read /nowhere/seed.json"),
        (["--ak", "MYKEY"], "--sk"),
        (["--listen", "nowhere"], "invalid value 'nowhere'"),
    ] {
        let ended = program(&arguments).output().await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(!ended.status.success() && said.contains(why), "{arguments:?}: {said}");
    }
}
