//! How a load balancer's interface is reached. Secrets are named by the path of their file or the name of an environment
//! variable; nothing of them is ever kept here.

use std::{fmt, net::SocketAddr};

use serde::{Deserialize, Serialize};

use crate::error::Problem;

/// The way to a load balancer's interface.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BalancerAccess {
    /// `HAProxy`'s Runtime API on a Unix socket of level admin.
    Haproxy {
        /// Absolute path.
        socket: String,
        /// Is it the master's socket? Then commands go to its present worker.
        master: bool,
        /// The front ends that Quell may restrict; `HAProxy` itself does not tell which back ends one leads to.
        routes: Vec<Route>,
    },
    /// A project of Huawei Cloud's Elastic Load Balance.
    Elb {
        /// Base address of its interface, `https://elb.cn-north-4.myhuaweicloud.com`.
        elb_base: String,
        /// Base address of IAM; only for passwords, which are exchanged for tokens there.
        iam_base: Option<String>,
        /// 32 hex digits.
        project: String,
        /// Path of a TOML file, or `env:NAME` of a variable that holds the same text: `access_key` and `secret_key`, with
        /// `security_token` when they are temporary; or `user`, `password` and `domain`.
        credentials: String,
        /// Shared load balancers of the first generation: whitelists (v2) in place of IP groups (v3).
        classic: bool,
        /// File of a CA that the interface's certificate must come from, for private regions.
        ca: Option<String>,
    },
}

/// One front end of `HAProxy` that includes Quell's lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Route {
    /// Its name.
    pub frontend: String,
    /// The map file that its configuration names, as it stands there.
    pub map: String,
    /// Back ends that it leads to, by name.
    pub backends: Vec<String>,
    /// Where clients connect; `HAProxy` tells it only of front ends with `option socket-stats`.
    pub on: Option<SocketAddr>,
}

/// What a form or command says about the way to a load balancer; what does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BalancerForm {
    /// `haproxy` or `elb`.
    pub kind: String,
    /// Path of the socket; `master:` before it when it is the master's.
    pub socket: String,
    /// One front end a line: `shop = shop_be, api_be @ /etc/haproxy/quell/shop.map`, and ` on 203.0.113.5:80` after it when
    /// `HAProxy` does not tell where the front end listens.
    pub routes: String,
    /// Base address of ELB.
    pub elb_base: String,
    /// Base address of IAM.
    pub iam_base: String,
    /// Project id.
    pub project: String,
    /// Path of the credentials' file, or `env:NAME`.
    pub credentials: String,
    /// `v3`, or `v2` for classic shared load balancers.
    pub generation: String,
    /// CA file.
    pub ca: String,
}

const ROUTE: &str = "Write one front end a line: shop = shop_be, api_be @ /etc/haproxy/quell/shop.map";

impl BalancerForm {
    /// Checks all of it.
    ///
    /// # Errors
    /// Names every field that is wrong: `kind`, `socket`, `routes`, `elb_base`, `iam_base`, `project`, `credentials`,
    /// `generation`, `ca`.
    pub fn parse(&self) -> Result<BalancerAccess, Problem> {
        match self.kind.trim() {
            "haproxy" => self.haproxy(),
            "elb" => self.elb(),
            _ => Err(Problem::field("kind", "Choose haproxy or elb.")),
        }
    }

    fn haproxy(&self) -> Result<BalancerAccess, Problem> {
        let mut wrong = Vec::new();
        let socket = self.socket.trim();
        let (master, socket) = socket.strip_prefix("master:").map_or((false, socket), |path| (true, path));
        if !is_path(socket) {
            wrong.push(("socket", "Give the socket's whole path, for example /run/haproxy/admin.sock."));
        }
        let lines = self.routes.lines().map(str::trim).filter(|line| !line.is_empty());
        let routes: Option<Vec<Route>> = lines.map(route).collect();
        let routes = routes.filter(|routes| !routes.is_empty()).unwrap_or_else(|| {
            wrong.push(("routes", ROUTE));
            Vec::new()
        });
        let twice = |route: &Route| {
            routes.iter().filter(|other| other.frontend == route.frontend || other.map == route.map).count() > 1
        };
        if routes.iter().any(twice) {
            wrong.push(("routes", "Name each front end once, each with a map file of its own."));
        }
        for (field, text) in [
            ("elb_base", &self.elb_base),
            ("iam_base", &self.iam_base),
            ("project", &self.project),
            ("credentials", &self.credentials),
            ("ca", &self.ca),
        ] {
            if !text.trim().is_empty() {
                wrong.push((field, "Leave this empty: it is for ELB only."));
            }
        }
        all(wrong, BalancerAccess::Haproxy { socket: socket.to_owned(), master, routes })
    }

    fn elb(&self) -> Result<BalancerAccess, Problem> {
        let mut wrong = Vec::new();
        let base = |text: &str| text.trim().trim_end_matches('/').to_owned();
        let (elb_base, iam_base) = (base(&self.elb_base), base(&self.iam_base));
        if !is_base(&elb_base) {
            wrong.push(("elb_base", "Give the base address, for example https://elb.cn-north-4.myhuaweicloud.com."));
        }
        if !iam_base.is_empty() && !is_base(&iam_base) {
            wrong.push(("iam_base", "Give the base address, for example https://iam.cn-north-4.myhuaweicloud.com, or leave it empty when keys sign."));
        }
        let project = self.project.trim();
        if project.len() != 32 || !project.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            wrong.push(("project", "Give the project's id: 32 lower-case hex digits."));
        }
        let credentials = self.credentials.trim();
        let variable = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_path(credentials) && !credentials.strip_prefix("env:").is_some_and(variable) {
            wrong.push(("credentials", "Give the path of the file that holds them, or env: and the name of a variable. Never the secret itself."));
        }
        let classic = match self.generation.trim() {
            "" | "v3" => false,
            "v2" => true,
            _ => {
                wrong.push(("generation", "Choose v3, or v2 for classic shared load balancers."));
                false
            }
        };
        let ca = self.ca.trim();
        if !ca.is_empty() && !is_path(ca) {
            wrong.push(("ca", "Give the file's whole path, or leave it empty."));
        }
        for (field, text) in [("socket", &self.socket), ("routes", &self.routes)] {
            if !text.trim().is_empty() {
                wrong.push((field, "Leave this empty: it is for HAProxy only."));
            }
        }
        let access = BalancerAccess::Elb {
            elb_base,
            iam_base: Some(iam_base).filter(|base| !base.is_empty()),
            project: project.to_owned(),
            credentials: credentials.to_owned(),
            classic,
            ca: Some(ca.to_owned()).filter(|ca| !ca.is_empty()),
        };
        all(wrong, access)
    }
}

impl BalancerAccess {
    /// Does it lead to every gate that the other way leads to, and to all behind each? As far as the ways themselves say: a
    /// project, or front ends with their maps and back ends.
    #[must_use]
    pub fn leads_where(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::Elb { project, classic, .. }, Self::Elb { project: other, classic: former, .. }) => {
                (project, classic) == (other, former)
            }
            (Self::Haproxy { routes, .. }, Self::Haproxy { routes: before, .. }) => before.iter().all(|known| {
                let same = |route: &&Route| (&route.frontend, &route.map) == (&known.frontend, &known.map);
                let leads_to = |route: &Route| known.backends.iter().all(|it| route.backends.contains(it));
                routes.iter().find(same).is_some_and(leads_to)
            }),
            _ => false,
        }
    }

    /// The form that it was made from: what a page offers for changing it.
    #[must_use]
    pub fn form(&self) -> BalancerForm {
        match self {
            Self::Haproxy { socket, master, routes } => BalancerForm {
                kind: "haproxy".to_owned(),
                socket: format!("{}{socket}", if *master { "master:" } else { "" }),
                routes: routes.iter().map(Route::to_string).collect::<Vec<_>>().join("\n"),
                ..BalancerForm::default()
            },
            Self::Elb { elb_base, iam_base, project, credentials, classic, ca } => BalancerForm {
                kind: "elb".to_owned(),
                elb_base: elb_base.clone(),
                iam_base: iam_base.clone().unwrap_or_default(),
                project: project.clone(),
                credentials: credentials.clone(),
                generation: if *classic { "v2" } else { "v3" }.to_owned(),
                ca: ca.clone().unwrap_or_default(),
                ..BalancerForm::default()
            },
        }
    }
}

/// As it is written in a form.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} @ {}", self.frontend, self.backends.join(", "), self.map)?;
        self.on.map_or(Ok(()), |on| write!(f, " on {on}"))
    }
}

/// For people.
impl fmt::Display for BalancerAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Haproxy { socket, master: false, .. } => write!(f, "HAProxy at {socket}"),
            Self::Haproxy { socket, master: true, .. } => write!(f, "HAProxy's master at {socket}"),
            Self::Elb { elb_base, project, .. } => write!(f, "ELB at {elb_base}, project {project}"),
        }
    }
}

fn all<T>(wrong: Vec<(&str, &str)>, right: T) -> Result<T, Problem> {
    let mut wrong = wrong.into_iter();
    let Some((field, remedy)) = wrong.next() else { return Ok(right) };
    Err(wrong.fold(Problem::field(field, remedy), |problem, (field, remedy)| problem.and_field(field, remedy)))
}

/// `shop = shop_be, api_be @ /etc/haproxy/quell/shop.map on 203.0.113.5:80`
fn route(line: &str) -> Option<Route> {
    let (frontend, rest) = line.split_once('=')?;
    let (backends, rest) = rest.split_once('@')?;
    let (map, on) = match rest.split_once(" on ") {
        Some((map, on)) => (map, Some(on.trim().parse::<SocketAddr>().ok().filter(is_reachable)?)),
        None => (rest, None),
    };
    let (frontend, map) = (frontend.trim(), map.trim());
    let backends: Vec<String> = backends.split(',').map(|name| name.trim().to_owned()).collect();
    let right = is_name(frontend) && is_path(map) && backends.iter().all(|name| is_name(name));
    right.then(|| Route { frontend: frontend.to_owned(), map: map.to_owned(), backends, on })
}

/// A client can connect to one address and port, not to all of them.
fn is_reachable(on: &SocketAddr) -> bool {
    !on.ip().is_unspecified() && !on.ip().is_multicast() && on.port() != 0
}

/// What `HAProxy` takes for names, and nothing that its command line would read as more than one word.
fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.len() > 1
        && text.len() <= 1_024
        && text.bytes().all(|b| b.is_ascii_graphic() && !b";\\\"'<@".contains(&b))
}

fn is_base(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://127.0.0.1:"))
        .or_else(|| text.strip_prefix("http://localhost:"));
    host.is_some_and(|host| {
        !host.is_empty()
            && host.len() <= 256
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
    })
}
