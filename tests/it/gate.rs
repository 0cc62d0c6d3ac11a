//! Gates: each adapter against the load balancer that it speaks with, or what stands for it.

mod elb;
mod haproxy;
