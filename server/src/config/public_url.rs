//! The address that people type: scheme, host and port, nothing else.

use http::Uri;

/// `https://quell.example.org` or `http://localhost:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    https: bool,
    host: String,
    port: Option<u16>,
}

impl PublicUrl {
    /// Reads it; none when it has a path, a user or another scheme.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let bare = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && matches!(uri.path(), "" | "/")
            && uri.query().is_none();
        let default_port = if https { 443 } else { 80 };
        let host = uri.host()?.to_ascii_lowercase();
        bare.then(|| Self { https, host, port: uri.port_u16().filter(|port| *port != default_port) })
    }

    /// `http://localhost:<port>`: what is used on loopback without a setting.
    #[must_use]
    pub fn local(port: u16) -> Self {
        Self { https: false, host: "localhost".to_owned(), port: Some(port).filter(|port| *port != 80) }
    }

    /// As a browser writes it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        match self.port {
            Some(port) => format!("{scheme}://{}:{port}", self.host),
            None => format!("{scheme}://{}", self.host),
        }
    }

    /// Is the way to the browser encrypted?
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Does it stay on this machine?
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.host == "localhost"
            || self.host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_origin_is_taken() {
        let url = PublicUrl::parse("https://Quell.Example.org:443/").expect("good");
        assert_eq!(url.origin(), "https://quell.example.org");
        for bad in ["quell.example.org", "https://a/b", "https://u:p@a", "ftp://a", "https://a?x=1", ""] {
            assert_eq!(PublicUrl::parse(bad), None, "{bad}");
        }
        assert!(PublicUrl::parse("http://[::1]:9").expect("good").is_local());
    }
}
