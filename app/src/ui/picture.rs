//! The picture of an incident as SVG, drawn on the server, and the same as a list in words. Both are made of one
//! [`Picture`]. Lines tell their state by their kind, their mark and a word, never by colour alone.

use leptos::{either::Either, prelude::*};
use quell_domain::{
    picture::{
        Destination, GateSeen, Picture, Process, Way, WayState,
        sketch::{self, Branch, Face, Frame, Line, Part, Sketch, Text},
    },
    text::count,
};

use super::{
    hostile::{drawn, known},
    hostile_line, hostile_words,
    moment::long_moment,
};

/// The card. `more` stands beside its heading.
pub fn picture(picture: &Picture, more: AnyView) -> impl IntoView + use<> {
    // Every child has an id, so that what a reader unfolded stays so when something else in it changes.
    view! {
        <section class="card pict" id="picture" data-live="picture" aria-labelledby="h-pi">
            <header id="pi-h"><h2 id="h-pi">"What gets through"</h2><span class="sp"></span>{more}</header>
            <div class="bd" id="pi-d">
                {svg(&sketch::across(picture), "across")}
                {svg(&sketch::down(picture), "down")}
            </div>
            <details class="bd" id="pi-t">
                <summary class="sm">"The same in words"</summary>
                {words(picture)}
            </details>
        </section>
    }
}

fn svg(sketch: &Sketch, class: &'static str) -> impl IntoView + use<> {
    let view_box = format!("0 0 {} {}", sketch.width, sketch.height);
    let frames = sketch.frames.iter().map(frame).collect::<Vec<_>>();
    let branches = sketch.branches.iter().map(branch).collect::<Vec<_>>();
    let lines = sketch.lines.iter().map(line).collect::<Vec<_>>();
    let texts = sketch.texts.iter().map(text).collect::<Vec<_>>();
    view! {
        <svg class=class viewBox=view_box role="img" aria-labelledby="h-pi" aria-describedby="pi-w">
            {frames}{branches}{lines}{texts}
        </svg>
    }
}

fn frame(frame: &Frame) -> impl IntoView + use<> {
    let class = match (frame.part, frame.held) {
        (Part::Node, _) => "nd",
        (_, Some(held)) => held.word(),
        (_, None) => "bx",
    };
    view! { <rect class=class x=frame.x y=frame.y width=frame.w height=frame.h rx="6"></rect> }
}

fn branch(branch: &Branch) -> impl IntoView + use<> {
    let (from, to) = (branch.from, branch.to);
    view! { <path class="br-l" d=format!("M{} {}V{}H{}", from.0, from.1, to.1, to.0)></path> }
}

/// The line, and its mark: an arrow, a double bar, a ring or a question mark.
fn line(line: &Line) -> impl IntoView + use<> {
    let ((x1, y1), (x2, y2)) = (line.from, line.to);
    let (x, y) = ((x1 + x2) / 2, (y1 + y2) / 2);
    let level = y1 == y2;
    let mark = match (line.state, level) {
        (WayState::Open | WayState::Listed, true) => format!("M{} {}l7 5l-7 5", x2 - 8, y2 - 5),
        (WayState::Open | WayState::Listed, false) => format!("M{} {}l5 7l5-7", x2 - 5, y2 - 8),
        (WayState::Cut, true) => format!("M{} {}v16M{} {}v16", x - 3, y - 8, x + 3, y - 8),
        (WayState::Cut, false) => format!("M{} {}h16M{} {}h16", x - 8, y - 3, x - 8, y + 3),
        (WayState::Past, _) => format!("M{} {y}a4 4 0 1 0 8 0a4 4 0 1 0-8 0", x - 4),
        (WayState::Unknown, _) => format!(
            "M{} {y}a8 8 0 1 0 16 0a8 8 0 1 0-16 0M{} {}a2.5 2.5 0 1 1 3.7 2.2q-1.2.7-1.2 1.8M{x} {}v.6",
            x - 8,
            x - 3,
            y - 2,
            y + 4
        ),
    };
    let class = format!("way {}", line.state.word());
    let mark_class = format!("mk-w {}", line.state.word());
    view! { <path class=class d=format!("M{x1} {y1}L{x2} {y2}")></path><path class=mark_class d=mark></path> }
}

fn text(text: &Text) -> impl IntoView + use<> {
    let class = match text.face {
        Face::Cap => "cp".to_owned(),
        Face::Name => "mono nm".to_owned(),
        Face::Plain => "mono".to_owned(),
        Face::Above(state) => format!("wd mid {}", state.word()),
        Face::Beside(state) => format!("wd {}", state.word()),
    };
    view! { <text class=class x=text.x y=text.y>{drawn(&text.text)}</text> }
}

/// The same in words, from the source to the destinations.
fn words(picture: &Picture) -> impl IntoView + use<> {
    let sources = picture.sources.iter().map(|name| view! { <li>{hostile_line(name)}</li> }).collect::<Vec<_>>();
    let no_source = sources.is_empty().then_some("Whoever connects: no alarm names a client.");
    let other_gates = picture.other_gates().map(|words| view! { <li>{words}</li> });
    let no_process = picture.processes.is_empty().then_some(" No alarm names a process.");
    let node = known(&picture.node, "not known");
    let id = (!picture.id.is_empty()).then(|| view! { " (id "<span class="mono">{picture.id.clone()}</span>")" });
    let looked_at = (i64::try_from(picture.alarms.0).unwrap_or(i64::MAX) < picture.alarms.1).then(|| {
        view! { <li>{format!("Made from the newest {} of {}.", picture.alarms.0, count(picture.alarms.1, "alarm"))}</li> }
    });
    view! {
        <ol class="pi-w" id="pi-w">
            <li><b>"Source"</b>" "{no_source}<ul>{sources}{more(picture.more_sources)}</ul></li>
            <li>"From there to the gate: "{way(&picture.inbound)}</li>
            <li>
                <b>"Gate"</b>
                <ul>{picture.gates.iter().map(gate).collect::<Vec<_>>()}{more(picture.more_gates)}{other_gates}</ul>
            </li>
            <li>"From there to the container: "{way(&picture.passed_on)}</li>
            <li><b>"Node"</b>" "{node}</li>
            <li>
                <b>"Container"</b>" "{known(&picture.container, "not known")}{id}": "{picture.standing.clone()}"."{no_process}
                <ul>{picture.processes.iter().map(process).collect::<Vec<_>>()}{more(picture.more_processes)}</ul>
            </li>
            <li>
                <b>"Destination"</b>
                <ul>{picture.destinations.iter().map(destination).collect::<Vec<_>>()}{more(picture.more_destinations)}</ul>
            </li>
            {looked_at}
        </ol>
    }
}

fn way(way: &Way) -> impl IntoView + use<> {
    view! { <b class=format!("wd {}", way.state.word())>{way.state.label()}</b>". "{way.words.clone()} }
}

fn gate(gate: &GateSeen) -> impl IntoView + use<> {
    view! { <li>{hostile_line(&gate.name)}": "{gate.standing.label()}". "{gate.way().words}</li> }
}

fn process(process: &Process) -> impl IntoView + use<> {
    let depth = (process.depth > 0).then(|| format!("level {}, ", process.depth + 1));
    let command = (!process.command.is_empty()).then(|| view! { ": "{hostile_words(&process.command)} });
    let why = if process.accused { " (an alarm is about it)" } else { " (named as an ancestor)" };
    view! { <li>{depth}{hostile_line(&process.name)}{why}{command}</li> }
}

fn destination(destination: &Destination) -> impl IntoView + use<> {
    let name = if destination.name.is_empty() {
        Either::Left("Anywhere; none was reported")
    } else {
        Either::Right(hostile_line(&destination.name))
    };
    let by = (!destination.process.is_empty()).then(|| view! { ", by "{hostile_line(&destination.process)} });
    let seen = destination.last_at.map(|at| view! { ", seen "{long_moment(at)}" UTC" });
    view! { <li>{name}{by}{seen}": "{way(&destination.way)}</li> }
}

fn more(count: usize) -> impl IntoView + use<> {
    (count > 0).then(|| view! { <li>{format!("and {count} more")}</li> })
}
