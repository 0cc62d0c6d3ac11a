//! The load balancer's interface, version 3: for dedicated and shared load balancers.
//!
//! One file for each kind of object; the table of paths is in [`apis`](crate::apis).

pub mod access;
pub mod entries;
pub mod ipgroups;
pub mod listeners;
pub mod loadbalancers;
pub mod members;
pub mod pools;
pub mod quotas;
