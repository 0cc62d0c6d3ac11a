//! What detectors post, through the real portal: every way to send, what is refused, and how it is shown.

mod delivery;
mod hostile;
mod samples;
