//! The set-up link, tried by strangers: nothing dear is done for them, and it is told.

use std::sync::atomic::Ordering;

use quell_domain::{Code, time::HOUR};

use super::{House, told};
use crate::store::backend::on_both;

on_both! {
    strangers_cost_no_hash(backend) {
        let house = House::on(backend);
        let token = house.portal.offer_setup().await.unwrap().expect("a link");
        let redeem = async |token: &str, address: &str| {
            let password = "a few random words".to_owned().into();
            house.portal.setup(token, "root", "Root", password, Some(address.to_owned())).await.map_err(|p| p.code)
        };
        for n in 0..100 {
            let refused = redeem("guessed", "10.0.0.1").await.map(drop);
            assert_eq!(refused, Err(if n < 5 { Code::Conflict } else { Code::Throttled }), "{n}");
        }
        assert_eq!(house.hasher.hashed.load(Ordering::SeqCst), 0, "not for guessed tokens");
        assert_eq!(told(backend, "setup.refused").await.len(), 3, "1, 2 and 4 of 5");
        assert_eq!(told(backend, "session.throttled").await.len(), 7, "1 to 64 of 95");
        // Elsewhere nobody waits for them.
        redeem(&token, "10.0.0.2").await.expect("the first admin");
        assert_eq!(house.hasher.hashed.load(Ordering::SeqCst), 1);
        house.clock.pass(HOUR);
        for _ in 0..100 {
            assert_eq!(redeem(&token, "10.0.0.3").await.map(drop), Err(Code::Conflict));
        }
        assert_eq!(house.hasher.hashed.load(Ordering::SeqCst), 1, "not once there is an admin");
        assert_eq!(told(backend, "setup.refused").await.len(), 3 + 7);
        assert!(backend.snapshot().await["throttle"].len() <= 2, "and nothing is written for them");
    }
}
