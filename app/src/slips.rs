//! Messages for people without a session: in a cookie of theirs, so that strangers fill nothing of ours.
//!
//! Sealed with a key of this process, so that a page says only what we wrote. A restart costs a message.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use quell_domain::ids::Digest;

use crate::{flash::Flash, guard};

/// Bytes of a message with what was typed; a browser keeps twice that and a seal in one cookie.
const MOST: usize = 1_500;

/// Writes and reads them. Clones share the key.
#[derive(Clone)]
pub struct Slips {
    name: &'static str,
    attributes: &'static str,
    key: Arc<str>,
}

impl Slips {
    /// With a new key. `https`: is the way to the browser encrypted?
    #[must_use]
    pub fn new(https: bool) -> Self {
        let (name, attributes) = if https {
            ("__Host-quell_message", "Path=/; HttpOnly; SameSite=Lax; Secure")
        } else {
            ("quell_message", "Path=/; HttpOnly; SameSite=Lax")
        };
        Self { name, attributes, key: quell_core::ids::secret().into() }
    }

    /// The cookie that carries a message to the next page; what was typed is left out when it is too long.
    #[must_use]
    pub fn write(&self, mut flash: Flash) -> Option<HeaderValue> {
        let mut json = serde_json::to_string(&flash).ok()?;
        if json.len() > MOST {
            flash.values.clear();
            json = serde_json::to_string(&flash).ok()?;
        }
        let text = hex::encode(json);
        let Self { name, attributes, .. } = self;
        HeaderValue::from_str(&format!("{name}={text}.{}; Max-Age=60; {attributes}", self.seal(&text))).ok()
    }

    /// The message that a request carries, if it is one of ours.
    #[must_use]
    pub fn read(&self, headers: &HeaderMap) -> Option<Flash> {
        let cookie = guard::cookie(headers, self.name)?;
        let (text, seal) = cookie.split_once('.')?;
        if seal != self.seal(text).as_str() {
            return None;
        }
        serde_json::from_slice(&hex::decode(text).ok()?).ok()
    }

    /// The cookie that takes it out of the browser.
    #[must_use]
    pub fn removal(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("{}=; Max-Age=0; {}", self.name, self.attributes)).ok()
    }

    /// The text is hashed by itself first: what is sealed has one length, so that nothing can be added to it.
    fn seal(&self, text: &str) -> Digest {
        Digest::of(format!("{}{}", self.key, Digest::of(text.as_bytes())).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    fn sent(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(&format!("a=b; {cookie}")).expect("value"));
        headers
    }

    fn pair(slips: &Slips, flash: Flash) -> String {
        let cookie = slips.write(flash).expect("a cookie");
        cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned()
    }

    #[test]
    fn a_page_says_only_what_we_wrote() {
        let (slips, others) = (Slips::new(true), Slips::new(true));
        let flash = Flash { notice: "done; \u{202e}".to_owned(), ..Flash::default() };
        let cookie = pair(&slips, flash.clone());
        assert!(cookie.starts_with("__Host-quell_message="), "{cookie}");
        assert_eq!(slips.read(&sent(&cookie)), Some(flash.clone()));
        assert_eq!(slips.read(&sent(&pair(&others, flash))), None, "another process");
        assert_eq!(slips.read(&sent(&cookie.replacen('7', "6", 1))), None, "changed");
        for none in ["", "__Host-quell_message=", "__Host-quell_message=7b7d.", "__Host-quell_message=x.y"] {
            assert_eq!(slips.read(&sent(none)), None, "{none}");
        }
    }

    #[test]
    fn a_browser_keeps_it() {
        let slips = Slips::new(false);
        let typed = |text: &str| [("login".to_owned(), text.to_owned())].into();
        let long = Flash { notice: "n".to_owned(), values: typed(&"\u{202e}".repeat(1_000)), ..Flash::default() };
        let cookie = pair(&slips, long);
        assert!(cookie.len() < 4_000);
        let read = slips.read(&sent(&cookie)).expect("ours");
        assert!(read.values.is_empty() && read.notice == "n");
        let short = Flash { values: typed("ann"), ..Flash::default() };
        assert_eq!(slips.read(&sent(&pair(&slips, short.clone()))), Some(short));
    }
}
