//! A victim on a network of its own, an HAProxy in front of it and of an innocent neighbour, and the steps that people take.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, SystemTime},
};

use quell_domain::{
    action::{ActionRequest, RequestState},
    gate::HoldState,
    view::{BalancersPage, GateConfirmPage, GateRow, GatesPage},
};
use quell_tests::{
    Client, Haproxy, Page, Portal, PortalBuilder,
    haproxy::web,
    haproxy_lines::{frontend, general},
};
use reqwest::StatusCode;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::flow::stage::{Stage, ask, assert_ended, incident, reverse_shell};

/// On the list, and not.
pub const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
pub const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));
/// What a restricted gate lets in.
pub const LIST: &str = "127.0.0.2";
/// Longest wait for something that takes milliseconds.
const SOON: Duration = Duration::from_secs(10);

/// Serves a page that says `victim`.
const SERVES: &str = "mkdir -p /www; echo victim > /www/index.html; httpd -p 8080 -h /www; \
                      trap 'exit 0' TERM; while :; do sleep 1; done";

/// A portal with a victim behind a gate.
pub struct Front {
    pub stage: Stage,
    pub haproxy: Haproxy,
    /// Where clients connect.
    pub shop: SocketAddr,
    pub victim: String,
    /// What the portal calls the load balancer.
    pub balancer: String,
}

/// Knocks from both sides, and looks often.
pub fn builder() -> PortalBuilder {
    Portal::builder()
        .env("QUELL__GATES__INSIDE", "127.0.0.2")
        .env("QUELL__GATES__OUTSIDE", "127.0.0.3")
        .env("QUELL__GATES__ALLOW", LIST)
        .env("QUELL__GATES__EVERY_SECONDS", "1")
}

impl Front {
    /// On SQLite. The name is the victim's, and its network's.
    pub async fn set(name: &str) -> Self {
        Self::on(Stage::with(builder()).await, name).await
    }

    pub async fn on(stage: Stage, name: &str) -> Self {
        let (victim, address) = networked(&stage, name);
        let neighbour = web("neighbour").await;
        let haproxy = Haproxy::start(|folder, [port, _]| {
            std::fs::write(folder.join("shop.map"), "").expect("a map");
            let shop = frontend("shop", "tcp", &[&format!("127.0.0.1:{port}")], &folder.join("shop.map"));
            format!(
                "{}{shop}backend shop_be\n  mode tcp\n  balance roundrobin\n  server victim {address}:8080 weight 10\n  \
                 server neighbour 127.0.0.1:{neighbour} weight 10\n",
                general(folder)
            )
        });
        let shop = SocketAddr::from((Ipv4Addr::LOCALHOST, haproxy.ports[0]));
        let socket = haproxy.path("admin.sock").display().to_string();
        let route = format!("shop = shop_be @ {} on {shop}", haproxy.path("shop.map").display());
        stage.portal.quell(&["balancer", "add", "edge", "--kind", "haproxy", "--socket", &socket, "--route", &route]);
        Self { stage, haproxy, shop, victim, balancer: String::new() }
    }

    /// The alarm, the incident, and who answers it.
    pub async fn incident(&mut self, name: &str, who: &Client) {
        let answer = self.stage.post(reverse_shell(&self.victim, name, SystemTime::now())).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        self.stage.until(who, "the incident", |page| (page.incident.alarm_count == 1).then_some(())).await;
        let page = gates(who, 1).await;
        assert_eq!(page.silent, Vec::new());
        self.balancer = page.gates.first().unwrap_or_else(|| panic!("no gate: {page:?}")).balancer.to_string();
    }

    /// Asks for a change of the gate as the confirm page shows it now.
    pub async fn ask_for(&self, who: &Client, action: &str, more: &[(&str, &str)]) -> Page {
        ask_about(who, (1, &self.balancer, "shop"), action, more).await
    }

    /// Asks, has somebody else agree, and waits for the end.
    pub async fn done(&self, who: &Client, ben: &Client, action: &str, more: &[(&str, &str)]) -> ActionRequest {
        let page = self.ask_for(who, action, more).await;
        self.agreed(who, ben, &page).await
    }

    pub async fn agreed(&self, who: &Client, ben: &Client, page: &Page) -> ActionRequest {
        let request = waiting(page);
        let said = self.stage.decide(ben, &request, "approved", &[]).await;
        assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text());
        self.stage.end_of(who, &request).await
    }

    pub async fn restricted(&self, who: &Client, ben: &Client) -> ActionRequest {
        let request = self.done(who, ben, "restrict_gate", &[]).await;
        assert_ended(&request, RequestState::Verified);
        request
    }

    pub async fn restored(&self, who: &Client, ben: &Client) -> ActionRequest {
        let request = self.done(who, ben, "restore_gate", &[]).await;
        assert_ended(&request, RequestState::Verified);
        request
    }

    /// The map as HAProxy has it.
    pub fn map(&self) -> Vec<String> {
        self.haproxy.map("shop.map")
    }

    /// All that HAProxy says of its servers and its map that is not a counter or a moment.
    pub fn state(&self) -> String {
        let servers = self.haproxy.ask("show servers state");
        let lines = servers.lines().map(|line| line.split(' ').take(9).collect::<Vec<_>>().join(" "));
        format!("{}\n{:?}", lines.collect::<Vec<_>>().join("\n"), self.map())
    }
}

/// A victim on a network of its own; gives its id and address.
pub fn networked(stage: &Stage, name: &str) -> (String, String) {
    let victim = stage.engine.victim(name, SERVES);
    let docker = |words: &[&str]| stage.engine.docker(words).unwrap_or_else(|said| panic!("{words:?}: {said}"));
    docker(&["network", "disconnect", "none", &victim]);
    let _ = stage.engine.docker(&["network", "rm", name]);
    docker(&["network", "create", "--internal", name]);
    docker(&["network", "connect", name, &victim]);
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let address = docker(&["inspect", "--format", format, &victim]);
    (victim, address)
}

/// The request that waits, by where the browser is sent.
pub fn waiting(page: &Page) -> String {
    let path = page.location().unwrap_or_else(|| panic!("not taken: {} {}", page.status, page.text()));
    path.strip_prefix("/approvals/").unwrap_or_else(|| panic!("not waiting: {path} {}", page.text())).to_owned()
}

/// The page of gates of an incident.
pub async fn gates(who: &Client, number: i64) -> GatesPage {
    let page = ask(who, &format!("/api/v1/gates/show?number={number}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("gates")
}

/// The one gate of an incident.
pub async fn gate(who: &Client, number: i64) -> GateRow {
    let mut page = gates(who, number).await;
    assert_eq!(page.gates.len(), 1, "{page:?}");
    page.gates.remove(0)
}

/// The confirm page.
pub async fn confirm(who: &Client, (number, balancer, gate): (i64, &str, &str), action: &str) -> GateConfirmPage {
    let path = format!("/api/v1/gates/confirm?number={number}&balancer={balancer}&gate={gate}&action={action}");
    let page = ask(who, &path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("a confirm page")
}

/// Asks for a change of any gate as its confirm page shows it now.
pub async fn ask_about(who: &Client, at: (i64, &str, &str), action: &str, more: &[(&str, &str)]) -> Page {
    let seen = confirm(who, at, action).await;
    let fingerprint = seen.fingerprint.map(|it| it.to_string()).unwrap_or_default();
    request(who, at, action, &fingerprint, more).await
}

/// Sends the form with this fingerprint.
pub async fn request(
    who: &Client,
    (number, balancer, gate): (i64, &str, &str),
    action: &str,
    fingerprint: &str,
    more: &[(&str, &str)],
) -> Page {
    let number = number.to_string();
    let mut form = vec![
        ("number", number.as_str()),
        ("balancer", balancer),
        ("gate", gate),
        ("action", action),
        ("allow", if action == "restrict_gate" { LIST } else { "" }),
        ("detail", "it must be done"),
        ("accepts_impact", "yes"),
        ("fingerprint", fingerprint),
    ];
    form.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    form.extend_from_slice(more);
    who.post_form("/api/v1/gates/request", &form).await
}

/// The load balancers, for an admin.
pub async fn balancers(who: &Client) -> BalancersPage {
    let page = ask(who, "/api/v1/balancers/list").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    serde_json::from_slice(&page.body).expect("balancers")
}

/// Where this incident's only active hold stands.
pub async fn hold_state(who: &Client, number: i64) -> Option<HoldState> {
    gate(who, number).await.holds.iter().rfind(|row| row.mine).map(|row| row.hold.state)
}

/// Incident 1's sentences about what is still open.
pub async fn still_open(who: &Client) -> String {
    incident(who).await.still_open.join(" ")
}

/// A connection from this address; none when it is refused.
pub async fn connect(from: IpAddr, to: SocketAddr) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::new(from, 0)).expect("an address of ours");
    timeout(SOON, socket.connect(to)).await.expect("an answer").ok()
}

/// A page over a connection of its own; none when it is refused.
pub async fn page(from: IpAddr, to: SocketAddr) -> Option<String> {
    let mut stream = connect(from, to).await?;
    stream.write_all(b"GET / HTTP/1.0\r\nHost: shop\r\n\r\n").await.ok()?;
    let mut answer = Vec::new();
    loop {
        let read = timeout(SOON, stream.read_buf(&mut answer)).await.expect("an answer or the end").ok()?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        if text.contains("victim") || text.contains("neighbour") {
            return Some(if text.contains("victim") { "victim" } else { "neighbour" }.to_owned());
        }
        if read == 0 {
            return None;
        }
    }
}

/// Which servers answer, of several pages.
pub async fn servers(from: IpAddr, to: SocketAddr) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..6 {
        names.extend(page(from, to).await);
    }
    names.sort();
    names.dedup();
    names
}
