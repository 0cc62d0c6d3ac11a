//! Artefacts on their way from the engine, byte for byte as they are on the wire.

use std::time::Duration;

use bollard::{
    models::{ContainerConfig, ContainerInspectResponse},
    query_parameters::{CommitContainerOptions, InspectContainerOptions},
};
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use http::{
    Response,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use quell_core::{
    failpoint,
    ports::{EngineError, Shape, Stream},
};
use quell_domain::{evidence::ItemKind, ids::ContainerId};

use super::{READ, inspect, late, wire, wire::Wire, within};

/// Longest wait for the first byte of a file system or image: the engine may have to prepare layers.
const BEGIN: Duration = Duration::from_secs(10 * 60);
/// Longest silence in a stream.
const SILENCE: Duration = Duration::from_secs(2 * 60);
/// Longest wait for a commit, which copies everything that the container changed.
const COMMIT: Duration = Duration::from_secs(60 * 60);

/// Begins to read. Nothing here changes what the container is doing.
pub(super) async fn read(
    wire: Wire,
    id: &ContainerId,
    kind: ItemKind,
    quarantine: &str,
) -> Result<Stream, EngineError> {
    let container = format!("/containers/{id}");
    match kind {
        ItemKind::Inspect => begin(&wire, &format!("{container}/json"), Shape::Json, READ).await,
        ItemKind::Engine => begin(&wire, "/info", Shape::Json, READ).await,
        ItemKind::Top => begin(&wire, &format!("{container}/top"), Shape::Json, READ).await,
        // Walks the whole file system on some storage drivers.
        ItemKind::Diff => begin(&wire, &format!("{container}/changes"), Shape::Json, BEGIN).await,
        ItemKind::Logs => {
            let shape = if inspect::has_terminal(&describe(&wire, id).await?) { Shape::Lines } else { Shape::Frames };
            let path = format!("{container}/logs?stdout=true&stderr=true&timestamps=true&follow=false");
            begin(&wire, &path, shape, BEGIN).await
        }
        ItemKind::RootFs => begin(&wire, &format!("{container}/export"), Shape::Tar, BEGIN).await,
        ItemKind::Network => Err(EngineError::Garbled("the network state is no single answer".to_owned())),
        ItemKind::Image => image(&wire, id, quarantine).await,
    }
}

async fn describe(wire: &Wire, id: &ContainerId) -> Result<ContainerInspectResponse, EngineError> {
    let docker = wire.docker()?;
    within(READ, docker.inspect_container(id.as_str(), None::<InspectContainerOptions>)).await
}

/// Commits with pause off and reads the image. The commit names the image at once, so that no prune can take it.
async fn image(wire: &Wire, id: &ContainerId, quarantine: &str) -> Result<Stream, EngineError> {
    let fits = !quarantine.is_empty()
        && quarantine.len() <= 64
        && quarantine
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if !fits {
        return Err(EngineError::Refused { status: 400, message: "not a usable quarantine name".to_owned() });
    }
    let mark = inspect::mark(&describe(wire, id).await?, id)?;
    // A running container would be read while it changes, and the engine's own way around that, a short pause, changes
    // its state: pausing is a person's decision.
    if !mark.state.holds_still() {
        return Err(EngineError::Refused { status: 409, message: "needs a pause".to_owned() });
    }
    let repo = format!("quell-evidence/{quarantine}");
    let options = CommitContainerOptions {
        container: Some(id.as_str().to_owned()),
        repo: Some(repo.clone()),
        tag: Some("image".to_owned()),
        comment: Some(format!("Evidence of container {id}")),
        pause: false,
        ..CommitContainerOptions::default()
    };
    let docker = wire.docker()?;
    within(COMMIT, docker.commit_container(options, ContainerConfig::default())).await?;
    failpoint::hit("evidence.after_commit").await;
    let name = format!("{repo}:image");
    // Sum of the layers: about as long as the archive will be. Only progress is shown with it, so no answer is fine.
    let about = within(READ, docker.inspect_image(&name)).await.ok().and_then(|image| image.size);
    let mut stream = begin(wire, &format!("/images/{name}/get"), Shape::Image, BEGIN).await?;
    stream.total = stream.total.or(about);
    stream.method = format!("POST /commit?container={id}&repo={repo}&tag=image&pause=false, then {}", stream.method);
    Ok(stream)
}

async fn begin(wire: &Wire, path: &str, shape: Shape, patience: Duration) -> Result<Stream, EngineError> {
    let response = tokio::time::timeout(patience, wire.get(path)).await.map_err(|_| late(patience))??;
    let ends_itself =
        response.headers().contains_key(CONTENT_LENGTH) || response.headers().contains_key(TRANSFER_ENCODING);
    if !ends_itself {
        // Its end could not be told from a broken connection.
        return Err(EngineError::Garbled("the answer does not say where it ends".to_owned()));
    }
    Ok(Stream { method: format!("GET {path}"), total: length(&response), shape, bytes: bytes(response.into_body()) })
}

fn length(response: &Response<Incoming>) -> Option<i64> {
    response.body().size_hint().exact().and_then(|length| i64::try_from(length).ok())
}

/// The body's bytes. An end before the transfer's own end (last chunk, or as many bytes as were announced) is an error:
/// hyper says so for both.
fn bytes(body: Incoming) -> BoxStream<'static, Result<Bytes, EngineError>> {
    stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        loop {
            match tokio::time::timeout(SILENCE, body.frame()).await {
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => return Some((Ok(data), Some(body))),
                    // Trailers are not part of the artefact.
                    Err(_) => continue,
                },
                Ok(Some(Err(cause))) => return Some((Err(EngineError::NoAnswer(wire::chain(&cause))), None)),
                Ok(None) => return None,
                Err(_) => {
                    let words = format!("the stream stood still for {} seconds", SILENCE.as_secs());
                    return Some((Err(EngineError::NoAnswer(words)), None));
                }
            }
        }
    })
    .boxed()
}

#[cfg(test)]
mod tests;
