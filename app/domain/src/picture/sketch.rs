//! Where everything stands in the picture: boxes, lines and texts in the units of a drawing whose text is 12 high. The same
//! picture always gives the same sketch. One runs [`across`], for where there is room, and one [`down`], for a phone.

mod shape;

pub use self::shape::{Branch, Face, Frame, Line, Part, Sketch, Text};
use super::{Destination, Picture, Process, Way};
use crate::text::{fit, lines, visible};

/// Width of the one that runs across.
pub const WIDE: i32 = 640;
/// Width of the one that runs down.
pub const NARROW: i32 = 320;

/// From one line of text to the next.
const LINE: i32 = 16;
/// Between a box and its text.
const PAD: i32 = 9;
/// A character of the typewriter face, in hundredths.
const CELL: i32 = 730;
/// Height of the node's own line above its container.
const HEAD: i32 = 28;
/// From a process to the next.
const ROW: i32 = 20;
/// How far a process stands in behind its parent.
const STEP: i32 = 12;

/// From left to right: sources above gates, the node with its container, destinations.
#[must_use]
pub fn across(picture: &Picture) -> Sketch {
    let mut sketch = Sketch::new(WIDE);
    let (left, middle, right) = ((1, 146), (222, 202), (487, 152));
    let below_source = sketch.boxed(Part::Source, left.0, 1, left.1, &sources(picture));
    let gate_top = below_source + 46;
    let below_gate = sketch.boxed(Part::Gate, left.0, gate_top, left.1, &gates(picture));
    let in_column = left.0 + left.1 / 2;
    sketch.way(&picture.inbound, (in_column, below_source), (in_column, gate_top));
    let mut y = 1;
    let mut arrivals = Vec::new();
    let mut leave = |sketch: &mut Sketch, texts: &[(Face, String)]| {
        let bottom = sketch.boxed(Part::Destination, right.0, y, right.1, texts);
        arrivals.push((y + bottom) / 2);
        y = bottom + 12;
        bottom
    };
    let mut lowest = below_gate;
    for destination in &picture.destinations {
        lowest = lowest.max(leave(&mut sketch, &destination_texts(destination)));
    }
    if let Some(more) = more(picture.more_destinations) {
        lowest = lowest.max(leave(&mut sketch, &[(Face::Cap, more)]));
    }
    let bottom = sketch.node(picture, middle.0, 1, middle.1, lowest);
    let gate_middle = (gate_top + below_gate) / 2;
    sketch.way(&picture.passed_on, (left.0 + left.1, gate_middle), (middle.0, gate_middle));
    for (destination, arrival) in picture.destinations.iter().zip(arrivals) {
        sketch.way(&destination.way, (middle.0 + middle.1, arrival), (right.0, arrival));
    }
    sketch.height = bottom + 1;
    sketch
}

/// From top to bottom, each as wide as a phone.
#[must_use]
pub fn down(picture: &Picture) -> Sketch {
    let mut sketch = Sketch::new(NARROW);
    let (x, w) = (1, NARROW - 2);
    let middle = NARROW / 2;
    let below_source = sketch.boxed(Part::Source, x, 1, w, &sources(picture));
    let gate_top = below_source + 42;
    let below_gate = sketch.boxed(Part::Gate, x, gate_top, w, &gates(picture));
    sketch.way(&picture.inbound, (middle, below_source), (middle, gate_top));
    let node_top = below_gate + 42;
    sketch.way(&picture.passed_on, (middle, below_gate), (middle, node_top));
    let below_node = sketch.node(picture, x, node_top, w, 0);
    let (trunk, left) = (x + 20, x + 100);
    let mut y = below_node + 20;
    let mut last = y;
    let mut leave = |sketch: &mut Sketch, texts: &[(Face, String)]| {
        let bottom = sketch.boxed(Part::Destination, left, y, w + x - left, texts);
        let arrival = (y + bottom) / 2;
        y = bottom + 12;
        (arrival, bottom)
    };
    let mut bottom = below_node;
    for destination in &picture.destinations {
        let (arrival, below) = leave(&mut sketch, &destination_texts(destination));
        sketch.way(&destination.way, (trunk, arrival), (left, arrival));
        (last, bottom) = (arrival, below);
    }
    if let Some(more) = more(picture.more_destinations) {
        (_, bottom) = leave(&mut sketch, &[(Face::Cap, more)]);
    }
    sketch.branches.push(Branch { from: (trunk, below_node), to: (trunk, last) });
    sketch.height = bottom + 1;
    sketch
}

impl Sketch {
    fn new(width: i32) -> Self {
        Self { width, height: 0, frames: Vec::new(), branches: Vec::new(), lines: Vec::new(), texts: Vec::new() }
    }

    /// A box with its caption and texts; says where it ends.
    fn boxed(&mut self, part: Part, x: i32, y: i32, w: i32, texts: &[(Face, String)]) -> i32 {
        let at = self.frames.len();
        self.frames.push(Frame { part, held: None, x, y, w, h: 0 });
        self.text(x + PAD, y + LINE + 2, Face::Cap, part.label().to_owned());
        let below = self.write(x + PAD, y + LINE + 2, w - 2 * PAD, texts);
        self.frames[at].h = below + PAD - y;
        below + PAD
    }

    /// Lines of text below a base line, a long one on two; says where the last one stands.
    fn write(&mut self, x: i32, mut y: i32, w: i32, texts: &[(Face, String)]) -> i32 {
        for (face, text) in texts {
            for line in lines(&visible(text), cells(w), 2) {
                y += LINE;
                self.text(x, y, *face, line);
            }
        }
        y
    }

    fn text(&mut self, x: i32, y: i32, face: Face, text: String) {
        self.texts.push(Text { x, y, face, text });
    }

    /// A way with its word.
    fn way(&mut self, way: &Way, from: (i32, i32), to: (i32, i32)) {
        let word = way.state.label().to_owned();
        let middle = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
        if from.0 == to.0 {
            self.text(middle.0 + 14, middle.1 + 4, Face::Beside(way.state), word);
        } else {
            self.text(middle.0, middle.1 - 12, Face::Above(way.state), word);
        }
        self.lines.push(Line { state: way.state, from, to });
    }

    /// The node, its container and that one's processes, down to `lowest` at least; says where it ends.
    fn node(&mut self, picture: &Picture, x: i32, y: i32, w: i32, lowest: i32) -> i32 {
        let at = self.frames.len();
        let (inner, room) = (x + 8, w - 16);
        self.frames.push(Frame { part: Part::Node, held: None, x, y, w, h: 0 });
        self.frames.push(Frame {
            part: Part::Container,
            held: Some(picture.held),
            x: inner,
            y: y + HEAD,
            w: room,
            h: 0,
        });
        self.text(x + PAD, y + LINE + 2, Face::Cap, Part::Node.label().to_owned());
        let name = fit(&visible(or(&picture.node, "not known")), cells(w - 2 * PAD - 36));
        self.text(x + PAD + 36, y + LINE + 2, Face::Name, name);
        let mut texts = vec![(Face::Name, or(&picture.container, "not known").to_owned())];
        if !picture.id.is_empty() {
            texts.push((Face::Plain, format!("id {}", picture.id)));
        }
        texts.push((Face::Cap, picture.standing.clone()));
        let top = y + HEAD + LINE + 2;
        self.text(inner + PAD, top, Face::Cap, Part::Container.label().to_owned());
        let mut below = self.write(inner + PAD, top, room - 2 * PAD, &texts);
        below = self.processes(&picture.processes, inner + PAD, below + 6, room - 2 * PAD);
        if let Some(more) = more(picture.more_processes) {
            below += LINE;
            self.text(inner + PAD, below, Face::Cap, more);
        }
        let bottom = (below + PAD + 8).max(lowest);
        self.frames[at].h = bottom - y;
        self.frames[at + 1].h = bottom - 8 - (y + HEAD);
        bottom
    }

    /// Each below and behind the one that started it; says where the last one stands.
    fn processes(&mut self, processes: &[Process], x: i32, mut y: i32, w: i32) -> i32 {
        // Where the newest process of each depth stands.
        let mut above: Vec<(i32, i32)> = Vec::new();
        for process in processes {
            y += ROW;
            let depth = i32::try_from(process.depth).unwrap_or(0);
            let from = x + depth * STEP;
            above.truncate(process.depth);
            if let Some(parent) = above.last() {
                self.branches.push(Branch { from: (parent.0 + 4, parent.1 + 5), to: (from - 2, y - 4) });
            }
            above.push((from, y));
            let face = if process.accused { Face::Name } else { Face::Plain };
            let name = fit(&visible(&process.name), cells(w - depth * STEP));
            self.text(from, y, face, name);
        }
        y
    }
}

/// Characters that fit.
fn cells(width: i32) -> usize {
    usize::try_from(width * 100 / CELL).unwrap_or(0)
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

fn more(count: usize) -> Option<String> {
    (count > 0).then(|| format!("and {count} more"))
}

fn sources(picture: &Picture) -> Vec<(Face, String)> {
    let mut texts: Vec<_> = picture.sources.iter().map(|name| (Face::Name, name.clone())).collect();
    if texts.is_empty() {
        texts.push((Face::Cap, "whoever connects".to_owned()));
    }
    texts.extend(more(picture.more_sources).map(|more| (Face::Cap, more)));
    texts
}

fn gates(picture: &Picture) -> Vec<(Face, String)> {
    let mut texts = Vec::new();
    for gate in &picture.gates {
        texts.push((Face::Name, gate.name.clone()));
        texts.push((Face::Cap, gate.standing.label().to_owned()));
    }
    texts.extend(more(picture.more_gates).map(|more| (Face::Cap, more)));
    texts.extend(picture.other_gates().map(|words| (Face::Cap, words)));
    texts
}

fn destination_texts(destination: &Destination) -> Vec<(Face, String)> {
    if destination.name.is_empty() {
        return vec![(Face::Cap, "none was reported".to_owned())];
    }
    let mut texts = vec![(Face::Name, destination.name.clone())];
    if let Some(at) = destination.last_at {
        texts.push((Face::Cap, format!("seen {}", at.clock())));
    }
    texts
}
