//! What most browser tests stand on: a portal of their own with people, an alarm source, and a victim on the shared engine.

use std::time::SystemTime;

use quell_tests::{
    Client, Engine, Portal,
    client::send,
    fixtures::{ALARMS, Subject},
    portal::labelled,
    wait_for,
};
use reqwest::{Method, header::ACCEPT};
use serde_json::Value;

use crate::tab::LIMIT;

/// Who may do everything that an incident asks for, and see every page.
pub const ALL_ROLES: &[&str] = &["analyst", "responder", "approver", "auditor", "admin"];

/// A container that has written to its log and to its disk, and then idles.
const BUSY: &str = "echo listening; echo changed >/tmp/dropped; trap 'exit 0' TERM; while :; do sleep 1; done";

/// A portal that knows one node with one victim.
pub struct Stage {
    /// Shared by all tests of this process; containers are told apart by their names.
    pub engine: &'static Engine,
    /// This test's own.
    pub portal: Portal,
    /// What the engine calls its machine, and detectors with it.
    pub node: String,
    /// The victim's name.
    pub name: String,
    /// Its full id.
    pub victim: String,
    /// Where Falco posts to.
    pub falco: String,
}

impl Stage {
    /// A running portal with the victim `name`, which runs and does nothing.
    pub async fn set(name: &str) -> Self {
        Self::with(Portal::start().await, name).await
    }

    /// The same on a portal that runs already.
    pub async fn with(portal: Portal, name: &str) -> Self {
        Self::named(portal, name, &Engine::shared().await.node_name()).await
    }

    /// The same with a node that detectors know by this name.
    pub async fn named(portal: Portal, name: &str, node: &str) -> Self {
        let engine = Engine::shared().await;
        let node = node.to_owned();
        portal.add_node(&node, &engine.endpoint());
        let falco = portal.add_source("falco", "falco", Some(&node));
        let victim = engine.victim(name, BUSY);
        Self { engine, portal, node, name: name.to_owned(), victim, falco }
    }

    /// Adds a person with a name as people have; gives the password.
    pub fn person(&self, login: &str, name: &str, roles: &[&str]) -> String {
        let mut words = vec!["user", "add", "--login", login, "--name", name];
        words.extend(roles.iter().flat_map(|role| ["--role", role]));
        labelled(&self.portal.quell(&words), "password: ")
    }

    /// Posts one of the Falco payloads about the victim.
    pub async fn alarm(&self, fixture: &str) {
        self.alarm_about(fixture, &self.victim, &self.name).await;
    }

    /// Posts one of the Falco payloads about any container of the node.
    pub async fn alarm_about(&self, fixture: &str, container: &str, name: &str) {
        self.alarms_about(fixture, container, name, 1).await;
    }

    /// The same, byte for byte, as many times.
    pub async fn alarms_about(&self, fixture: &str, container: &str, name: &str, times: usize) {
        let fixture = ALARMS.iter().find(|known| known.name == fixture).expect("a known payload");
        let body = fixture.fill(Subject { container, name, node: &self.node }, SystemTime::now());
        for _ in 0..times {
            self.post(fixture.content_type(), body.clone()).await;
        }
    }

    /// Posts any bytes as Falco would; they must be answered with 200.
    pub async fn post(&self, content_type: &str, body: impl Into<Vec<u8>>) {
        let answer = self.portal.client().post_bytes(&self.falco, content_type, body).await;
        assert!(answer.status.is_success(), "the alarm was refused: {} {}", answer.status, answer.text());
    }

    /// Asks a server function as a script of our own page would.
    pub async fn ask(&self, client: &Client, path: &str) -> Value {
        let request = client.request(Method::GET, path).header(ACCEPT, "application/json");
        let answer = send(request.header("sec-fetch-site", "same-origin")).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text());
        answer.json()
    }

    /// Waits until the queue names `text`, through a client that is signed in.
    pub async fn in_queue(&self, client: &Client, text: &str) {
        wait_for(&format!("{text} in the queue"), LIMIT, async || {
            client.read("/incidents?view=unassigned").await.contains(text).then_some(())
        })
        .await;
    }
}
