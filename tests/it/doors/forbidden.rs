//! People who ask for what they may not: told, without letting them fill the trail.

use quell_core::grant::may::{ManageNodes, ManagePeople};
use quell_domain::{Code, policy::Role};

use super::{House, add, session, told};
use crate::store::backend::on_both;

on_both! {
    being_refused_is_told_once_and_then_seldom(backend) {
        let house = House::on(backend);
        let (ann, bob) = (add(backend, "ann", &[Role::Analyst]).await, add(backend, "bob", &[Role::Analyst]).await);
        for _ in 0..100 {
            let refused = house.portal.authorise::<ManagePeople>(&session(&ann)).await;
            assert_eq!(refused.unwrap_err().code, Code::Forbidden);
        }
        let entries = told(backend, "permission.denied").await;
        assert_eq!(entries.len(), 7, "1, 2, 4, 8, 16, 32 and 64");
        let last = &entries[6];
        assert!(last.contains(ann.0.id.as_str()) && last.contains("\"times\":64"), "{last}");
        assert!(entries.iter().all(|entry| entry.contains("\"outcome\":\"denied\"")));
        // Neither other permissions nor other people hide behind it.
        assert!(house.portal.authorise::<ManageNodes>(&session(&ann)).await.is_err());
        assert!(house.portal.authorise::<ManagePeople>(&session(&bob)).await.is_err());
        assert_eq!(told(backend, "permission.denied").await.len(), 9);
    }
}
