//! Gates, the whole way: a person asks, another agrees, a real HAProxy or the simulated cloud is changed, proved and put back,
//! with real clients before it and a real container behind it.

pub(crate) mod cloud;
mod cut;
mod lost;
mod refused;
mod round_trip;
mod shared;
pub(crate) mod stage;
mod wider;
