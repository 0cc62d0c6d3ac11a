//! HAProxy's configuration with the lines that Quell ships in each front end. Compiled into the project's commands too, so it
//! uses the standard library only.

use std::path::Path;

const SHIPPED: &str = include_str!("../../server/config/haproxy-quell.cfg");
const SHIPPED_MAP: &str = "/etc/haproxy/quell/shop.map";

/// What all sections have in common: sockets at these places, one of each level.
pub fn general(folder: &Path) -> String {
    let socket = |name: &str, level: &str| {
        format!("  stats socket {} mode 600 level {level}\n", folder.join(format!("{name}.sock")).display())
    };
    format!(
        "global\n{}{}{}defaults\n  timeout connect 2s\n  timeout client 60s\n  timeout server 60s\n",
        socket("admin", "admin"),
        socket("operator", "operator"),
        socket("user", "user"),
    )
}

/// A front end that listens there, with Quell's lines on this map, and leads to the back end `{name}_be`.
pub fn frontend(name: &str, mode: &str, binds: &[&str], map: &Path) -> String {
    let binds: String = binds.iter().map(|bind| format!("  bind {bind}\n")).collect();
    format!("frontend {name}\n  mode {mode}\n{binds}{}  default_backend {name}_be\n", quell_lines(mode, map))
}

/// A whole configuration: one front end of HTTP that listens there and leads to one server. Its map lies in the folder, under
/// the front end's name.
pub fn one_server(folder: &Path, name: &str, bind: &str, server: &str) -> String {
    let frontend = frontend(name, "http", &[bind], &folder.join(format!("{name}.map")));
    format!("{}{frontend}backend {name}_be\n  mode http\n  server one {server} weight 1\n", general(folder))
}

/// The lines as they are shipped, on another map.
fn quell_lines(mode: &str, map: &Path) -> String {
    let lines = SHIPPED.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let fitting = lines.filter(|line| mode == "http" || !line.starts_with("http-"));
    fitting.map(|line| format!("  {}\n", line.replace(SHIPPED_MAP, &map.display().to_string()))).collect()
}
