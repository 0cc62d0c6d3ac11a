//! How a request says who we are: by a signature, or by a token of IAM.

use quell_core::ports::GateError;
use reqwest::{
    Method, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret as _, SecretString};

use super::{
    credentials::{Credentials, Keys, Login},
    http,
    refusal::Trouble,
    session::{Query, Session, url},
    sign, token,
};
use crate::files::barred;

const JSON: &str = "application/json";

/// The headers of one request.
pub(super) struct Authority {
    pub headers: HeaderMap,
    /// The token among them, if it is one.
    pub token: Option<SecretString>,
    /// Was it kept from before? Then another one may be had.
    pub kept: bool,
}

impl Session<'_> {
    pub(super) async fn authority(
        &self,
        method: &Method,
        url: &Url,
        query: &Query<'_>,
        body: &str,
    ) -> Result<Authority, GateError> {
        match &self.credentials {
            Credentials::Keys(keys) => {
                Ok(Authority { headers: self.signed(keys, method, url, query, body)?, token: None, kept: false })
            }
            Credentials::Login(login) => {
                let (token, kept) = self.token(login).await?;
                let headers = headers(&[("X-Auth-Token", token.expose_secret().to_owned())])?;
                Ok(Authority { headers, token: Some(token), kept })
            }
        }
    }

    /// Headers with a signature.
    fn signed(
        &self,
        keys: &Keys,
        method: &Method,
        url: &Url,
        query: &Query<'_>,
        body: &str,
    ) -> Result<HeaderMap, GateError> {
        let host = url.host_str().unwrap_or_default();
        let mut all = vec![
            ("Host", url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))),
            ("Content-Type", JSON.to_owned()),
            ("X-Project-Id", self.project.to_owned()),
            (sign::DATE, basic(&self.elb.clock.now().rfc3339())),
        ];
        if let Some(token) = &keys.token {
            all.push(("X-Security-Token", token.expose_secret().to_owned()));
        }
        let unsigned =
            sign::Unsigned { method: method.as_str(), path: url.path(), query, headers: &all, body: body.as_bytes() };
        let authorization = unsigned.authorization(&keys.access, &keys.secret);
        all.push(("Authorization", authorization));
        headers(&all)
    }

    /// A token, and whether it is one that was kept.
    async fn token(&self, login: &Login) -> Result<(SecretString, bool), GateError> {
        if let Some(token) = self.elb.tokens.get(self.access, login, self.elb.clock.now()) {
            return Ok((token, true));
        }
        let words = "A password is exchanged for a token by IAM. Give IAM's base address.";
        let base = self.iam_base.ok_or_else(|| barred("iam_base", words, "there is none"))?;
        let url = url("iam_base", base, "/v3/auth/tokens", &[("nocatalog", "true".to_owned())])?;
        let body = token::request(login, self.project).to_string();
        let mut pauses = self.pauses();
        let fresh = loop {
            // It changes nothing, and a second token does not end the first.
            let request = self.client.post(url.clone()).headers(headers(&[])?).body(body.clone());
            let trouble = match http::send(request, self.elb.patience.read, false).await {
                Ok(answer) if (200..300).contains(&answer.status) => break token::answer(answer.token, &answer.body)?,
                Ok(answer) if answer.status == 404 => {
                    let cause = self.said(&answer, None).message;
                    Trouble::Over(barred("iam_base", "Nothing at this address knows IAM's interface.", cause).into())
                }
                Ok(answer) if answer.status == 403 => {
                    let cause = self.said(&answer, None).message;
                    Trouble::Over(barred("credentials", "IAM gives this user no token for this project.", cause).into())
                }
                Ok(answer) => self.refused(&answer, None, false),
                Err(trouble) => trouble,
            };
            pauses.wait(trouble).await?;
        };
        self.elb.tokens.keep(self.access, login, &fresh, self.elb.clock.now());
        Ok((fresh.token, false))
    }
}

/// `2026-03-11T08:30:15.123456Z` → `20260311T083015Z`
fn basic(rfc3339: &str) -> String {
    let mut basic = rfc3339.replace(['-', ':'], "");
    basic.truncate("20260311T083015".len());
    basic + "Z"
}

/// None of these is ever written to a log.
fn headers(all: &[(&str, String)]) -> Result<HeaderMap, GateError> {
    let mut map = HeaderMap::new();
    map.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    for (name, value) in all {
        let words = "A value has characters that cannot be sent.";
        let name: HeaderName = name.parse().map_err(|_| barred("credentials", words, "a header's name"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| barred("credentials", words, &name))?;
        value.set_sensitive(true);
        map.insert(name, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_they_are_signed() {
        assert_eq!(basic("2026-03-11T08:30:15.123456Z"), "20260311T083015Z");
    }

    #[test]
    fn what_stands_in_headers_is_not_printed() {
        let headers = headers(&[("X-Auth-Token", "hunter2".to_owned())]).expect("headers");
        assert!(!format!("{headers:?}").contains("hunter2"));
        let GateError::Barred { words, cause, .. } =
            super::headers(&[("X-Auth-Token", "hunter2\n".to_owned())]).expect_err("a line break")
        else {
            panic!("barred")
        };
        assert!(!format!("{words}{cause}").contains("hunter2"));
    }
}
