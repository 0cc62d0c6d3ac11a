//! The command line, run as an operator would run it.

mod audit;
mod config;
mod people;
