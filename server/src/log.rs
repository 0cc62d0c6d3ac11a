//! Log lines: to standard error, as text or JSON. Values are fields, so that what an attacker wrote is escaped.

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts logging for `serve`.
pub fn start(config: &Config) {
    // Session middleware logs each malformed cookie; a scanner would fill the disk with that. The SSH client logs what it
    // carries, evidence too, when it is asked for much.
    const ALWAYS: &str = "tower_sessions=error,tower_sessions_core=error,russh=warn";
    let filter = EnvFilter::new(format!("{ALWAYS},{}", config.log_filter));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    match config.log_format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}

/// Starts logging for the other commands: only what went wrong.
pub fn start_quiet() {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("error"))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
