//! Small parts that pages and islands are made of. They show what they are given, and know no rules.

pub mod chips;
pub mod forms;
pub mod hostile;
pub mod icon;
pub mod moment;
#[cfg(feature = "ssr")]
pub mod picture;
#[cfg(feature = "ssr")]
pub mod qr;
pub mod text_area;

pub use chips::{action_icon, avatar, outcome_chip, severity, state, step_bar, unknown};
pub use forms::{hidden, post_button, why_not};
pub use hostile::{hostile, hostile_line, hostile_lines, hostile_words};
pub use icon::{icon, icon_large, icon_small};
pub use moment::{moment, target};
