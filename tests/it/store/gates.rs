//! Load balancers, and holds on their gates: what there was is kept, and of two at one gate only one writes on what it saw.

use quell_core::ports::{Bookkeeping as _, Reads as _, Thing};
use quell_domain::{
    action::{Action, ActionRequest},
    changeset::Op,
    gate::{
        AllowList, BackEnd, Balancer, BalancerAccess, BalancerFacts, Former, GateChange, GateWhat, Hold, HoldState,
        How, Probe, Proof, Route, Rules,
    },
    ids::{BalancerId, GateKey, RequestId},
    incident::Incident,
};

use super::{
    backend::on_both,
    world::{NOW, World, change, incident, request},
};

pub fn balancer(name: &str) -> Balancer {
    Balancer {
        id: BalancerId::new(quell_core::ids::mint()),
        name: name.to_owned(),
        access: BalancerAccess::Haproxy {
            socket: "/run/haproxy/quell.sock".to_owned(),
            master: false,
            routes: vec![Route {
                frontend: "shop".to_owned(),
                map: "/etc/haproxy/quell/shop.map".to_owned(),
                backends: vec!["shop_be".to_owned()],
                on: "203.0.113.5:80".parse().ok(),
            }],
        },
        facts: None,
        trouble: None,
        created_at: NOW,
        removed_at: None,
    }
}

fn back_end() -> BackEnd {
    BackEnd {
        pool: "shop_be".to_owned(),
        id: "web".to_owned(),
        name: "web".to_owned(),
        address: "10.0.0.5".to_owned(),
        port: 8080,
        weight: 7,
        own: true,
    }
}

fn gate_request(world: &World, balancer: &Balancer, key: &str) -> ActionRequest {
    let allow = AllowList::parse("203.0.113.7").expect("a list");
    let change = GateChange {
        balancer: balancer.id.clone(),
        balancer_name: balancer.name.clone(),
        gate: GateKey::new(key),
        gate_name: key.to_owned(),
        what: GateWhat::Restrict { allow, cut: true },
        expected: Rules::open(),
        back_ends: vec![back_end()],
    };
    let mut asked = request(&world.incident, &world.person, 'a');
    asked.action = Action::RestrictGate;
    asked.parameters.gate = Some(Box::new(change));
    asked.digest = asked.signed_facts();
    asked
}

fn hold(request: &ActionRequest, incident: &Incident) -> Hold {
    let change = request.gate().expect("a gate");
    let none = || Probe::none("gates.outside is not set.");
    Hold {
        request: request.id.clone(),
        incident: incident.id.clone(),
        balancer: change.balancer.clone(),
        gate: change.gate.clone(),
        place: change.place(),
        how: How::List,
        allow: change.allow().cloned(),
        former: Former { rules: Rules::open(), back_ends: vec![back_end()] },
        cut: None,
        proof: Proof { read_back: None, outside: none(), inside: none() },
        state: HoldState::Taking,
        was: None,
        since: NOW,
        unknown: None,
        ended_at: None,
        looked_at: None,
        version: 0,
    }
}

fn expect(balancer: &Balancer, key: &str, holds: &[(&RequestId, i64)]) -> Op {
    let holds = holds.iter().map(|(id, version)| ((*id).clone(), *version)).collect();
    Op::ExpectHolds { balancer: balancer.id.clone(), gate: GateKey::new(key), holds }
}

on_both! {
    a_load_balancer_is_kept_reached_anew_and_removed(backend) {
        let edge = balancer("Edge");
        backend.done(change(Op::AddBalancer(edge.clone()))).await;
        backend.done(change(Op::AddBalancer(balancer("another")))).await;
        backend.duplicates(change(Op::AddBalancer(balancer("edge"))), Thing::Balancer).await;
        let names: Vec<String> = backend.store.balancers().await.unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["another", "Edge"]);

        let facts = BalancerFacts {
            version: "HAProxy 2.6".to_owned(),
            gates: vec!["shop".to_owned()],
            warnings: vec!["a \0 warning".to_owned()],
            checked_at: NOW,
        };
        let set = |facts: Option<BalancerFacts>, trouble: Option<&str>| Op::SetBalancerFacts {
            balancer: edge.id.clone(), facts, trouble: trouble.map(ToOwned::to_owned),
        };
        backend.done(change(set(Some(facts.clone()), None))).await;
        backend.done(change(set(None, Some("cannot be reached")))).await;
        let found = backend.store.balancer(&edge.id).await.unwrap().unwrap();
        assert_eq!((found.facts, found.trouble.as_deref()), (Some(facts), Some("cannot be reached")), "of the last good one");

        let way = |socket: &str| BalancerAccess::Haproxy { socket: socket.to_owned(), master: true, routes: Vec::new() };
        let other = Op::SetBalancerAccess { balancer: edge.id.clone(), before: way("/x"), access: way("/y") };
        backend.conflicts(change(other), Thing::Balancer).await;
        let other = Op::SetBalancerAccess { balancer: edge.id.clone(), before: edge.access.clone(), access: way("/y") };
        backend.done(change(other)).await;
        assert_eq!(backend.store.balancer(&edge.id).await.unwrap().unwrap().access, way("/y"));
        backend.done(change(Op::RemoveBalancer(edge.id.clone(), NOW))).await;
        backend.conflicts(change(Op::RemoveBalancer(edge.id.clone(), NOW)), Thing::Balancer).await;
        assert_eq!(backend.store.balancers().await.unwrap().len(), 1);
        backend.done(change(Op::AddBalancer(balancer("edge")))).await;
    }

    requests_for_several_gates_of_one_container_do_not_meet(backend) {
        let world = World::new(backend).await;
        let edge = balancer("edge");
        backend.done(change(Op::AddBalancer(edge.clone()))).await;
        let (shop, api) = (gate_request(&world, &edge, "shop"), gate_request(&world, &edge, "api"));
        backend.done(change(Op::AddRequest(shop.clone()))).await;
        backend.done(change(Op::AddRequest(api.clone()))).await;
        backend.duplicates(change(Op::AddRequest(gate_request(&world, &edge, "api"))), Thing::ActionRequest).await;
        let open = async |gate: Option<(&BalancerId, &GateKey)>| {
            let (node, container) = (&world.node.id, &shop.facts.container);
            backend.store.open_request(node, container, Action::RestrictGate, gate).await.unwrap()
        };
        assert_eq!(open(Some((&edge.id, &GateKey::new("shop")))).await, Some(shop.clone()), "with what is wanted of it");
        assert_eq!(open(None).await, None);
    }

    a_hold_keeps_what_there_was_and_is_written_on_what_was_seen(backend) {
        let world = World::new(backend).await;
        let edge = balancer("edge");
        backend.done(change(Op::AddBalancer(edge.clone()))).await;
        let other = incident(&world.node.id, 'b');
        backend.done(change(Op::AddIncident(other.clone()))).await;
        let first = gate_request(&world, &edge, "shop");
        backend.done(change(Op::AddRequest(first.clone()))).await;
        let taken = hold(&first, &world.incident);
        backend.done(change(expect(&edge, "shop", &[])).with(Op::AddHold(taken.clone()))).await;
        backend.duplicates(change(Op::AddHold(taken.clone())), Thing::Hold).await;
        assert_eq!(backend.store.hold(&first.id).await.unwrap(), Some(taken.clone()));
        assert!(backend.store.is_held(&edge.id).await.unwrap());
        backend.conflicts(change(Op::RemoveBalancer(edge.id.clone(), NOW)), Thing::Balancer).await;

        // Whoever saw something else writes nothing.
        backend.conflicts(change(expect(&edge, "shop", &[])), Thing::Hold).await;
        backend.conflicts(change(expect(&edge, "shop", &[(&first.id, 1)])), Thing::Hold).await;
        backend.done(change(expect(&edge, "shop", &[(&first.id, 0)]))).await;
        backend.done(change(expect(&edge, "api", &[]))).await;

        let held = taken.to(HoldState::Held, NOW);
        backend.done(change(Op::SetHold(held.clone()))).await;
        backend.conflicts(change(Op::SetHold(held.clone())), Thing::Hold).await;
        let read = backend.store.hold(&first.id).await.unwrap().unwrap();
        assert_eq!((read.state, read.version, &read.former), (HoldState::Held, 1, &taken.former));

        // What is watched: held, of open incidents, not looked at since.
        let looks = async |at: i64, ahead: i64| {
            backend.store.holds_to_look_at(NOW.plus(at), NOW.plus(ahead), 10).await.unwrap().len()
        };
        let due = async |at: i64| looks(at, 1_000).await;
        assert_eq!(due(0).await, 1);
        backend.store.gate_looked(&first.id, NOW.plus(5)).await.unwrap();
        assert_eq!((due(4).await, due(5).await), (0, 1));
        assert_eq!(looks(0, 4).await, 1, "the clock was set back since");
        assert_eq!(backend.store.hold(&first.id).await.unwrap().unwrap().looked_at, Some(NOW.plus(5)));
        backend.done(change(expect(&edge, "shop", &[(&first.id, 1)]))).await;
        let open = async || backend.store.open_holds_at(&edge.id, &GateKey::new("shop")).await.unwrap().len();
        assert_eq!(open().await, 1);

        let read = backend.store.hold(&first.id).await.unwrap().unwrap();
        backend.done(change(Op::SetHold(read.to(HoldState::Released, NOW.plus(9))))).await;
        assert!(!backend.store.is_held(&edge.id).await.unwrap());
        backend.done(change(expect(&edge, "shop", &[]))).await;
        assert_eq!(open().await, 0);
        let past = backend.store.holds_at(&edge.id, &GateKey::new("shop"), 10).await.unwrap();
        assert_eq!((past.len(), past[0].ended_at), (1, Some(NOW.plus(9))));
        assert_eq!(backend.store.holds_of(&world.incident.id).await.unwrap().len(), 1);
        assert_eq!(backend.store.holds_of(&other.id).await.unwrap().len(), 0);
        assert_eq!((due(100).await, backend.store.holds_at(&edge.id, &GateKey::new("\0"), 1).await.unwrap().len()), (0, 0));
        backend.done(change(Op::RemoveBalancer(edge.id.clone(), NOW))).await;
    }
}
