//! A browser's HTTP without the browser: cookies, forms and the headers that the portal asks for; redirects are shown, not followed.

use std::time::Duration;

use reqwest::{
    Method, RequestBuilder, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, ORIGIN},
    redirect::Policy,
};

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// One person's browser.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Page {
    /// HTTP status.
    pub status: StatusCode,
    /// Every header.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Page {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }

    /// Where it sends the browser, if it does.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(LOCATION).and_then(|value| value.to_str().ok())
    }
}

impl Client {
    /// A browser with no cookies for the portal at `base` (`http://localhost:<port>`).
    pub fn new(base: &str) -> Self {
        Self { http: builder().build().unwrap(), base: base.to_owned() }
    }

    /// The same portal, as a script with a token asks it.
    pub fn with_token(&self, token: &str) -> Self {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        value.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        let http = builder().default_headers(headers).build().unwrap();
        Self { http, base: self.base.clone() }
    }

    /// Makes a token for who is signed in here; gives its secret.
    pub async fn make_token(&self, name: &str, scope: &str, password: &str) -> String {
        let fields = [("name", name), ("scope", scope), ("password", password)];
        let page = self.post_json_answer("/api/v1/tokens/create", &fields).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        page.json()["once"]["value"].as_str().unwrap().to_owned()
    }

    /// Signs in through the form; panics when the portal refuses.
    pub async fn sign_in(&self, login: &str, password: &str) {
        let page = self.try_sign_in(login, password).await;
        let back = page.location().unwrap_or_default();
        let inside = page.status == StatusCode::SEE_OTHER && !back.contains("/login");
        assert!(inside, "{login} was not let in: {} {back} {}", page.status, page.text());
    }

    /// The answer to the sign-in form.
    pub async fn try_sign_in(&self, login: &str, password: &str) -> Page {
        self.post_form("/api/v1/session/sign_in", &[("login", login), ("password", password), ("next", "")]).await
    }

    /// A request that can still be changed; the path begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// Opens a page as a person would.
    pub async fn get(&self, path: &str) -> Page {
        send(self.request(Method::GET, path).header(ACCEPT, "text/html").header(SITE, "same-origin")).await
    }

    /// Opens a page and panics unless it is there; gives its text.
    pub async fn read(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        page.text()
    }

    /// Sends a form as a browser on our own page would.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.request(Method::POST, path).header(ACCEPT, "text/html");
        send(request.header(SITE, "same-origin").header(ORIGIN, &self.base).form(fields)).await
    }

    /// Calls a server function as a script on our own page would.
    pub async fn post_json_answer(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.request(Method::POST, path).header(ACCEPT, "application/json");
        send(request.header(SITE, "same-origin").header(ORIGIN, &self.base).form(fields)).await
    }

    /// Posts bytes as a detector would: no cookies of ours, no browser headers.
    pub async fn post_bytes(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Page {
        send(self.request(Method::POST, path).header(CONTENT_TYPE, content_type).body(body.into())).await
    }
}

fn builder() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().cookie_store(true).redirect(Policy::none());
    builder.no_proxy().timeout(Duration::from_secs(60))
}

/// Sends and reads to the end.
pub async fn send(request: RequestBuilder) -> Page {
    let answer = request.send().await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await.unwrap_or_else(|error| panic!("the answer broke off: {error:?}"));
    Page { status, headers, body: body.to_vec() }
}
