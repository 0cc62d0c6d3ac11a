//! Guessing passwords: at the same time, from many addresses, and what it leaves in the trail.

use futures::future::join_all;
use quell_domain::{
    Code, Problem,
    policy::Role,
    time::{DAY, HOUR, SECOND},
};

use super::{House, add, told};
use crate::store::backend::on_both;

fn code(answer: Result<(), Problem>) -> Option<Code> {
    answer.err().map(|problem| problem.code)
}

on_both! {
    guesses_at_the_same_time_do_not_get_past(backend) {
        let house = House::on(backend);
        add(backend, "ann", &[Role::Analyst]).await;
        for login in ["ann", "nobody"] {
            let before = house.hasher.verified();
            let guess = |n: usize| {
                let portal = house.portal.clone();
                let password = format!("guess {n}");
                // Each name from a place of its own.
                tokio::spawn(async move { portal.sign_in(login, password.into(), Some(format!("{login}.1"))).await })
            };
            let answers = join_all((0..60).map(guess)).await;
            assert_eq!(house.hasher.verified() - before, 5, "{login}");
            let refused = answers.into_iter().filter(|answer| {
                answer.as_ref().unwrap().as_ref().is_err_and(|problem| problem.code == Code::Throttled)
            });
            assert_eq!(refused.count(), 55, "{login}");
        }
        // Waiting opens it for one.
        house.clock.pass(SECOND);
        assert_eq!(code(house.try_in("ann", "wrong", "ann.1").await), Some(Code::Unauthenticated));
        assert_eq!(code(house.try_in("ann", "right", "ann.1").await), Some(Code::Throttled));
        house.clock.pass(HOUR);
        assert_eq!(code(house.try_in("ann", "right", "ann.1").await), None);
    }

    many_addresses_do_not_help_and_do_not_keep_the_owner_out(backend) {
        let house = House::on(backend);
        add(backend, "ann", &[Role::Analyst]).await;
        assert_eq!(code(house.try_in("ann", "right", "10.0.0.1").await), None);
        for login in ["ann", "nobody"] {
            let before = house.hasher.verified();
            for n in 0..300 {
                let address = format!("10.{login}.{}.{}", n % 100, n / 100);
                assert!(house.try_in(login, "wrong", &address).await.is_err());
            }
            assert_eq!(house.hasher.verified() - before, 20, "{login}");
        }
        assert_eq!(code(house.try_in("ann", "right", "172.16.0.1").await), Some(Code::Throttled), "a place nobody knows");
        assert_eq!(code(house.try_in("ann", "right", "10.0.0.1").await), None, "her usual place");
        // Being refused did not count: after the wait, a new place is let in, and then is a usual one.
        house.clock.pass(SECOND);
        assert_eq!(code(house.try_in("ann", "right", "172.16.0.1").await), None);
        house.clock.pass(31 * DAY);
        for n in 0..30 {
            let _ = house.try_in("ann", "wrong", &format!("10.1.1.{n}")).await;
        }
        assert_eq!(code(house.try_in("ann", "right", "10.0.0.1").await), Some(Code::Throttled), "usual no more");
    }

    whoever_knows_the_password_is_not_slowed(backend) {
        let house = House::on(backend);
        for n in 0..40 {
            add(backend, &format!("p{n}"), &[Role::Analyst]).await;
        }
        for n in 0..40 {
            assert_eq!(code(house.try_in(&format!("p{n}"), "right", "10.0.0.1").await), None, "one address for all");
        }
        for _ in 0..40 {
            assert_eq!(code(house.try_in("p1", "right", "10.0.0.1").await), None);
        }
        for _ in 0..4 {
            assert_eq!(code(house.try_in("p1", "wrong", "10.0.0.1").await), Some(Code::Unauthenticated));
        }
        assert_eq!(code(house.try_in("p1", "right", "10.0.0.1").await), None);
        for _ in 0..4 {
            assert_eq!(code(house.try_in("p1", "wrong", "10.0.0.1").await), Some(Code::Unauthenticated), "begun anew");
        }
    }

    being_slowed_down_is_told_without_filling_the_trail(backend) {
        let house = House::on(backend);
        let hostile = format!("<script>\u{202e}{}", "x".repeat(5_000));
        for _ in 0..5 + 100 {
            assert!(house.try_in(&hostile, "wrong", "10.0.0.1").await.is_err());
        }
        let entries = told(backend, "session.throttled").await;
        assert_eq!(entries.len(), 7, "1, 2, 4, 8, 16, 32 and 64");
        assert!(entries[6].contains("\"times\":64") && entries[6].contains("\"address\":\"10.0.0.1\""), "{}", entries[6]);
        assert!(entries[0].contains("\"outcome\":\"denied\"") && entries[0].len() < 500, "{}", entries[0]);
        assert_eq!(told(backend, "session.signed_in").await.len(), 5);
    }

    a_network_that_waits_leaves_no_counts(backend) {
        let house = House::on(backend);
        for n in 0..30 {
            assert_eq!(code(house.try_in(&format!("a{n}"), "wrong", "10.0.0.1").await), Some(Code::Unauthenticated));
        }
        let counts = backend.snapshot().await["throttle"].len();
        for n in 0..200 {
            assert_eq!(code(house.try_in(&format!("b{n}"), "wrong", "10.0.0.1").await), Some(Code::Throttled));
        }
        assert_eq!(backend.snapshot().await["throttle"].len(), counts);
    }

    a_clock_set_back_keeps_nobody_out(backend) {
        let house = House::on(backend);
        add(backend, "ann", &[Role::Analyst]).await;
        for _ in 0..5 {
            assert_eq!(code(house.try_in("ann", "wrong", "10.0.0.1").await), Some(Code::Unauthenticated));
        }
        house.clock.pass(-DAY);
        assert_eq!(code(house.try_in("ann", "wrong", "10.0.0.1").await), Some(Code::Unauthenticated));
        assert_eq!(code(house.try_in("ann", "right", "10.0.0.1").await), Some(Code::Throttled), "counted now");
        house.clock.pass(2 * SECOND);
        assert_eq!(code(house.try_in("ann", "right", "10.0.0.1").await), None);
    }
}
