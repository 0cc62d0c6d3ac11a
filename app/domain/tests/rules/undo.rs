//! Taking triage back.

use quell_domain::{Timestamp, alarm::MappingMethod, ids::PersonId, incident::IncidentState, time::MINUTE};

use super::world::{NOW, incident};

fn at(minutes: i64) -> Timestamp {
    NOW.plus(minutes * MINUTE)
}

#[test]
fn an_acknowledgement_is_taken_back_as_if_nobody_had_looked() {
    let before = incident(MappingMethod::Exact);
    let mut it = before.clone();
    it.acknowledge(at(1)).expect("open");
    it.undo_acknowledge(at(1)).expect("nothing came of it");
    assert_eq!(it, before);
    it.acknowledge(at(2)).expect("it can be acknowledged again");
    assert!(it.undo_acknowledge(at(1)).is_err(), "that is another acknowledgement");
}

#[test]
fn what_has_gone_on_stays_acknowledged() {
    let mut it = incident(MappingMethod::Exact);
    it.acknowledge(at(1)).expect("open");
    it.requested(quell_domain::action::Action::Pause, at(2)).expect("open");
    assert!(it.undo_acknowledge(at(1)).is_err());
    assert_eq!((it.state, it.acknowledged_at), (IncidentState::Containing, Some(at(1))));
}

#[test]
fn the_former_owner_is_back_and_the_first_look_is_undone_with_it() {
    let (ana, ben) = (PersonId::new("ana"), PersonId::new("ben"));
    let before = incident(MappingMethod::Exact);
    let mut it = before.clone();
    it.assign(&ana, at(1)).expect("open");
    let first = it.clone();
    assert_eq!(it.undo_assign((&ana, at(1)), None, true), Ok(false));
    assert_eq!(it, before);

    let mut it = first.clone();
    it.assign(&ben, at(2)).expect("open");
    assert_eq!(it.undo_assign((&ben, at(2)), Some(ana.clone()), true), Ok(false), "the look was an earlier one");
    assert_eq!(it, first);

    let mut it = first;
    assert_eq!(it.undo_assign((&ana, at(1)), None, false), Ok(true), "somebody did something: that look stays");
    assert_eq!((it.owner, it.acknowledged_at), (None, Some(at(1))));
}

#[test]
fn another_owner_since_stays() {
    let (ana, ben) = (PersonId::new("ana"), PersonId::new("ben"));
    let mut it = incident(MappingMethod::Exact);
    it.assign(&ana, at(1)).expect("open");
    it.assign(&ben, at(2)).expect("open");
    assert!(it.undo_assign((&ana, at(1)), None, true).is_err());
    assert_eq!(it.owner, Some(ben));
}
