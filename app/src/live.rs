//! The live stream in the browser: one for each page, shared by its islands.
//!
//! A message says only that something changed. Who cares asks again through a guarded server function: on each change,
//! and on each greeting, because whatever happened while the stream was away was missed. Reconnects by itself with a
//! growing pause, also when the browser has given up.

pub mod ask;

use std::{cell::RefCell, future::Future, rc::Rc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use quell_domain::{
    Code, Timestamp,
    view::{Change, Me},
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

use crate::{endpoints, islands::carried, liveness::Liveness};

/// Milliseconds without a sign of life after which the page says that it is reconnecting.
const QUIET: f64 = 15_000.0;
/// Milliseconds without a sign of life after which the page says that it is stale, and the stream is opened anew.
const DEAD: f64 = 30_000.0;
/// Longest pause between two tries, in milliseconds.
const LONGEST: u64 = 15_000;

type Listener = Rc<dyn Fn(Option<&Change>)>;

struct Hub {
    source: Option<EventSource>,
    listeners: Vec<Listener>,
    liveness: ArcRwSignal<Liveness>,
    /// When something was last heard, in milliseconds since the page was opened.
    heard: f64,
    /// When the stream was last opened, on the same clock.
    opened: f64,
    /// Tries since something was last heard.
    tries: u32,
    /// A try is planned.
    planned: bool,
    ended: bool,
}

thread_local! {
    static HUB: RefCell<Option<Hub>> = const { RefCell::new(None) };
}

fn with<T>(act: impl FnOnce(&mut Hub) -> T) -> T {
    HUB.with(|hub| {
        let mut hub = hub.borrow_mut();
        act(hub.get_or_insert_with(|| Hub {
            source: None,
            listeners: Vec::new(),
            liveness: ArcRwSignal::new(Liveness::Off),
            heard: passed(),
            opened: passed(),
            tries: 0,
            planned: false,
            ended: false,
        }))
    })
}

/// Milliseconds since the page was opened.
fn passed() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Whether the page is live; `now` is the portal's time. Opens the stream.
pub fn liveness(now: Signal<Timestamp>) -> Signal<Liveness> {
    let liveness = with(|hub| hub.liveness.clone());
    let watched = liveness.clone();
    set_interval(
        move || {
            let (silent, tried) = with(|hub| (passed() - hub.heard, passed() - hub.opened));
            match watched.get_untracked() {
                over if over.is_over() => return,
                Liveness::Stale(_) => {}
                _ if silent > DEAD => {
                    watched.set(Liveness::Stale(now.get_untracked().plus((-silent * 1_000.0) as i64)));
                }
                Liveness::Live if silent > QUIET => watched.set(Liveness::Reconnecting),
                _ => {}
            }
            // A stream can be dead without the browser noticing.
            if silent > DEAD && tried > DEAD {
                reopen();
            }
        },
        Duration::from_secs(1),
    );
    // After hydration, which must find what the server rendered.
    request_animation_frame(open);
    Signal::from(liveness)
}

/// Runs `refresh` for each change that `wants` wants and for each greeting; one at a time, and once more when something
/// came meanwhile.
pub fn follow<F, Fut>(wants: impl Fn(&Change) -> bool + 'static, refresh: F)
where
    F: Fn() -> Fut + 'static,
    Fut: Future<Output = Result<(), Code>> + 'static,
{
    /// What a panel is doing.
    #[derive(Clone, Copy, PartialEq)]
    enum Doing {
        Nothing,
        Asking,
        AskingAndMoreCame,
    }
    let doing = Rc::new(std::cell::Cell::new(Doing::Nothing));
    let refresh = Rc::new(refresh);
    let listener: Listener = Rc::new(move |change| {
        if with(|hub| hub.ended) || change.is_some_and(|change| !wants(change)) {
            return;
        }
        if doing.get() != Doing::Nothing {
            doing.set(Doing::AskingAndMoreCame);
            return;
        }
        let (doing, refresh) = (doing.clone(), refresh.clone());
        spawn_local(async move {
            loop {
                doing.set(Doing::Asking);
                if let Err(code) = refresh().await {
                    failed(code);
                }
                // A refusal is a change of the trail: whoever asks again for it never stops.
                if doing.get() == Doing::Asking || with(|hub| hub.ended) {
                    break;
                }
            }
            doing.set(Doing::Nothing);
        });
    });
    with(|hub| hub.listeners.push(listener));
}

/// A panel could not be brought up to date.
fn failed(code: Code) {
    match code {
        Code::Unauthenticated => end(Liveness::SignedOut),
        Code::Forbidden => end(Liveness::Refused),
        // The greeting of a new stream lets everybody ask again, after a pause.
        _ => {
            let liveness = with(|hub| hub.liveness.clone());
            if liveness.get_untracked() == Liveness::Live {
                liveness.set(Liveness::Reconnecting);
            }
            reopen();
        }
    }
}

/// The page says why nothing more will come, and asks nothing more.
fn end(why: Liveness) {
    let (source, liveness) = with(|hub| {
        hub.ended = true;
        (hub.source.take(), hub.liveness.clone())
    });
    if let Some(source) = source {
        source.close();
    }
    liveness.set(why);
}

fn tell(change: Option<&Change>) {
    // Out of the borrow before anybody is called.
    for listener in with(|hub| hub.listeners.clone()) {
        listener(change);
    }
}

fn hear() {
    let liveness = with(|hub| {
        hub.heard = passed();
        hub.tries = 0;
        hub.liveness.clone()
    });
    let known = liveness.get_untracked();
    if known != Liveness::Live && !known.is_over() {
        liveness.set(Liveness::Live);
    }
}

fn open() {
    if with(|hub| hub.ended || hub.source.is_some()) {
        return;
    }
    let Ok(source) = EventSource::new("/live") else {
        plan();
        return;
    };
    on(&source, "hello", |_| {
        hear();
        tell(None);
    });
    on(&source, "beat", |_| hear());
    on(&source, "change", |message| {
        hear();
        let change = message.data().as_string().and_then(|text| carried::unpack::<Change>(&text));
        // What cannot be read may concern anybody.
        tell(change.as_ref());
    });
    let failed = source.clone();
    on(&source, "error", move |_| {
        let liveness = with(|hub| hub.liveness.clone());
        if liveness.get_untracked() == Liveness::Live {
            liveness.set(Liveness::Reconnecting);
        }
        if failed.ready_state() == EventSource::CLOSED {
            with(|hub| hub.source = None);
            // The browser does not say why: it may be that nobody is signed in any more, or that there are too many.
            spawn_local(async {
                match ask::data::<Me>(endpoints::ME.path).await {
                    Err(Code::Unauthenticated) => end(Liveness::SignedOut),
                    _ => plan(),
                }
            });
        }
    });
    with(|hub| {
        hub.opened = passed();
        hub.source = Some(source);
    });
}

/// Hands a kind of message to a function for as long as the stream lives.
fn on(source: &EventSource, kind: &str, act: impl FnMut(MessageEvent) + 'static) {
    let act = Closure::<dyn FnMut(MessageEvent)>::new(act);
    // It only fails for a listener that is no function.
    let _ = source.add_event_listener_with_callback(kind, act.as_ref().unchecked_ref());
    // The stream is as old as the page: nothing to free before the page goes.
    act.forget();
}

fn reopen() {
    if let Some(source) = with(|hub| hub.source.take()) {
        source.close();
    }
    plan();
}

/// Opens again after a pause that grows with each try: 1, 2, 4, … seconds.
fn plan() {
    let wait = with(|hub| {
        if hub.planned || hub.ended {
            return None;
        }
        hub.planned = true;
        let wait = (1_000_u64 << hub.tries.min(4)).min(LONGEST);
        hub.tries += 1;
        Some(Duration::from_millis(wait))
    });
    if let Some(wait) = wait {
        set_timeout(
            || {
                with(|hub| hub.planned = false);
                open();
            },
            wait,
        );
    }
}
