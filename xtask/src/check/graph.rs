//! What the browser part is made of. Reads the text of `cargo tree`.

/// Crates that must not reach the browser.
const SERVER_ONLY: [&str; 19] = [
    "argon2",
    "aws-lc-rs",
    "axum",
    "bollard",
    "chrono",
    "hyper",
    "quell-core",
    "quell-effects",
    "quell-intake",
    "quell-server",
    "quell-store",
    "quell-verify",
    "tower-sessions",
    "reqwest",
    "ring",
    "sqlx",
    "tokio",
    "totp-rs",
    "webauthn-rs",
];

/// Names of `cargo tree --prefix none` that belong to the server.
pub fn foreign_crates(tree: &str) -> Vec<String> {
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    let mut found: Vec<&str> = names.filter(|name| SERVER_ONLY.contains(name)).collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .map(|name| format!("the browser part contains {name} (see cargo tree -p quell-frontend -i {name})"))
        .collect()
}

/// One crate that switches `tachys/ssr` on leaves every handler in the browser dead, without an error.
pub fn server_features(tree: &str) -> Vec<String> {
    let ssr = tree.lines().any(|line| line.contains("feature \"ssr\""));
    if ssr { vec!["the browser part is built with tachys/ssr: no handler would work".into()] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_crates_are_found() {
        assert!(foreign_crates("quell-frontend v0.1.0 (path)\nleptos v0.8.23\ntokio-stream v0.1.0\n").is_empty());
        assert_eq!(foreign_crates("leptos v0.8.23\ntokio v1.0.0 (*)\ntokio v1.0.0\n").len(), 1);
    }

    #[test]
    fn the_ssr_feature_is_found() {
        assert!(server_features("tachys v0.2.19\n├── tachys feature \"hydrate\"\n").is_empty());
        assert_eq!(server_features("tachys v0.2.19\n├── tachys feature \"ssr\"\n").len(), 1);
    }
}
