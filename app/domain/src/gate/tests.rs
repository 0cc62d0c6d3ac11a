//! Lists, rules and the ways to load balancers.

use super::*;

fn wrong(text: &str) -> String {
    let problem = AllowList::parse(text).expect_err(text);
    assert_eq!(problem.fields.len(), 1, "{text}");
    assert_eq!(problem.fields[0].field, "allow", "{text}");
    problem.fields[0].remedy.clone()
}

#[test]
fn a_list_is_of_chosen_addresses() {
    let list = AllowList::parse("203.0.113.7, 2001:db8::/48\n198.51.100.0/24 203.0.113.7;10.0.0.0/8").expect("right");
    assert_eq!(list.texts(), ["10.0.0.0/8", "198.51.100.0/24", "2001:db8::/48", "203.0.113.7"]);
    assert!(list.lets_in("2001:db8::1".parse().expect("an address")));
    let mapped = AllowList::parse("::ffff:203.0.113.7, ::ffff:198.51.100.0/120 203.0.113.7").expect("right");
    assert_eq!(mapped.texts(), ["198.51.100.0/24", "203.0.113.7"], "IPv4 is IPv4, however it is written");
    assert!(!list.lets_in("203.0.113.8".parse().expect("an address")));
    let json = serde_json::to_string(&list).expect("json");
    assert_eq!(serde_json::from_str::<AllowList>(&json).expect("read"), list);
    assert!(serde_json::from_str::<AllowList>("[]").is_err());
}

#[test]
fn what_is_no_list_names_the_entry_and_the_remedy() {
    for empty in ["", " ,\n; "] {
        assert!(wrong(empty).contains("at least one"));
    }
    for everybody in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3"] {
        assert!(wrong(everybody).contains("nearly everybody"), "{everybody}");
    }
    assert!(wrong("::fffe:0:0/95").contains("all of IPv4"));
    assert!(wrong("::ffff:0:0/96").contains("nearly everybody"));
    assert!(wrong("203.0.113.7/24").contains("203.0.113.0/24"));
    for typo in ["203.0.113.256", "203.0.113", "203.0.113.7-203.0.113.9", "localhost", "203.0.113.7/33", "\u{202e}1"] {
        assert!(wrong(typo).contains("no address"), "{typo}");
    }
    assert!(!wrong("\u{202e}1").contains('\u{202e}'));
    for nobody in ["0.0.0.0", "224.0.0.1", "::", "ff02::1"] {
        assert!(wrong(nobody).contains("a client"), "{nobody}");
    }
    let many =
        |count: usize| (0..count).map(|n| format!("198.18.{}.{}", n / 250, n % 250 + 1)).collect::<Vec<_>>().join(",");
    assert_eq!(AllowList::parse(&many(300)).expect("as many as fit").networks().len(), 300);
    assert!(wrong(&many(301)).contains("301"));
}

#[test]
fn restored_is_the_former_state_or_a_list_of_ours_out_of_force() {
    let theirs = Rules {
        enforced: true,
        kind: ListKind::AllBut,
        list: Some("g1".to_owned()),
        entries: vec!["198.51.100.9".to_owned()],
        ours: false,
    };
    let ours = Rules {
        enforced: true,
        kind: ListKind::Only,
        list: Some("g2".to_owned()),
        entries: vec!["203.0.113.7".to_owned()],
        ours: true,
    };
    assert!(ours.is_restricted_to(&AllowList::parse("203.0.113.7").expect("a list")));
    assert!(!ours.is_restricted_to(&AllowList::parse("203.0.113.8").expect("a list")));
    let off = Rules { enforced: false, ..ours.clone() };
    assert!(off.is_restored_to(&Rules::open()) && Rules::open().is_restored_to(&Rules::open()));
    assert!(theirs.is_restored_to(&theirs));
    for not in [&ours, &theirs] {
        assert!(!not.is_restored_to(&Rules::open()), "{not:?}");
    }
    assert!(!off.is_restored_to(&theirs));
    let once = Rules { entries: vec!["203.0.113.9".to_owned()], ..off.clone() };
    assert!(off.is_restored_to(&once), "ours was left behind before, out of force, with other entries");
    assert!(!Rules { enforced: false, ..theirs }.is_restored_to(&Rules::open()), "theirs is not none");
}

#[test]
fn a_list_may_let_in_whom_the_gate_keeps_out() {
    let rules = |kind, entries: &[&str], enforced| Rules {
        enforced,
        kind,
        list: Some("g".to_owned()),
        entries: entries.iter().map(|it| (*it).to_owned()).collect(),
        ours: false,
    };
    let more = |rules: &Rules, list: &str| rules.keeps_out_any_of(&AllowList::parse(list).expect("a list"));
    let only = rules(ListKind::Only, &["10.0.0.0/8", "203.0.113.7"], true);
    for (list, lets_in_more) in [
        ("10.1.0.0/16", false),
        ("203.0.113.7 10.0.0.1", false),
        ("203.0.113.8", true),
        ("10.1.0.0/16 2001:db8::/48", true),
    ] {
        assert_eq!(more(&only, list), lets_in_more, "{list}");
    }
    let all_but = rules(ListKind::AllBut, &["198.51.100.0/24"], true);
    assert!(more(&all_but, "198.51.100.9") && more(&all_but, "198.51.0.0/16") && !more(&all_but, "203.0.113.8"));
    assert!(!more(&rules(ListKind::Only, &["10.0.0.0/8"], false), "203.0.113.8"), "it keeps nobody out");
    assert!(more(&rules(ListKind::Only, &["10.0.0.0/8 open"], true), "10.0.0.1"), "what cannot be read");
    assert!(more(&rules(ListKind::AllBut, &["10.0.0.1-10.0.0.9"], true), "203.0.113.8"), "what cannot be read");
    assert!(!Rules::open().keeps_out_any_of(&AllowList::parse("203.0.113.8").expect("a list")));
}

#[test]
fn a_back_end_is_found_by_address_and_port() {
    let member = |address: &str, port| Member {
        id: "m".to_owned(),
        pool: "p".to_owned(),
        name: "m".to_owned(),
        address: address.to_owned(),
        port,
        weight: 1,
        health: String::new(),
        sessions: None,
    };
    let door = |port| Door { address: "10.0.0.5".parse().expect("an address"), port };
    assert!(door(Some(8080)).is_of(&member("10.0.0.5", 8080), 80));
    assert!(!door(Some(8080)).is_of(&member("10.0.0.5", 9090), 80));
    assert!(door(None).is_of(&member("10.0.0.5", 9090), 80));
    assert!(door(Some(80)).is_of(&member("10.0.0.5", 0), 80));
    assert!(door(Some(80)).is_of(&member("10.0.0.5", 0), 0), "nobody knows the port: it may be this one");
    assert!(!door(None).is_of(&member("10.0.0.50", 8080), 80));
}

#[test]
fn the_way_to_a_load_balancer_names_what_is_wrong() {
    let haproxy = BalancerForm {
        kind: "haproxy".to_owned(),
        socket: "master:/run/haproxy/master.sock".to_owned(),
        routes: "shop = shop_be, api_be @ /etc/haproxy/quell/shop.map\n\n".to_owned(),
        ..BalancerForm::default()
    };
    let BalancerAccess::Haproxy { master, routes, .. } = haproxy.parse().expect("right") else { panic!("haproxy") };
    assert!(master);
    assert_eq!(routes[0].backends, ["shop_be", "api_be"]);
    assert_eq!(routes[0].on, None);
    let told = |on: &str| {
        let routes = format!("shop = shop_be @ /etc/haproxy/quell/shop.map on {on}");
        BalancerForm { routes, ..haproxy.clone() }.parse()
    };
    for on in ["203.0.113.5:80", "[2001:db8::5]:443"] {
        let BalancerAccess::Haproxy { routes, .. } = told(on).expect("right") else { panic!("haproxy") };
        assert_eq!((routes[0].map.as_str(), routes[0].on), ("/etc/haproxy/quell/shop.map", on.parse().ok()));
    }
    for on in ["", "203.0.113.5", "shop.example:80", "0.0.0.0:80", "[::]:80", "203.0.113.5:0"] {
        assert_eq!(told(on).expect_err(on).fields[0].field, "routes", "{on}");
    }
    let fields = |form: &BalancerForm| -> Vec<String> {
        form.parse().expect_err("wrong").fields.into_iter().map(|field| field.field).collect()
    };
    let bad = BalancerForm {
        socket: "run".to_owned(),
        routes: "shop; shutdown sessions = x @ y".to_owned(),
        ..haproxy.clone()
    };
    assert_eq!(fields(&bad), ["socket", "routes"]);
    let written = BalancerForm {
        routes: "shop = shop_be, api_be @ /etc/haproxy/quell/shop.map on [2001:db8::5]:443\napi = api_be @ /a.map"
            .to_owned(),
        ..haproxy.clone()
    };
    assert_eq!(written.parse().expect("right").form(), written, "a page offers what was given");
    let elb = BalancerForm {
        kind: "elb".to_owned(),
        elb_base: "https://elb.cn-north-4.myhuaweicloud.com/".to_owned(),
        project: "0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d".to_owned(),
        credentials: "env:QUELL_ELB".to_owned(),
        ..BalancerForm::default()
    };
    assert!(matches!(elb.parse().expect("right"), BalancerAccess::Elb { classic: false, .. }));
    let offered = elb.parse().expect("right").form();
    assert_eq!(offered.parse(), elb.parse());
    let bad = BalancerForm {
        elb_base: "http://elb.example".to_owned(),
        credentials: "AKIA:secret".to_owned(),
        project: "x".to_owned(),
        ..elb
    };
    assert_eq!(fields(&bad), ["elb_base", "project", "credentials"]);
}

#[test]
fn another_way_leads_where_the_first_did_or_not() {
    let haproxy = |socket: &str, routes: &str| {
        let (kind, socket, routes) = ("haproxy".to_owned(), socket.to_owned(), routes.to_owned());
        BalancerForm { kind, socket, routes, ..BalancerForm::default() }.parse().expect("right")
    };
    let before = haproxy("/run/a.sock", "shop = shop_be @ /a.map on 203.0.113.5:80");
    for (socket, routes, leads) in [
        ("/run/a.sock", "shop = shop_be @ /a.map on 203.0.113.6:80", true),
        ("/run/b.sock", "api = api_be @ /b.map\nshop = shop_be, more_be @ /a.map", true),
        ("/run/a.sock", "api = shop_be @ /a.map", false),
        ("/run/a.sock", "shop = shop_be @ /b.map", false),
        ("/run/a.sock", "shop = more_be @ /a.map", false),
    ] {
        assert_eq!(haproxy(socket, routes).leads_where(&before), leads, "{routes}");
    }
    let elb = |base: &str, project: &str, generation: &str| {
        let form = BalancerForm {
            kind: "elb".to_owned(),
            elb_base: base.to_owned(),
            project: project.to_owned(),
            credentials: "env:QUELL_ELB".to_owned(),
            generation: generation.to_owned(),
            ..BalancerForm::default()
        };
        form.parse().expect("right")
    };
    let (one, two) = ("0a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d", "1a6f1c2d3e4b4f5a8c9d0e1f2a3b4c5d");
    let cloud = elb("https://elb.example", one, "v3");
    assert!(elb("https://elb.example:8443", one, "v3").leads_where(&cloud));
    for other in [elb("https://elb.example", two, "v3"), elb("https://elb.example", one, "v2"), before] {
        assert!(!other.leads_where(&cloud), "{other}");
    }
}

fn member(id: &str, address: &str, weight: u16) -> Member {
    Member {
        id: id.to_owned(),
        pool: "shop_be".to_owned(),
        name: id.to_owned(),
        address: address.to_owned(),
        port: 8080,
        weight,
        health: "UP".to_owned(),
        sessions: Some(3),
    }
}

fn gate() -> Gate {
    Gate {
        balancer: BalancerId::new("edge"),
        key: GateKey::new("shop"),
        name: "shop".to_owned(),
        protocol: "http".to_owned(),
        port: 80,
        addresses: vec!["203.0.113.5".to_owned()],
        public: None,
        rules: Rules::open(),
        members: vec![member("web", "10.0.0.5", 10), member("other", "10.0.0.6", 10)],
        rate: Some(12),
        sessions: None,
        locked: None,
        checked_at: Timestamp(0),
    }
}

fn doors() -> Vec<Door> {
    vec![Door { address: "10.0.0.5".parse().expect("an address"), port: None }]
}

fn restricts(gate: &Gate, list: &str) -> GateChange {
    wants(gate, GateWhat::Restrict { allow: AllowList::parse(list).expect("a list"), cut: false })
}

fn wants(gate: &Gate, what: GateWhat) -> GateChange {
    GateChange {
        balancer: gate.balancer.clone(),
        balancer_name: "edge".to_owned(),
        gate: gate.key.clone(),
        gate_name: gate.name.clone(),
        what,
        expected: gate.rules.clone(),
        back_ends: gate.back_ends(&doors()),
    }
}

fn ours(list: &str) -> Rules {
    Rules {
        enforced: true,
        kind: ListKind::Only,
        list: Some("quell".to_owned()),
        entries: AllowList::parse(list).expect("a list").texts(),
        ours: true,
    }
}

fn holds(gate: &Gate, list: &str, former: Rules) -> Hold {
    let none = || Probe::none("not set");
    Hold {
        request: crate::ids::RequestId::new("r"),
        incident: crate::ids::IncidentId::new("i"),
        balancer: gate.balancer.clone(),
        gate: gate.key.clone(),
        place: "shop of edge".to_owned(),
        how: How::List,
        allow: AllowList::parse(list).ok(),
        former: Former { rules: former, back_ends: gate.back_ends(&doors()) },
        cut: None,
        proof: Proof { read_back: None, outside: none(), inside: none() },
        state: HoldState::Held,
        was: None,
        since: Timestamp(0),
        unknown: None,
        ended_at: None,
        looked_at: None,
        version: 0,
    }
}

#[test]
fn a_change_is_about_what_was_seen_and_not_about_what_flows() {
    let seen = gate();
    let change = restricts(&seen, "203.0.113.7");
    assert_eq!(change.own().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["web"]);
    let mut now = gate();
    now.members[0].sessions = Some(90);
    now.members[1].health = "DOWN".to_owned();
    now.rate = None;
    assert_eq!(change.differences(&now), []);
    now.members.pop();
    assert_eq!(change.differences(&now), [], "one less is hit");
    now.members.push(member("new", "10.0.0.7", 1));
    now.rules = ours("198.51.100.9");
    let facts: Vec<String> = change.differences(&now).into_iter().map(|it| it.fact).collect();
    assert_eq!(facts, ["Who may connect", "Other back ends"]);
    now.members.retain(|it| it.id != "web");
    assert!(change.differences(&now).iter().any(|it| it.fact == "Back end" && it.after == "gone"));
    let out = wants(&seen, GateWhat::TakeOut { cut: true });
    let mut weighed = gate();
    weighed.rules = ours("198.51.100.9");
    assert_eq!(out.differences(&weighed), [], "who may connect is not touched");
    weighed.members[0].weight = 5;
    assert_eq!(out.differences(&weighed).len(), 1);
}

#[test]
fn what_there_was_is_not_what_quell_itself_set() {
    let seen = gate();
    let back_ends = || seen.back_ends(&doors());
    let theirs = Rules { ours: false, ..ours("198.51.100.9") };
    let first = holds(&seen, "203.0.113.7", theirs.clone());
    let closed = Gate { rules: ours("203.0.113.7"), ..gate() };
    assert_eq!(Former::of(&closed, back_ends(), How::List, std::slice::from_ref(&first)).rules, theirs);
    assert_eq!(Former::of(&seen, back_ends(), How::List, std::slice::from_ref(&first)).rules, Rules::open());
    assert_eq!(Former::of(&closed, back_ends(), How::List, &[]).rules, closed.rules, "nothing else is known");
    let mut out = gate();
    out.members[0].weight = 0;
    let by_weight = Hold { how: How::Member, allow: None, ..first };
    let former = Former::of(&out, out.back_ends(&doors()), How::Member, std::slice::from_ref(&by_weight));
    assert_eq!(former.back_ends[0].weight, 10);
}

#[test]
fn what_was_half_done_keeps_the_share_of_each_back_end_when_it_is_done_again() {
    let both = vec![doors()[0].clone(), Door { address: "10.0.0.6".parse().expect("an address"), port: None }];
    let seen = gate();
    let former = Former { rules: Rules::open(), back_ends: seen.back_ends(&both) };
    let half_done = Hold { how: How::Member, allow: None, former, ..holds(&seen, "203.0.113.7", Rules::open()) };
    let half_done = half_done.to(HoldState::Lost, Timestamp(1));
    let mut half = gate();
    half.members[0].weight = 0;
    let former = Former::of(&half, half.back_ends(&both), How::Member, std::slice::from_ref(&half_done));
    let weights: Vec<u16> = former.back_ends.iter().map(|it| it.weight).collect();
    assert_eq!(weights, [10, 10], "what Quell took out before is put back too");
    half.members[1].weight = 0;
    let nobody = Former::of(&half, half.back_ends(&both), How::Member, &[]);
    assert!(nobody.back_ends.iter().all(|it| it.weight == 0), "somebody else took them out: that is what there was");
    let over = [half_done.to(HoldState::Released, Timestamp(2))];
    let former = Former::of(&half, half.back_ends(&both), How::Member, &over);
    assert!(former.back_ends.iter().all(|it| it.weight == 0), "and so after ours was put back");
}

#[test]
fn a_change_is_done_begun_or_neither() {
    let seen = gate();
    let restrict = restricts(&seen, "203.0.113.7");
    assert!(!restrict.is_done_in(&seen));
    assert!(restrict.is_done_in(&Gate { rules: ours("203.0.113.7"), ..gate() }));
    let both = vec![doors()[0].clone(), Door { address: "10.0.0.6".parse().expect("an address"), port: None }];
    let out = GateChange { back_ends: seen.back_ends(&both), ..wants(&seen, GateWhat::TakeOut { cut: false }) };
    let mut half = gate();
    half.members[0].weight = 0;
    assert!(!out.is_done_in(&half) && out.is_begun_in(&half) && !out.is_begun_in(&seen));
    half.members[1].weight = 0;
    assert!(out.is_done_in(&half));
    let former = Box::new(Former { rules: Rules::open(), back_ends: seen.back_ends(&both) });
    let hold = crate::ids::RequestId::new("r");
    let back = GateWhat::Restore { hold, how: How::Member, former, leave: false };
    let back = wants(&half, back);
    assert!(!back.is_done_in(&half) && back.is_done_in(&seen));
    half.members[0].weight = 10;
    assert!(back.is_begun_in(&half) && !back.is_done_in(&half));
}

#[test]
fn a_list_of_theirs_is_put_back_whatever_they_wrote_into_it_meanwhile() {
    let theirs = |entry: &str| Rules { ours: false, list: Some("office".to_owned()), ..ours(entry) };
    let closed = Gate { rules: ours("203.0.113.7"), ..gate() };
    let former = Box::new(Former { rules: theirs("198.51.100.9"), back_ends: Vec::new() });
    let hold = crate::ids::RequestId::new("r");
    let back = GateWhat::Restore { hold, how: How::List, former, leave: false };
    let (back, now) = (wants(&closed, back), |rules| Gate { rules, ..gate() });
    assert!(back.is_done_in(&now(theirs("198.51.100.10"))));
    assert!(!back.is_done_in(&now(Rules { enforced: false, ..theirs("198.51.100.10") })) && !back.is_done_in(&closed));
    // One list that everybody writes into holds what it holds.
    let here = |rules: Rules| Rules { list: Some("/a.map".to_owned()), ..rules };
    let former = Box::new(Former { rules: here(theirs("198.51.100.9")), back_ends: Vec::new() });
    let what = GateWhat::Restore { hold: crate::ids::RequestId::new("r"), how: How::List, former, leave: false };
    let back = wants(&now(here(ours("203.0.113.7"))), what);
    assert!(!back.is_done_in(&now(here(theirs("198.51.100.10")))));
}

#[test]
fn what_somebody_else_changed_is_not_untouched() {
    let seen = gate();
    let (list, out) = (restricts(&seen, "203.0.113.7"), wants(&seen, GateWhat::TakeOut { cut: false }));
    assert!(list.is_untouched_in(&seen) && out.is_untouched_in(&seen));
    let theirs = Gate { rules: Rules { ours: false, ..ours("198.51.100.9") }, ..gate() };
    assert!(!list.is_untouched_in(&theirs) && out.is_untouched_in(&theirs));
    let mut weighed = gate();
    weighed.members[0].weight = 5;
    assert!(list.is_untouched_in(&weighed) && !out.is_untouched_in(&weighed));
    weighed.members.remove(0);
    assert!(out.is_untouched_in(&weighed), "there is nothing to put back");
}

#[test]
fn what_is_still_open_is_said_until_it_is_not() {
    let seen = gate();
    let hold = holds(&seen, "203.0.113.7", Rules::open());
    let said = |hold: &Hold| hold.still_open().join(" ");
    for words in ["203.0.113.7 can still connect", "were not ended", "not probed from outside"] {
        assert!(said(&hold).contains(words), "{words}: {}", said(&hold));
    }
    let knocked = |before, after| Probe {
        from: "127.0.0.3".to_owned(),
        to: "203.0.113.5:80".to_owned(),
        before,
        after,
        words: String::new(),
    };
    let proved = |before, after| Hold {
        cut: Some(true),
        proof: Proof { outside: knocked(before, after), ..hold.proof.clone() },
        ..hold.clone()
    };
    let good = proved(Knocked::Through, Knocked::Refused);
    assert_eq!(good.still_open().len(), 1, "{}", said(&good));
    assert!(good.proof.refuses_outside());
    let nothing = proved(Knocked::Refused, Knocked::Refused);
    assert!(!nothing.proof.refuses_outside() && said(&nothing).contains("not probed"));
    assert!(nothing.proof.words().join(" ").contains("proves nothing"));
    assert!(said(&proved(Knocked::Through, Knocked::Through)).contains("still gets through"));
    assert!(said(&hold.to(HoldState::Lost, Timestamp(1))).contains("somebody else changed it"));
    assert!(hold.to(HoldState::Released, Timestamp(1)).still_open().is_empty());
    let releasing = hold.to(HoldState::Releasing, Timestamp(1));
    assert_eq!((releasing.was, releasing.ended_at), (Some(HoldState::Held), None));
}

#[test]
fn digests_and_json_hold_all_that_is_wanted() {
    let seen = gate();
    let change = restricts(&seen, "203.0.113.7");
    let json = serde_json::to_string(&change).expect("json");
    assert_eq!(serde_json::from_str::<GateChange>(&json).expect("read"), change);
    let hold = holds(&seen, "203.0.113.7", Rules::open());
    let json = serde_json::to_string(&hold).expect("json");
    assert_eq!(serde_json::from_str::<Hold>(&json).expect("read"), hold);
}

#[test]
fn a_back_end_that_two_incidents_took_out_stays_out_until_the_last_lets_go() {
    let both = vec![doors()[0].clone(), Door { address: "10.0.0.6".parse().expect("an address"), port: None }];
    let seen = gate();
    let out = |incident: &str, doors: &[Door]| Hold {
        request: crate::ids::RequestId::new(incident),
        incident: crate::ids::IncidentId::new(incident),
        how: How::Member,
        allow: None,
        former: Former { rules: Rules::open(), back_ends: seen.back_ends(doors) },
        ..holds(&seen, "203.0.113.7", Rules::open())
    };
    let (one, two, apart) = (out("1", &doors()), out("2", &both), out("3", &both[1..]));
    let numbered = |hold: &Hold| (hold.clone(), hold.incident.as_str().parse::<i64>().expect("a number"));
    let held = [numbered(&one), numbered(&two)];
    let standing = crate::action::GateStanding { gate: &seen, holds: &held };
    assert_eq!(standing.sharers(&one).len(), 1, "restoring one must not open it for the other");
    assert!(standing.separable(&one).is_ok(), "all that it holds stays out for the other");
    let problem = standing.separable(&two).expect_err("some would be forgotten");
    assert!(problem.message.contains("INC-1"), "{}", problem.message);
    let held = [numbered(&one), numbered(&apart)];
    let standing = crate::action::GateStanding { gate: &seen, holds: &held };
    assert!(standing.sharers(&one).is_empty() && standing.separable(&one).is_ok());
    let lost = [numbered(&one), numbered(&two.to(HoldState::Lost, Timestamp(1)))];
    let standing = crate::action::GateStanding { gate: &seen, holds: &lost };
    assert!(standing.sharers(&one).is_empty(), "what is lost keeps nothing closed");
}
