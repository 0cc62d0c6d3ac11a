//! One browser on one portal, with the words that the tests are told in. With scripts on every page must come alive, and
//! nothing may be complained of: no script error, no failed load, no break of the content policy.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use fantoccini::{Locator, elements::Element};
use quell_tests::{Browser, Scripts, look_for, wait_for};
use serde_json::{Value, json};

use crate::cdp::devtools;

/// How long anything may take to show: long, since every other test shares the machine; what is waited for comes far sooner.
pub const LIMIT: Duration = Duration::from_secs(60);

/// How long nothing may move on a page that is called still.
const STILL: Duration = Duration::from_millis(500);

/// Text of the page without what moves by itself: countdowns, ages, the moment of reading, and messages shown once.
const STANDING: &str = "
    const moving = '.sla .num, .stats small, .foot time, [role=status], [role=alert], progress + p, textarea';
    const show = element => element.matches(moving) || !element.checkVisibility()
        ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
    const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
        node => node.nodeType === Node.TEXT_NODE ? NodeFilter.FILTER_ACCEPT : show(node));
    const words = [];
    while (walk.nextNode()) words.push(walk.currentNode.data);
    return words.join(' ').replace(/\\s+/g, ' ').trim();
";

/// True when the document that was clicked on has gone and the next one is whole.
const ARRIVED: &str = "return !window.quellLeft && document.readyState === 'complete'";

/// True when a script is told to run on this page.
const ALIVE: &str = "return document.documentElement.hasAttribute('data-hydrated')";

/// One browser.
pub struct Tab {
    /// For what is not offered here.
    pub browser: Browser,
    base: String,
    scripts: Scripts,
    clicks: AtomicUsize,
}

impl Tab {
    /// A fresh browser for the portal at `base`.
    pub async fn open(base: &str, scripts: Scripts) -> Self {
        let browser = Browser::start(scripts).await;
        Self { browser, base: base.to_owned(), scripts, clicks: AtomicUsize::new(0) }
    }

    /// A fresh browser in which this person is signed in.
    pub async fn signed_in(base: &str, scripts: Scripts, login: &str, password: &str) -> Self {
        let tab = Self::open(base, scripts).await;
        tab.goto("/login").await;
        tab.sign_in(login, password).await;
        tab
    }

    /// The same browser, which from now on reaches the portal at another address.
    pub fn through(self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self }
    }

    /// Do pages come alive?
    pub fn runs_scripts(&self) -> bool {
        self.scripts == Scripts::On
    }

    /// Fills the sign-in form that the page shows, and sends it.
    pub async fn sign_in(&self, login: &str, password: &str) {
        self.browser.fill("input[name=login]", login).await;
        self.browser.fill("input[name=password]", password).await;
        self.submit("session/sign_in").await;
        assert_ne!(self.browser.path().await, "/login", "{login} was not let in: {}", self.main().await);
    }

    /// `http://localhost:<port>`
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Opens a page.
    pub async fn goto(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        self.browser.raw().goto(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        self.settle().await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.browser.raw().refresh().await.unwrap();
        self.settle().await;
    }

    /// Waits until the page is whole and alive, then checks that the browser complains of nothing.
    pub async fn settle(&self) {
        wait_for("the whole page", LIMIT, async || self.is(ARRIVED).await.then_some(())).await;
        let mut complaints = self.complaints().await;
        if self.scripts == Scripts::On && complaints.is_empty() {
            // An island that cannot come alive says so; there is no need to wait for the limit then.
            let alive = wait_for("the page coming alive", LIMIT, async || match self.is(ALIVE).await {
                true => Some(Vec::new()),
                false => Some(self.complaints().await).filter(|complaints| !complaints.is_empty()),
            });
            complaints = alive.await;
            complaints.extend(self.complaints().await);
        }
        assert!(complaints.is_empty(), "on {}: {complaints:#?}", self.browser.path().await);
    }

    /// What the browser complains of, but for the status of the page itself: a page that says *not found* may do so.
    pub async fn complaints(&self) -> Vec<String> {
        let here = self.browser.raw().current_url().await.unwrap().to_string();
        let here = here.split('#').next().unwrap_or_default().to_owned();
        let mut complaints = self.browser.complaints().await;
        complaints.retain(|line| !(line.starts_with(&here) && line.contains("Failed to load resource")));
        complaints
    }

    /// Runs a script that gives a value; works with the page's own scripts off as well.
    pub async fn run(&self, script: &str) -> Value {
        self.browser.raw().execute(script, vec![]).await.unwrap_or_else(|error| panic!("{error} in: {script}"))
    }

    async fn is(&self, script: &str) -> bool {
        // Between two documents there is nothing to run in.
        self.browser.raw().execute(script, vec![]).await.is_ok_and(|value| value == json!(true))
    }

    /// Clicks the visible button or link with this label, waits for the next page. Words for screen readers may follow.
    pub async fn press(&self, label: &str) {
        self.leave(&labelled(label)).await;
    }

    /// Sends the form of an endpoint by its button, waits for the next page.
    pub async fn submit(&self, endpoint: &str) {
        self.leave(&format!("//form[@action='/api/v1/{endpoint}']//button[@type='submit']")).await;
    }

    /// Clicks the first visible element of this path, waits for the next page.
    pub async fn leave(&self, path: &str) {
        self.run("window.quellLeft = true").await;
        self.click(path).await;
        self.settle().await;
    }

    /// Clicks the first visible element of this path and stays on the page.
    pub async fn click(&self, path: &str) {
        self.clicks.fetch_add(1, Ordering::Relaxed);
        // A live page may redraw the element between finding and clicking it.
        wait_for(&format!("a click on {path}"), LIMIT, async || self.shown(path).await?.click().await.ok()).await;
    }

    /// The first visible element of this path, now.
    pub async fn shown(&self, path: &str) -> Option<Element> {
        for element in self.browser.raw().find_all(Locator::XPath(path)).await.ok()? {
            if element.is_displayed().await.unwrap_or(false) {
                return Some(element);
            }
        }
        None
    }

    /// Clicks since the last call.
    pub fn take_clicks(&self) -> usize {
        self.clicks.swap(0, Ordering::Relaxed)
    }

    /// The visible text of the page's main part.
    pub async fn main(&self) -> String {
        self.browser.text("main").await
    }

    /// The text of the page's main part without what moves by itself, once nothing has moved for half a second: an island
    /// and a marked part of a page renew themselves each for itself.
    pub async fn standing(&self) -> String {
        let mut standing = (String::new(), Instant::now());
        wait_for("a page that stands still", LIMIT, async || {
            let now = self.run(STANDING).await.as_str().unwrap_or_default().to_owned();
            if now != standing.0 {
                standing = (now, Instant::now());
            }
            (standing.1.elapsed() >= STILL).then(|| standing.0.clone())
        })
        .await
    }

    /// Waits until the first element that matches shows this text: by itself with scripts on, by reloading with scripts off.
    pub async fn until(&self, css: &str, part: &str) -> String {
        let mut seen = String::new();
        let shown = look_for(LIMIT, async || {
            if self.scripts == Scripts::Off {
                self.reload().await;
            }
            seen = self.browser.raw().find(Locator::Css(css)).await.ok()?.text().await.ok()?;
            seen.contains(part).then(|| seen.clone())
        })
        .await;
        shown.unwrap_or_else(|| panic!("\"{part}\" in {css} did not show within {LIMIT:?}; it shows: {seen}"))
    }

    /// Makes the visible area exactly this large; a window alone cannot be as narrow as a phone.
    pub async fn size(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        devtools(self.browser.raw(), "Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// The session's cookie as a header has it.
    pub async fn cookie(&self) -> String {
        let cookies = self.browser.raw().get_all_cookies().await.unwrap();
        let pairs: Vec<String> = cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        pairs.join("; ")
    }
}

/// A button or link by its visible label.
pub fn labelled(label: &str) -> String {
    assert!(!label.contains('"'), "no quotes in labels: {label}");
    format!(
        "//*[self::a or self::button][normalize-space(.)=\"{label}\" or starts-with(normalize-space(.), \"{label} \")]"
    )
}
