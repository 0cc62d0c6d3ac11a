//! From the incident's picture to a gate that lets only chosen addresses in, with proof, and back again with a second
//! person: a real HAProxy, real clients, scripts on and off.

use std::{net::Ipv4Addr, time::Duration};

use quell_tests::{Haproxy, Portal, Scripts, haproxy, haproxy_lines::one_server, wait_for};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpSocket,
    time::timeout,
};

use crate::{
    decide::Person,
    proof::look,
    screenshots::Album,
    stage::Stage,
    tab::{LIMIT, Tab},
};

const DESK: (u32, u32) = (1440, 900);
/// Two addresses of this machine: clients come from either.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_is_restricted_and_restored_with_scripts_on() {
    whole(Scripts::On, "gates-on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_is_restricted_and_restored_with_scripts_off() {
    whole(Scripts::Off, "gates-off").await;
}

/// What a client from this address gets; none when it is refused.
async fn asks(port: u16, from: Ipv4Addr) -> Option<String> {
    let ask = async {
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind((from, 0).into()).ok()?;
        let mut stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await.ok()?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n").await.ok()?;
        let mut said = String::new();
        stream.read_to_string(&mut said).await.ok()?;
        said.starts_with("HTTP/1.1 200").then_some(said)
    };
    timeout(Duration::from_secs(5), ask).await.ok().flatten()
}

/// A portal that knocks from both addresses, and lets the inner one in unless told otherwise.
async fn portal() -> Portal {
    Portal::builder()
        .env("QUELL__GATES__ALLOW", &INSIDE.to_string())
        .env("QUELL__GATES__INSIDE", &INSIDE.to_string())
        .env("QUELL__GATES__OUTSIDE", &OUTSIDE.to_string())
        .start()
        .await
}

/// An admin makes the load balancer known, on its page.
async fn add_balancer(tab: &Tab, edge: &Haproxy) {
    tab.goto("/admin/balancers").await;
    assert!(tab.main().await.contains("No load balancer yet"));
    tab.browser.fill("#f-name", "edge").await;
    tab.browser.fill("#f-socket", "run/admin.sock").await;
    tab.browser.fill("#f-routes", "shop").await;
    tab.submit("balancers/add").await;
    let wrong = tab.main().await;
    assert!(wrong.contains("the socket's whole path") && wrong.contains("Write one front end a line"), "{wrong}");
    let route = format!("shop = shop_be @ {} on 127.0.0.1:{}", edge.path("shop.map").display(), edge.ports[0]);
    tab.browser.fill("#f-socket", &edge.path("admin.sock").display().to_string()).await;
    tab.browser.fill("#f-routes", &route).await;
    tab.submit("balancers/add").await;
    let page = tab.main().await;
    for part in ["edge", "HAProxy at", "Version", "shop"] {
        assert!(page.contains(part), "no {part}: {page}");
    }
    tab.submit("balancers/check").await;
    assert!(tab.main().await.contains("The load balancer was asked."));
}

/// All words of the picture, once this one is among them: drawn and told.
async fn drawn(tab: &Tab, part: &str) -> String {
    wait_for(&format!("{part} in the picture"), LIMIT, async || {
        if !tab.runs_scripts() {
            tab.reload().await;
        }
        let words = tab.run("return document.querySelector('#picture').textContent").await;
        words.as_str().filter(|words| words.contains(part)).map(str::to_owned)
    })
    .await
}

async fn whole(scripts: Scripts, name: &str) {
    let album = Album::open();
    let web = haproxy::web("shop").await;
    let edge = Haproxy::start(|folder, ports| {
        std::fs::write(folder.join("shop.map"), "").unwrap();
        one_server(folder, "shop", &format!("127.0.0.1:{}", ports[0]), &format!("127.0.0.1:{web}"))
    });
    let port = edge.ports[0];
    let stage = Stage::with(portal().await, &format!("{name}-other")).await;
    // With the node's network, it answers at the node's addresses: there HAProxy finds what stands for it.
    let _ = stage.engine.docker(&["rm", "-f", name]);
    let run = ["run", "-d", "--name", name, "--network", "host", "--stop-timeout", "1", "quell-test/victim:1"];
    let idle = ["sh", "-c", quell_tests::engine::IDLE];
    let victim = stage.engine.docker(&[&run[..], &idle[..]].concat()).unwrap();

    let ada = Person::new(&stage, scripts, DESK, "ada", "Admin One", &["admin"]).await;
    let ana = Person::new(&stage, scripts, DESK, "ana", "Responder One", &["analyst", "responder"]).await;
    let ben = Person::new(&stage, scripts, DESK, "ben", "Duty Manager", &["approver"]).await;
    ada.tab.goto("/login").await;
    ada.tab.sign_in("ada", &ada.password).await;
    add_balancer(&ada.tab, &edge).await;
    look(&ada.tab, &album, &format!("{name}-balancers")).await;

    for fixture in ["falco-least-metadata.json", "falco-http-output-full-id.json"] {
        stage.alarm_about(fixture, &victim, name).await;
    }
    let client = stage.portal.person("watcher", &["analyst"]).await;
    stage.in_queue(&client, name).await;
    for from in [OUTSIDE, INSIDE] {
        assert!(asks(port, from).await.is_some(), "{from} is served before");
    }

    // The picture says that nothing is cut, and leads to the gates: few clicks to the cut.
    let tab = &ana.tab;
    tab.goto("/login").await;
    tab.sign_in("ana", &ana.password).await;
    tab.goto("/incidents/1").await;
    let picture = drawn(tab, "Source").await;
    for part in ["Source", "Gate", "not looked for yet", "Container", "198.51.100.23", "Open", "Unknown"] {
        assert!(picture.contains(part), "no {part} in the picture: {picture}");
    }
    look(tab, &album, &format!("{name}-incident")).await;
    tab.take_clicks();
    tab.press("Gates…").await;
    let gates = tab.main().await;
    for part in ["shop", "This container", "Everybody may connect.", "127.0.0.1"] {
        assert!(gates.contains(part), "no {part} on the page of gates: {gates}");
    }
    look(tab, &album, &format!("{name}-gates")).await;
    tab.press("Restrict…").await;
    let confirm = tab.main().await;
    let knock = "knocks from 127.0.0.1 before and after: it must be refused after.";
    for part in ["May connect now", "What it will not stop", "How it is taken back", "Who may still connect", knock] {
        assert!(confirm.contains(part), "no {part} on the confirm page: {confirm}");
    }
    look(tab, &album, &format!("{name}-confirm")).await;
    let first = tab.browser.find("textarea[name=allow]").await.prop("value").await.unwrap();
    assert_eq!(first.as_deref(), Some("127.0.0.2"), "the list of the settings");

    // A typo is said at its field, nothing is called, nothing typed is lost.
    tab.browser.fill("textarea[name=allow]", "127.0.0.2, 10.0.0.5/8").await;
    tab.browser.fill("textarea[name=detail]", "The shell talks to an unknown address.").await;
    tab.click("//input[@name='accepts_impact']").await;
    tab.submit("gates/request").await;
    let wrong = tab.main().await;
    assert!(wrong.contains("has host bits set"), "{wrong}");
    assert!(asks(port, OUTSIDE).await.is_some(), "nothing was called");
    let typed = tab.browser.find("textarea[name=detail]").await.prop("value").await.unwrap();
    assert_eq!(typed.as_deref(), Some("The shell talks to an unknown address."));

    tab.browser.fill("textarea[name=allow]", "127.0.0.2").await;
    // What lies under the bar is brought into sight first, as a person does.
    tab.run("document.querySelector('input[name=cut]').scrollIntoView({ block: 'center' })").await;
    tab.click("//input[@name='cut']").await;
    tab.submit("gates/request").await;
    assert!(tab.take_clicks() <= 8, "from the incident to the cut");
    tab.until("[data-live=gates]", "is refused now").await;
    assert!(asks(port, OUTSIDE).await.is_none(), "outside is refused");
    assert!(asks(port, INSIDE).await.is_some(), "inside is served");
    let gates = tab.until("[data-live=gates]", "A knock from an allowed address").await;
    assert!(gates.contains("Restricted") && gates.contains("127.0.0.2"), "{gates}");
    look(tab, &album, &format!("{name}-restricted")).await;
    tab.goto("/incidents/1").await;
    tab.until("main .hd .chip.st", "Containing").await;
    let actions = tab.until("#actions", "Read back").await;
    assert!(
        !actions.contains("Verified") && actions.contains("got through before"),
        "with what the knocks said: {actions}"
    );
    let picture = drawn(tab, "Cut").await;
    for part in ["Open", "Only listed"] {
        assert!(picture.contains(part), "what it connects to is open, and who is on the list gets in: {picture}");
    }
    assert!(tab.main().await.contains("Still open"), "and said so");
    look(tab, &album, &format!("{name}-cut")).await;

    restored(&ana, &ben, &album, name).await;
    wait_for("outside being served again", LIMIT, async || asks(port, OUTSIDE).await).await;
    assert!(edge.map("shop.map").is_empty(), "exactly as before");
    tab.goto("/incidents/1").await;
    tab.until("main .hd .chip.st", "Recovering").await;
}

/// Ana asks, Ben approves, both give a fresh proof.
async fn restored(ana: &Person, ben: &Person, album: &Album, name: &str) {
    let tab = &ana.tab;
    tab.goto("/incidents/1/gates").await;
    tab.press("Restore…").await;
    let confirm = tab.main().await;
    assert!(!confirm.contains("What it will not stop") && !confirm.contains("it must be refused"), "{confirm}");
    tab.browser.fill("textarea[name=detail]", "The container is made anew from a clean image.").await;
    tab.click("//input[@name='accepts_impact']").await;
    tab.submit("gates/request").await;
    ana.prove().await;
    tab.submit("gates/request").await;
    let link = tab.browser.path().await;
    assert!(link.starts_with("/approvals/"), "{link}");

    let tab = &ben.tab;
    tab.goto("/login").await;
    tab.sign_in("ben", &ben.password).await;
    tab.goto(&link).await;
    let page = tab.main().await;
    for part in ["The gate", "shop", "edge", "Everybody may connect.", "127.0.0.2"] {
        assert!(page.contains(part), "no {part} on the approval page: {page}");
    }
    look(tab, album, &format!("{name}-decide")).await;
    tab.click("//label[.//input[@name='decision' and @value='approved']]").await;
    tab.browser.fill("textarea[name=reason]", "Spoke with the shop team.").await;
    tab.press("Decide; an approval runs it now").await;
    ben.prove().await;
    tab.press("Decide; an approval runs it now").await;
    tab.until("main .hd", "Read back").await;
}
