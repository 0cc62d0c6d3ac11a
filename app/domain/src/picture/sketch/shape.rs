//! What a sketch is made of.

use crate::picture::WayState;

crate::words! {
    /// What a box is.
    Part {
        /// Who connects.
        Source = "source", "Source";
        /// What lets them in.
        Gate = "gate", "Gate";
        /// The machine.
        Node = "node", "Node";
        /// The container on it.
        Container = "container", "Container";
        /// What it connects to.
        Destination = "destination", "Destination";
    }
}

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Our words, smaller than the rest.
    Cap,
    /// A name that stands out, in the typewriter face; attacker text.
    Name,
    /// Another name, in the typewriter face; attacker text.
    Plain,
    /// The word of a way, in the middle above its line.
    Above(WayState),
    /// The word of a way, beside its line.
    Beside(WayState),
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub part: Part,
    /// For a container, whether something holds it.
    pub held: Option<WayState>,
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub w: i32,
    /// Height.
    pub h: i32,
}

/// A line of text; `y` is where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Left edge, or the middle of a word above a line.
    pub x: i32,
    /// Base line.
    pub y: i32,
    /// How it is set.
    pub face: Face,
    /// What it says, already cut to its room.
    pub text: String,
}

/// A way: a straight line to the right or down, with its mark at the end or in the middle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it is drawn.
    pub state: WayState,
    /// Where it begins.
    pub from: (i32, i32),
    /// Where it leads.
    pub to: (i32, i32),
}

/// A thin line without meaning of its own: down, then to the right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Where it begins.
    pub from: (i32, i32),
    /// Where it ends.
    pub to: (i32, i32),
}

/// All of it, in the order in which it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
    /// Boxes, outer ones first.
    pub frames: Vec<Frame>,
    /// Thin lines.
    pub branches: Vec<Branch>,
    /// Ways.
    pub lines: Vec<Line>,
    /// Texts.
    pub texts: Vec<Text>,
}
