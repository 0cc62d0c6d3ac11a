//! The live stream: that something changed, never what. Panels then ask for it through guarded functions.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, request::Parts},
    response::{
        IntoResponse as _, Response,
        sse::{Event, Sse},
    },
};
use quell_domain::{Code, Problem, view::Change};
use tokio::{
    sync::{broadcast, watch},
    time::{Interval, MissedTickBehavior, interval_at},
};

use super::{errors, session, streams::Place, web::Web};

/// A sign of life, so that a browser can tell a quiet stream from a dead one.
const BEAT: Duration = Duration::from_secs(10);
/// How often the session behind the stream is looked at: a disabled person is cut off within 5 seconds.
const LOOK: Duration = Duration::from_secs(4);

struct Watch {
    web: Web,
    parts: Parts,
    changes: broadcast::Receiver<Change>,
    shutdown: watch::Receiver<bool>,
    beat: Interval,
    look: Interval,
    greeted: bool,
    _place: Place,
}

/// `GET /live`.
pub async fn open(State(web): State<Web>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let Some(person) = session::holder(&web, &parts).await else {
        return errors::json(&Problem::new(Code::Unauthenticated, "Please sign in."));
    };
    let place = match web.streams.take(person) {
        Ok(place) => place,
        Err(problem) => return errors::json(&problem),
    };
    let watch = Watch {
        // Before the greeting: what happens in between is told twice rather than not at all.
        changes: web.portal.changes(),
        shutdown: web.shutdown.clone(),
        beat: every(BEAT),
        look: every(LOOK),
        greeted: false,
        parts,
        web,
        _place: place,
    };
    let stream = futures::stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    let no_buffering = [(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))];
    (no_buffering, Sse::new(stream)).into_response()
}

impl Watch {
    /// The next message; none ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return self.hello().await;
        }
        loop {
            tokio::select! {
                // The end first: a storm of changes must not keep a stream open that should be closed.
                biased;
                () = ended(&mut self.shutdown) => return None,
                _ = self.look.tick() => {
                    session::holder(&self.web, &self.parts).await?;
                }
                _ = self.beat.tick() => return Some(Event::default().event("beat").data("{}")),
                change = self.changes.recv() => match change {
                    Ok(change) => return Event::default().event("change").json_data(change).ok(),
                    // Some were missed: with a greeting every panel asks anew.
                    Err(broadcast::error::RecvError::Lagged(_)) => break,
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            }
        }
        self.hello().await
    }

    async fn hello(&self) -> Option<Event> {
        let (seq, _) = self.web.portal.audit_head().await.ok()?;
        Event::default().event("hello").json_data(serde_json::json!({ "seq": seq })).ok()
    }
}

/// Returns when the portal stops.
async fn ended(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, which is an end as well.
    let _ = shutdown.wait_for(|end| *end).await;
}

fn every(period: Duration) -> Interval {
    let mut interval = interval_at(tokio::time::Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
