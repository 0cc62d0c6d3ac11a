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
