//! A real headless Chromium, with scripts on or off. Sees the portal as a person does, and collects what the browser complains of.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Command,
    time::Duration,
};

use fantoccini::{ClientBuilder, Locator, elements::Element, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::{tied::Tied, wait_for};

/// How long a page may take to show what is waited for.
const LIMIT: Duration = Duration::from_secs(60);

/// Whether pages may run scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// Islands come alive.
    On,
    /// Plain HTML only.
    Off,
}

/// One browser with a fresh profile.
#[derive(Debug)]
pub struct Browser {
    // Dropped before the driver: see `Drop` of the driver's process, which ends the browser as well.
    client: fantoccini::Client,
    http: reqwest::Client,
    driver: String,
    scripts: Scripts,
    _process: Tied,
}

impl Browser {
    /// Starts driver and browser.
    pub async fn start(scripts: Scripts) -> Self {
        let folder = tempfile::Builder::new().prefix("quell-web-").tempdir().unwrap().keep();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let mut command = Command::new("chromedriver");
        // The browser is a child of the driver and finds its home and temporary files in our folder.
        command.arg(format!("--port={port}")).env("HOME", &folder).env("TMPDIR", &folder);
        let process = Tied::start(&mut command, &folder.join("driver.log"), "TERM", Some(&folder));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let driver = format!("http://127.0.0.1:{port}");
        wait_for("the start of chromedriver", LIMIT, async || {
            let answer = http.get(format!("{driver}/status")).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&folder.join("profile"), scripts))
            .connect(&driver)
            .await
            .unwrap_or_else(|error| panic!("the browser does not start: {error}"));
        Self { client, http, driver, scripts, _process: process }
    }

    /// The driver's client, for what is not offered here.
    pub fn raw(&self) -> &fantoccini::Client {
        &self.client
    }

    /// Opens an address; with scripts on, waits until the islands are alive when the page has any.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        self.settle().await;
    }

    /// Waits until the page has finished starting; nothing to wait for with scripts off.
    pub async fn settle(&self) {
        if self.scripts == Scripts::Off {
            return;
        }
        let script = "return document.readyState === 'complete' && (document.documentElement.hasAttribute('data-hydrated') \
                      || !document.querySelector('leptos-island'))";
        wait_for("the page's start", LIMIT, async || {
            let done = self.client.execute(script, vec![]).await.ok()?;
            (done == Value::Bool(true)).then_some(())
        })
        .await;
    }

    /// The first element that matches, as soon as it is there.
    pub async fn find(&self, css: &str) -> Element {
        wait_for(css, LIMIT, async || self.client.find(Locator::Css(css)).await.ok()).await
    }

    /// True when an element matches now.
    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Clicks the first element that matches, and lets the page that follows settle.
    pub async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap_or_else(|error| panic!("click on {css}: {error}"));
        self.settle().await;
    }

    /// Clicks the button or link with exactly this text.
    pub async fn press(&self, text: &str) {
        assert!(!text.contains('"'), "no quotes in button texts: {text}");
        let path = format!("//*[self::button or self::a or self::summary][normalize-space(.)=\"{text}\"]");
        let element = wait_for(text, LIMIT, async || self.client.find(Locator::XPath(&path)).await.ok()).await;
        element.click().await.unwrap_or_else(|error| panic!("click on {text}: {error}"));
        self.settle().await;
    }

    /// Types into a field that matches, in the place of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap_or_else(|error| panic!("typing into {css}: {error}"));
    }

    /// The visible text of the first element that matches.
    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// The page's path.
    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// Signs in through the page.
    pub async fn sign_in(&self, base: &str, login: &str, password: &str) {
        self.goto(&format!("{base}/login")).await;
        self.fill("input[name=login]", login).await;
        self.fill("input[name=password]", password).await;
        self.click(
            "form[action='/api/v1/session/sign_in'] button[type=submit], form[action='/api/v1/session/sign_in'] button",
        )
        .await;
        wait_for("being signed in", LIMIT, async || (self.path().await != "/login").then_some(())).await;
    }

    /// Sets the size of the inner window.
    pub async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.unwrap();
    }

    /// Writes a picture of the window.
    pub async fn screenshot(&self, file: &Path) {
        let picture = self.client.screenshot().await.unwrap();
        std::fs::write(file, picture).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// What the browser has complained of since the last call: script errors, failed loads, breaks of the content policy.
    pub async fn complaints(&self) -> Vec<String> {
        let session = self.client.session_id().await.unwrap().expect("the session has an id");
        let request = self.http.post(format!("{}/session/{session}/se/log", self.driver));
        let answer: Value = request.json(&json!({ "type": "browser" })).send().await.unwrap().json().await.unwrap();
        let lines = answer["value"].as_array().unwrap_or_else(|| panic!("no log: {answer}"));
        let bad = lines.iter().filter(|line| line["level"] == "SEVERE" || line["source"] == "security");
        bad.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Ends the session; without it the driver's end does.
    pub async fn close(self) {
        let _ = self.client.close().await;
    }
}

fn capabilities(profile: &Path, scripts: Scripts) -> Capabilities {
    let scripts = if scripts == Scripts::On { 1 } else { 2 };
    let wanted = json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": {
            "args": [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--window-size=1280,900",
                format!("--user-data-dir={}", profile.display()),
            ],
            "prefs": { "profile.managed_default_content_settings.javascript": scripts },
        },
    });
    match wanted {
        Value::Object(map) => map,
        _ => Capabilities::new(),
    }
}
