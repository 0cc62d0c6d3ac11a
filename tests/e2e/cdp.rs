//! Commands of chromedriver that the WebDriver standard does not have: those of the developer tools.

use std::str::FromStr;

use fantoccini::{Client, wd::WebDriverCompatibleCommand};
use http::Method;
use reqwest::Url;
use serde_json::{Value, json};

type Malformed = <Url as FromStr>::Err;

/// One command below the session's address.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, Malformed> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// Sends one devtools command and gives its answer.
pub async fn devtools(client: &Client, command: &str, params: Value) -> Value {
    let vendor = Vendor { path: "goog/cdp/execute", body: json!({ "cmd": command, "params": params }) };
    client.issue_cmd(vendor).await.unwrap_or_else(|error| panic!("{command}: {error}"))
}
