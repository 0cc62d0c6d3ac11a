//! Where a request really comes from, when a proxy stands in front.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::Response,
};
use quell_domain::Problem;

use super::{errors, web::Web};

/// Replaces the peer's address by the one that a listed proxy reports. From anybody else the header is ignored: it would
/// let them choose their own name in the audit trail and escape throttling.
pub async fn resolve(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let Some(peer) = peer else { return next.run(request).await };
    let ip = peer.ip().to_canonical();
    if web.proxies.contains(&ip) {
        if let Some(client) = reported(request.headers(), &web.proxies) {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, 0)));
        }
    } else if web.only_proxies && !ip.is_loopback() {
        // Plain http from the network: whoever it is does not come through the proxy that speaks https.
        return errors::json(&Problem::forbidden("This portal is reached through its proxy only."));
    }
    next.run(request).await
}

/// The right-most address that is not a proxy of ours: everything left of it can be made up by the client.
fn reported(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    lines
        .iter()
        .rev()
        .flat_map(|line| line.rsplit(','))
        .map_while(|text| text.trim().parse::<IpAddr>().ok())
        .map(|ip| ip.to_canonical())
        .find(|ip| !proxies.contains(ip))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_what_a_listed_proxy_saw_is_believed() {
        let proxies = ["10.0.0.1".parse().expect("address")];
        let seen = |line: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static(line));
            reported(&headers, &proxies).map(|ip| ip.to_string())
        };
        assert_eq!(seen("1.1.1.1, 2.2.2.2").as_deref(), Some("2.2.2.2"));
        assert_eq!(seen("1.1.1.1, 2.2.2.2, 10.0.0.1").as_deref(), Some("2.2.2.2"));
        assert_eq!(seen("2.2.2.2, evil"), None);
    }
}
