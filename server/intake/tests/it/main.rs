//! Deliveries as a whole: formats, traps and hostile bodies.

mod bodies;
mod falco;
mod hostile;
mod quell;
mod samples;
mod support;
