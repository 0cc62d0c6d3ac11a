//! The load balancer's interface, version 2: it knows shared load balancers only. Answers carry no page and no request
//! id.

pub mod lists;
pub mod whitelists;
