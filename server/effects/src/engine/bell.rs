//! The engine's events, as a bell: that something was done to a container, never what.

use futures::stream::{self, BoxStream, StreamExt};
use http_body_util::BodyExt as _;
use quell_core::ports::EngineError;

use super::{READ, late, wire::Wire};

/// `{"type":["container","network"],"event":[…]}`: what can end a containment or put another container in its place, and
/// not what health checks do every few seconds.
const PATH: &str = "/events?filters=%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%2C%22event%22%3A%5B\
                    %22create%22%2C%22start%22%2C%22unpause%22%2C%22die%22%2C%22destroy%22%2C%22rename%22%2C\
                    %22update%22%2C%22connect%22%5D%7D";

/// Each piece of the answer rings once, unread. Ends with the engine's answer.
pub(super) async fn listen(wire: &Wire) -> Result<BoxStream<'static, ()>, EngineError> {
    let answer = tokio::time::timeout(READ, wire.get(PATH)).await.map_err(|_| late(READ))??;
    let rings = stream::unfold(answer.into_body(), |mut body| async move {
        match body.frame().await {
            Some(Ok(_)) => Some(((), body)),
            Some(Err(_)) | None => None,
        }
    });
    Ok(rings.boxed())
}
