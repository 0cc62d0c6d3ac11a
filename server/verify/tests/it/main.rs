//! The verifier against every kind of tampering, on trails made from the written format.

mod export;
mod rows;
mod support;
