//! Answers that break off, as a real engine gives them only when it dies.

use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use quell_domain::{Timestamp, node::Access};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixListener,
};

use super::*;

fn over(socket: &Path) -> Wire {
    Wire::by(&Access::Unix { socket: socket.display().to_string() }, Timestamp(0))
}

/// Answers one request with exactly these bytes, then closes.
async fn answering(answer: &'static [u8]) -> (tempfile::TempDir, Wire) {
    let folder = tempfile::tempdir().expect("a folder");
    let socket: PathBuf = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&socket).expect("a socket");
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("a request"));
        }
        stream.write_all(answer).await.expect("written");
    });
    let wire = over(&socket);
    (folder, wire)
}

async fn told(answer: &'static [u8]) -> Result<(Option<i64>, Vec<u8>), EngineError> {
    let (_folder, wire) = answering(answer).await;
    let stream = begin(&wire, "/info", Shape::Json, READ).await?;
    let bytes: Vec<Bytes> = stream.bytes.try_collect().await?;
    Ok((stream.total, bytes.concat()))
}

#[tokio::test]
async fn whole_answers_are_whole() {
    let by_length = told(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.expect("whole");
    assert_eq!(by_length, (Some(2), b"{}".to_vec()));
    let chunked = told(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")
        .await
        .expect("whole");
    assert_eq!(chunked, (None, b"{}".to_vec()));
}

#[tokio::test]
async fn an_answer_that_ends_early_is_an_error() {
    for broken in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransf",
        b"",
    ] {
        let said = told(broken).await;
        assert!(matches!(said, Err(EngineError::NoAnswer(_))), "{}: {said:?}", String::from_utf8_lossy(broken));
    }
}

#[tokio::test]
async fn an_answer_without_an_end_of_its_own_is_refused() {
    assert!(matches!(told(b"HTTP/1.1 200 OK\r\n\r\n{}").await, Err(EngineError::Garbled(_))));
}

#[tokio::test]
async fn refusals_keep_the_engines_words() {
    let said = told(b"HTTP/1.1 409 Conflict\r\nContent-Length: 25\r\n\r\n{\"message\":\"not running\"}").await;
    assert!(matches!(said, Err(EngineError::Refused { status: 409, message }) if message == "not running"));
    assert!(matches!(told(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await, Err(EngineError::NotFound)));
}

#[tokio::test]
async fn quarantine_names_are_checked_before_anything_is_asked() {
    let wire = over(Path::new("/nonexistent"));
    let id = ContainerId::parse(&"a".repeat(64)).expect("an id");
    for bad in ["", "a/b", "A", "a--b", "-a", "a:b", "../x"] {
        assert!(matches!(image(&wire, &id, bad).await, Err(EngineError::Refused { status: 400, .. })), "{bad}");
    }
    assert!(matches!(image(&wire, &id, "0194-ab").await, Err(EngineError::Unreachable(_))));
}
