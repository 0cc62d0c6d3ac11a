//! Load balancers are registered by two admins, as nodes are: what does not answer is not taken, and what is held is not let
//! go of.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use quell_core::{
    grant::may::{ManageGates, ManageNodes},
    ports::{Done, GateError, Gates, Knock, Reads as _},
    usecase::changes::Outcome,
};
use quell_domain::{
    Code, Timestamp,
    change::ChangeState,
    changeset::Op,
    gate::{AllowList, Balancer, BalancerAccess, BalancerFacts, BalancerForm, Door, Gate, Member, Rules},
    ids::GateKey,
    policy::Role,
};

use super::{House, add, add_factor, grant, just_proved, told};
use crate::store::{
    backend::{Backend, on_both},
    world::{change, node},
};

/// A load balancer that only says who it is, while it answers.
#[derive(Default)]
struct Paper {
    silent: AtomicBool,
}

type Who = (quell_domain::people::Person, quell_domain::people::Account);

#[async_trait::async_trait]
impl Gates for Paper {
    async fn facts(&self, access: &BalancerAccess) -> Result<BalancerFacts, GateError> {
        if self.silent.load(Ordering::SeqCst) {
            return Err(GateError::Unreachable("secret words of the cause".to_owned()));
        }
        if access.to_string().contains("barred") {
            let words = "The socket is not there.".to_owned();
            return Err(GateError::Barred { field: "socket", words, cause: "secret words of the cause".to_owned() });
        }
        Ok(BalancerFacts {
            version: "Paper 1".to_owned(),
            gates: vec!["shop".to_owned()],
            warnings: Vec::new(),
            checked_at: Timestamp(0),
        })
    }

    async fn locate(&self, _: &Balancer, _: &[Door]) -> Result<Vec<Gate>, GateError> {
        Ok(Vec::new())
    }

    async fn read(&self, _: &Balancer, _: &GateKey) -> Result<Gate, GateError> {
        Err(GateError::NotFound)
    }

    async fn restrict(&self, _: &Balancer, _: &GateKey, _: &AllowList, _: &Rules) -> Result<Done, GateError> {
        panic!("nothing here restricts")
    }

    async fn restore(&self, _: &Balancer, _: &GateKey, _: &Rules, _: &Rules) -> Result<Done, GateError> {
        panic!("nothing here restores")
    }

    async fn weigh(&self, _: &Balancer, _: &GateKey, _: &Member, _: u16) -> Result<Done, GateError> {
        panic!("nothing here weighs")
    }

    async fn cut(&self, _: &Balancer, _: &GateKey, _: &Member) -> Result<Done, GateError> {
        panic!("nothing here cuts")
    }

    async fn knock(&self, _: std::net::SocketAddr, _: bool, _: Option<std::net::IpAddr>) -> Knock {
        panic!("nothing here knocks")
    }
}

fn form(socket: &str) -> BalancerForm {
    BalancerForm {
        kind: "haproxy".to_owned(),
        socket: socket.to_owned(),
        routes: "shop = shop_be @ /etc/haproxy/quell/shop.map".to_owned(),
        ..BalancerForm::default()
    }
}

async fn two(backend: &Backend) -> (House, Arc<Paper>, Who, Who) {
    let paper = Arc::new(Paper::default());
    let house = House::before(backend, |_| paper.clone());
    let (ann, bob) = (add(backend, "ann", &[Role::Admin]).await, add(backend, "bob", &[Role::Admin]).await);
    add_factor(backend, &ann).await;
    add_factor(backend, &bob).await;
    (house, paper, ann, bob)
}

async fn decide(house: &House, who: &Who, outcome: Outcome) -> Result<ChangeState, Code> {
    let Outcome::Waiting(id) = outcome else { panic!("it was done at once") };
    let grant = house.portal.authorise(&just_proved(house, who)).await.unwrap();
    let answer = house.portal.decide_change(grant, &id, true, "looked at it").await;
    answer.map(|(change, _)| change.state).map_err(|problem| problem.code)
}

on_both! {
    two_admins_register_reach_anew_and_remove(backend) {
        let (house, paper, ann, bob) = two(backend).await;
        let portal = &house.portal;
        let may = || grant::<ManageGates>(&house, &ann);
        let add = async |name: &str, socket: &str| portal.add_balancer(may().await, name, &form(socket)).await;
        let field = |problem: quell_domain::Problem| problem.fields[0].field.clone();
        assert_eq!(field(add("a/b", "/run/one.sock").await.unwrap_err()), "name");
        assert_eq!(field(add("edge", "one.sock").await.unwrap_err()), "socket");
        let barred = add("edge", "/run/barred.sock").await.unwrap_err();
        assert!(!barred.to_string().contains("secret words"), "{barred}");
        assert_eq!(field(barred), "socket");

        let (edge, outcome) = add("edge", "/run/one.sock").await.unwrap();
        assert_eq!(backend.store.balancers().await.unwrap(), [], "it waits");
        // It must answer when it is decided.
        paper.silent.store(true, Ordering::SeqCst);
        let Outcome::Waiting(id) = &outcome else { panic!("at once") };
        let proved = portal.authorise(&just_proved(&house, &bob)).await.unwrap();
        let silent = portal.decide_change(proved, id, true, "yes").await.unwrap_err();
        assert_eq!(silent.code, Code::Unavailable, "{silent}");
        paper.silent.store(false, Ordering::SeqCst);
        assert_eq!(decide(&house, &bob, outcome).await, Ok(ChangeState::Applied));
        assert_eq!(backend.store.balancers().await.unwrap()[0].id, edge.id);
        assert_eq!(field(add("EDGE", "/run/two.sock").await.unwrap_err()), "name");

        let access = async |socket: &str| portal.set_balancer_access(may().await, edge.id.clone(), &form(socket)).await;
        assert_eq!(field(access("/run/one.sock").await.unwrap_err()), "kind", "so already");
        let outcome = access("/run/two.sock").await.unwrap();
        assert_eq!(decide(&house, &bob, outcome).await, Ok(ChangeState::Applied));
        let now = backend.store.balancer(&edge.id).await.unwrap().unwrap();
        assert_eq!(now.access.to_string(), "HAProxy at /run/two.sock");

        paper.silent.store(true, Ordering::SeqCst);
        portal.check_balancer(may().await, edge.id.clone()).await.unwrap();
        let now = backend.store.balancer(&edge.id).await.unwrap().unwrap();
        assert_eq!(now.trouble.as_deref(), Some("The load balancer cannot be reached."));
        assert!(now.facts.is_some(), "what it said before");
        let outcome = portal.remove_balancer(may().await, edge.id.clone()).await.unwrap();
        assert_eq!(decide(&house, &bob, outcome).await, Ok(ChangeState::Applied));
        assert_eq!(portal.check_balancer(may().await, edge.id.clone()).await.unwrap_err().code, Code::NotFound);
        for code in ["balancer.added", "balancer.access_changed", "balancer.checked", "balancer.removed"] {
            assert_eq!(told(backend, code).await.len(), 1, "{code}");
        }
        assert_eq!(told(backend, "change.proposed").await.len(), 3);
        assert!(!backend.snapshot().await.values().flatten().any(|row| row.contains("secret words")));
    }

    a_nodes_addresses_take_two_admins(backend) {
        let (house, _, ann, bob) = two(backend).await;
        let known = node("node-1");
        backend.done(change(Op::AddNode(known.clone()))).await;
        let set = async |text: &str| {
            house.portal.set_addresses(grant::<ManageNodes>(&house, &ann).await, known.id.clone(), text).await
        };
        for wrong in ["10.0.0.0/8", "node-1", "0.0.0.0", "10.0.0.5:80"] {
            assert_eq!(set(wrong).await.unwrap_err().fields[0].field, "addresses", "{wrong}");
        }
        let outcome = set("2001:db8::5, 10.0.0.5 10.0.0.5").await.unwrap();
        assert_eq!(decide(&house, &bob, outcome).await, Ok(ChangeState::Applied));
        let now = backend.store.node(&known.id).await.unwrap().unwrap();
        assert_eq!(now.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.5", "2001:db8::5"]);
        assert_eq!(told(backend, "node.addresses_changed").await.len(), 1);
    }
}
