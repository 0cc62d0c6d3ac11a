//! Gates: each adapter against the load balancer that it speaks with.

mod haproxy;
