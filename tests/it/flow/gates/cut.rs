//! Connections that stand: a list leaves them alone, and says so; a cut really ends them.

use std::time::Duration;

use quell_domain::action::RequestState;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::stage::{Front, OUTSIDE, connect, gate, still_open};
use crate::flow::stage::assert_ended;

/// Connections that wait for a request at whichever server they were led to; both servers have some.
async fn standing(front: &Front) -> Vec<TcpStream> {
    let mut standing = Vec::new();
    for _ in 0..4 {
        standing.push(connect(OUTSIDE, front.shop).await.expect("let in"));
    }
    standing
}

/// Which of them the other side has ended.
async fn ended(standing: &mut [TcpStream]) -> usize {
    let mut count = 0;
    for stream in standing {
        let read = timeout(Duration::from_millis(500), stream.read(&mut [0; 8])).await;
        count += usize::from(matches!(read, Ok(Ok(0) | Err(_))));
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_leaves_them_and_a_cut_ends_those_to_the_container() {
    let mut front = Front::set("gate-cut").await;
    let (ana, ben) = (front.stage.trusted("ana").await, front.stage.approver("ben").await);
    front.incident("gate-cut", &ana).await;
    let mut before = standing(&front).await;
    front.restricted(&ana, &ben).await;
    assert_eq!(ended(&mut before).await, 0);
    assert!(still_open(&ana).await.contains("were not ended"));

    // The same list again, with the cut.
    let request = front.done(&ana, &ben, "restrict_gate", &[("cut", "yes")]).await;
    assert_ended(&request, RequestState::Verified);
    assert_eq!(ended(&mut before).await, 2, "those to the container, not those to its neighbour: {}", request.detail);
    assert!(!still_open(&ana).await.contains("were not ended"));
    assert_eq!(gate(&ana, 1).await.holds.len(), 1, "the new hold took the place of the old one");
    front.restored(&ana, &ben).await;
    assert!(front.map().is_empty(), "what there was before the first one");
    let mut stream = connect(OUTSIDE, front.shop).await.expect("let in again");
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.expect("sent");
}
