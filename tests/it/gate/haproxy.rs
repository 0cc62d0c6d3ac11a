//! The HAProxy adapter against a real HAProxy, with real back ends behind it and clients of different addresses before it.

mod barred;
mod faults;
mod former;
mod restrict;
mod servers;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use quell_core::ports::Gates as _;
use quell_domain::{
    Timestamp,
    gate::{AllowList, Balancer, BalancerAccess, BalancerForm, Gate, Member, Rules},
    ids::{BalancerId, GateKey},
};
use quell_effects::{Balancers, SystemClock};
use quell_tests::{
    Haproxy,
    haproxy::{echo, web},
    haproxy_lines::{frontend, general, one_server},
    wait_for,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

/// Clients: one whose address is let in when a gate is restricted, and one whose is not.
const INSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));
/// Longest wait for something that takes milliseconds.
const SOON: Duration = Duration::from_secs(10);

/// An HAProxy with the front end `shop`, of HTTP, before the servers `a` and `b`, and `raw`, of TCP, before one echo.
struct Stage {
    haproxy: Haproxy,
    shop: SocketAddr,
    raw: SocketAddr,
}

impl Stage {
    /// With maps that are empty.
    async fn new() -> Self {
        Self::with("").await
    }

    /// With a map of `shop` that holds this already.
    async fn with(held: &str) -> Self {
        let (a, b, echo) = (web("a").await, web("b").await, echo().await);
        let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let haproxy = Haproxy::start(|folder, ports| {
            let map = |name: &str, held: &str| {
                let path = folder.join(name);
                std::fs::write(&path, held).expect("a map");
                path
            };
            let [shop, raw] = ports.map(|port| at(port).to_string());
            let shop = frontend("shop", "http", &[&shop], &map("shop.map", held));
            let raw = frontend("raw", "tcp", &[&raw], &map("raw.map", ""));
            format!(
                "{}{shop}  option socket-stats\n{raw}\
                 backend shop_be\n  mode http\n  cookie SERVER insert indirect nocache\n  \
                 server a 127.0.0.1:{a} cookie a weight 10\n  server b 127.0.0.1:{b} cookie b weight 20\n\
                 backend raw_be\n  mode tcp\n  balance source\n  server echo 127.0.0.1:{echo}\n",
                general(folder)
            )
        });
        let [shop, raw] = haproxy.ports.map(at);
        Self { haproxy, shop, raw }
    }

    /// The way to it over its socket of level admin.
    fn balancer(&self) -> Balancer {
        self.balancer_at(&self.haproxy.path("admin.sock").display().to_string())
    }

    /// The same over another socket; `master:` before it when it is the master's.
    fn balancer_at(&self, socket: &str) -> Balancer {
        let map = |name: &str| self.haproxy.path(name).display().to_string();
        let routes = format!("shop = shop_be @ {}\nraw = raw_be @ {} on {}", map("shop.map"), map("raw.map"), self.raw);
        balancer(BalancerForm { socket: socket.to_owned(), routes, ..BalancerForm::default() })
    }

    async fn read(&self, gate: &str) -> Gate {
        adapter().read(&self.balancer(), &key(gate)).await.expect("a gate")
    }

    async fn restrict(&self, gate: &str, allow: &AllowList) {
        let expected = self.read(gate).await.rules;
        adapter().restrict(&self.balancer(), &key(gate), allow, &expected).await.expect("restricted");
    }

    async fn restore(&self, gate: &str, former: &Rules) {
        let expected = self.read(gate).await.rules;
        adapter().restore(&self.balancer(), &key(gate), former, &expected).await.expect("restored");
    }

    async fn member(&self, gate: &str, name: &str) -> Member {
        let found = self.read(gate).await.members.into_iter().find(|member| member.name == name);
        found.unwrap_or_else(|| panic!("no member {name}"))
    }

    /// All that HAProxy says of its maps and servers that is not a counter or a moment.
    fn state(&self) -> String {
        let servers = self.haproxy.ask("show servers state");
        // Names, addresses, states and weights; what comes after them are moments and health checks.
        let lines = servers.lines().map(|line| line.split(' ').take(9).collect::<Vec<_>>().join(" "));
        let servers = lines.collect::<Vec<_>>().join("\n");
        format!("{servers}\n{:?}\n{:?}", self.haproxy.map("shop.map"), self.haproxy.map("raw.map"))
    }
}

fn adapter() -> Balancers {
    Balancers::new(Arc::new(SystemClock))
}

fn key(gate: &str) -> GateKey {
    GateKey::new(gate)
}

fn only(texts: &str) -> AllowList {
    AllowList::parse(texts).expect("a list")
}

fn balancer(form: BalancerForm) -> Balancer {
    let form = BalancerForm { kind: "haproxy".to_owned(), ..form };
    Balancer {
        id: BalancerId::new("edge"),
        name: "edge".to_owned(),
        access: form.parse().expect("a way"),
        facts: None,
        created_at: Timestamp(0),
        trouble: None,
        removed_at: None,
    }
}

fn access(balancer: &Balancer) -> &BalancerAccess {
    &balancer.access
}

/// A way that names one front end of this HAProxy.
fn one_way(haproxy: &Haproxy, gate: &str) -> Balancer {
    balancer(BalancerForm {
        socket: haproxy.path("admin.sock").display().to_string(),
        routes: format!("{gate} = {gate}_be @ {}", haproxy.path(&format!("{gate}.map")).display()),
        ..BalancerForm::default()
    })
}

/// An HAProxy with one front end, `shop`, for IPv4 and IPv6 before one server, and what is changed in its configuration.
fn alone(server: u16, edit: impl Fn(String) -> String) -> Haproxy {
    Haproxy::start(|folder, [port, _]| {
        std::fs::write(folder.join("shop.map"), "").expect("a map");
        edit(one_server(folder, "shop", &format!(":::{port} v4v6"), &format!("127.0.0.1:{server}")))
    })
}

/// A client's connection.
struct Client(TcpStream);

impl Client {
    /// Connects from this address; none when it is refused.
    async fn connect(from: IpAddr, to: SocketAddr) -> Option<Self> {
        let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.expect("a socket");
        socket.bind(SocketAddr::new(from, 0)).expect("an address of ours");
        timeout(SOON, socket.connect(to)).await.expect("an answer").ok().map(Self)
    }

    /// Asks for a page, with this cookie, and gives the name of the server that answered; none when the connection ends.
    async fn page(&mut self, cookie: &str) -> Option<String> {
        let request = format!("GET / HTTP/1.1\r\nHost: shop\r\nCookie: {cookie}\r\n\r\n");
        let answer = self.talk(request.as_bytes(), |answer| answer.contains("\r\n\r\n")).await?;
        Some(answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
    }

    /// Sends a word and gets it back; none when the connection ends.
    async fn echo(&mut self, word: &str) -> Option<String> {
        self.talk(word.as_bytes(), |answer| answer.len() == word.len()).await
    }

    async fn talk(&mut self, words: &[u8], whole: impl Fn(&str) -> bool) -> Option<String> {
        self.0.write_all(words).await.ok()?;
        let mut answer = Vec::new();
        loop {
            let read = timeout(SOON, self.0.read_buf(&mut answer)).await.expect("an answer or the end").ok()?;
            let text = String::from_utf8_lossy(&answer).into_owned();
            match read {
                0 => return None,
                _ if whole(&text) => return Some(text),
                _ => {}
            }
        }
    }

    /// Waits until the other side has ended it.
    async fn ended(&mut self) {
        let read = timeout(SOON, self.0.read(&mut [0; 64])).await.expect("the end");
        assert!(matches!(read, Ok(0) | Err(_)), "a byte in place of the end");
    }
}

/// A page over a connection of its own; none when it is refused.
async fn page(from: IpAddr, to: SocketAddr) -> Option<String> {
    Client::connect(from, to).await?.page("").await
}

/// An echo over a connection of its own; none when it is refused.
async fn said(from: IpAddr, to: SocketAddr) -> Option<String> {
    Client::connect(from, to).await?.echo("hello").await
}
