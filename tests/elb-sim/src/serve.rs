//! The door to the network: reads requests, takes each on its way, sends what comes of it.
//!
//! Owns what only a connection can do: keep somebody waiting, and hang up.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use axum::{body::Body, http};
use tokio::sync::watch;

use crate::{
    calls::End,
    control,
    faults::{Fault, Rule},
    gateway,
    reply::{Answer, Reply},
    request::Request,
    wire::{dressed, hang_up, response},
    world::World,
};

/// What all connections share.
#[derive(Debug)]
pub struct Shared {
    world: Mutex<World>,
    /// Goes up when the calls that hang are let go.
    released: watch::Sender<u64>,
    /// Whether it has ended: nobody gets an answer any more, on whatever connection.
    ended: AtomicBool,
}

impl Shared {
    /// A simulator that nobody has called yet.
    pub fn new(world: World) -> Self {
        Self { world: Mutex::new(world), released: watch::Sender::new(0), ended: AtomicBool::new(false) }
    }

    /// Looks at or changes everything there is. Never held across a wait.
    pub fn with<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        // A panic in another call is shown by that call; the world is whole as long as Rust's own types are.
        work(&mut self.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Lets the calls go that hang now.
    pub fn release(&self) {
        self.released.send_modify(|times| *times += 1);
    }

    /// Hangs up on everybody who waits, and on everybody who comes on a connection that is still open.
    pub fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.release();
    }

    /// Takes one request on its way.
    pub async fn answer(&self, request: http::Request<Body>) -> http::Response<Body> {
        let Some(request) = Request::read(request).await else { return hang_up() };
        if self.has_ended() {
            return hang_up();
        }
        if request.parts.first().is_some_and(|part| part == control::FIRST_PART) {
            let (status, body) = control::answer(self, &request.method, &request.parts[1..], &request.body);
            return response(status, Some(&body));
        }
        self.answer_vendor(&request).await
    }

    async fn answer_vendor(&self, request: &Request) -> http::Response<Body> {
        let (request_id, number) = self.with(|world| {
            let request_id = world.ids.hex();
            let number = world.calls.came(request, &request_id, world.clock.stamp());
            (request_id, number)
        });
        let mut released = self.released.subscribe();
        let admitted = match self.with(|world| gateway::admit(world, request, number)) {
            Ok(admitted) => admitted,
            Err(refusal) => return self.finish(number, &request_id, Err(refusal)),
        };
        let rule = admitted.rule.as_ref();
        let is = |fault| rule.is_some_and(|rule| rule.fault == fault);
        let works = rule.is_none_or(Rule::works);
        if is(Fault::Hang) && !works {
            // An error would say that the simulator is gone, and this task with it.
            let _ = released.changed().await;
        }
        if self.has_ended() || is(Fault::Drop) && !works {
            return self.cut(number);
        }
        let answer = self.with(|world| gateway::perform(world, request, &request_id, &admitted));
        if is(Fault::Hang) && works {
            let _ = released.changed().await;
        }
        if self.has_ended() || is(Fault::Drop) { self.cut(number) } else { self.finish(number, &request_id, answer) }
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }

    fn cut(&self, number: usize) -> http::Response<Body> {
        self.with(|world| {
            if let Some(entry) = world.calls.entry(number) {
                entry.end = End::Cut;
            }
        });
        hang_up()
    }

    fn finish(&self, number: usize, request_id: &str, answer: Answer) -> http::Response<Body> {
        self.with(|world| {
            let settings = &world.settings;
            let (status, body, headers) = match answer {
                Ok(Reply { status, body, headers }) => (status, body, headers),
                Err(refusal) => {
                    let wait = refusal.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
                    (refusal.status, Some(refusal.body(request_id, settings)), wait.into_iter().collect())
                }
            };
            let body = body.map(|body| dressed(body, settings));
            if let Some(entry) = world.calls.entry(number) {
                entry.end = End::Answered;
                entry.status = Some(status);
            }
            let mut response = response(status, body.as_ref());
            for (name, value) in headers.into_iter().chain([("x-request-id", request_id.to_owned())]) {
                if let Ok(value) = value.parse() {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        })
    }
}
