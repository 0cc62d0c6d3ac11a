//! A client as small as can be: one connection for one request, signed with a key or with a token.

use elb_sim::{
    Seed, Simulator,
    clock::{Clock, Millis, sdk_date},
    sign::{self, Signed},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::PROJECT;

/// A key to sign with.
#[derive(Debug, Clone)]
pub struct Key {
    pub access: String,
    pub secret: String,
    pub security_token: Option<String>,
}

impl Key {
    /// The one of the seed that may do everything.
    pub fn portal() -> Self {
        Self::new("HPQ7EXAMPLEACCESSKEY", "wJ3b/exampleSecretKey+0123456789abcdefghij")
    }

    /// The one of the seed that may read.
    pub fn reader() -> Self {
        Self::new("HPQ7EXAMPLEREADERKEY", "exampleReaderSecret+0123456789abcdefghijk")
    }

    pub fn new(access: &str, secret: &str) -> Self {
        Self { access: access.into(), secret: secret.into(), security_token: None }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Status and error code, of an answer that is a refusal.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["error_code"].as_str().unwrap_or_default())
    }

    /// The ids of a list.
    pub fn ids(&self, name: &str) -> Vec<&str> {
        self.body[name].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
    }
}

/// A simulator and a client of it.
#[derive(Debug)]
pub struct Client {
    pub simulator: Simulator,
}

impl Client {
    pub async fn start() -> Self {
        Self::with(Seed::builtin()).await
    }

    pub async fn with(seed: Seed) -> Self {
        Self { simulator: Simulator::start(seed).await.unwrap() }
    }

    pub fn host(&self) -> String {
        self.simulator.url().trim_start_matches("http://").to_owned()
    }

    /// Control.
    pub fn control(&self, method: &str, path: &str, body: Value) -> Value {
        self.simulator.control(method, path, &body).unwrap()
    }

    /// `GET` below `/v3/{project}/elb`, as the portal.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", &format!("/v3/{PROJECT}/elb{path}"), None).await
    }

    /// A call with a body below `/v3/{project}/elb`, as the portal.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, &format!("/v3/{PROJECT}/elb{path}"), Some(body)).await
    }

    /// A call of anything, signed with the portal's key.
    pub async fn send(&self, method: &str, target: &str, body: Option<Value>) -> Answer {
        self.signed(&Key::portal(), method, target, body).await
    }

    /// A call signed with this key.
    pub async fn signed(&self, key: &Key, method: &str, target: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let headers = self.sign(key, Clock::default().now(), method, target, &body, &[]);
        self.raw(method, target, &headers, &body).await.expect("an answer")
    }

    /// A call with a token.
    pub async fn with_token(&self, token: &str, method: &str, target: &str, body: Option<Value>) -> Answer {
        let headers = [("x-auth-token", token), ("content-type", "application/json")];
        let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.raw(method, target, &headers, &body).await.expect("an answer")
    }

    /// A token of the portal's for this scope.
    pub async fn token(&self, scope: Value) -> String {
        let answer = self.login("soc-portal", "example-portal-password", scope).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.header("x-subject-token").unwrap().to_owned()
    }

    pub async fn login(&self, name: &str, password: &str, scope: Value) -> Answer {
        let user = json!({ "name": name, "password": password, "domain": { "name": "acme-account" } });
        let identity = json!({ "methods": ["password"], "password": { "user": user } });
        let body = json!({ "auth": { "identity": identity, "scope": scope } }).to_string();
        let headers = [("content-type".to_owned(), "application/json".to_owned())];
        self.raw("POST", "/v3/auth/tokens", &headers, &body).await.expect("an answer")
    }

    /// The headers of a signed call; `more` is signed with the others.
    pub fn sign(
        &self,
        key: &Key,
        at: Millis,
        method: &str,
        target: &str,
        body: &str,
        more: &[(&str, &str)],
    ) -> Vec<(String, String)> {
        let date = sdk_date(at);
        let host = self.host();
        let mut headers: Vec<(String, String)> =
            [("content-type", "application/json"), ("host", &host), ("x-sdk-date", &date)]
                .into_iter()
                .chain(key.security_token.as_deref().map(|token| ("x-security-token", token)))
                .filter(|(name, _)| !more.iter().any(|(other, _)| other == name))
                .chain(more.iter().copied())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
        headers.sort();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let claimed = more.iter().find(|(name, _)| *name == "x-sdk-content-sha256").map(|(_, value)| *value);
        let payload_hash = sign::payload_hash(body.as_bytes(), claimed);
        let signed = Signed { method, path, query, headers: &headers, payload_hash: &payload_hash };
        let authorization = signed.authorization(&key.access, &key.secret, &date);
        headers.push(("authorization".into(), authorization));
        headers
    }

    /// A request as it is given, and the answer; none when the connection ends without one.
    pub async fn raw(&self, method: &str, target: &str, headers: &[(String, String)], body: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect(self.host()).await.unwrap();
        let mut request =
            format!("{method} {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| name == "host") {
            request += &format!("host: {}\r\n", self.host());
        }
        request.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
        request += &format!("\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is cut may end with an error, or without one: both are no answer.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() };
        Some(Answer { status, headers, body })
    }
}
