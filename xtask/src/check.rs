//! `check`: the rules of the house that a compiler does not know.
//!
//! Owns the list of rules; each rule is a small pure function in `check/` that gives one sentence for each break.

mod graph;
mod layers;
mod lex;
mod migrations;
mod size;
mod text;

use std::path::{Path, PathBuf};

use crate::{build, sh};

/// A file of ours, with its path from the top folder.
pub struct Source {
    /// `app/src/ui/button.rs`
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The folders that hold our text.
const FOLDERS: [&str; 7] = ["app", "frontend", "migrations", "server", "style", "tests", "xtask"];
const ENDINGS: [&str; 6] = ["rs", "js", "css", "sql", "toml", "md"];

/// Runs every rule and prints every break.
pub fn run() -> sh::Result<()> {
    let root = sh::root();
    let sources = read_sources(&root)?;
    let metadata = sh::metadata()?;
    for warning in size::long_files(&sources, size::WARN_LINES) {
        println!("check: note: {warning}");
    }
    let mut broken = Vec::new();
    broken.extend(layers::arrows(&metadata));
    broken.extend(layers::outside_crates(&metadata));
    broken.extend(layers::forbids_unsafe(&metadata, |path| std::fs::read_to_string(path).ok()));
    broken.extend(size::long_files(&sources, size::MAX_LINES));
    broken.extend(sources.iter().flat_map(text::all));
    broken.extend(migrations::paired(&names(&root, "sqlite")?, &names(&root, "postgres")?));
    broken.extend(graph::foreign_crates(&sh::output(&mut tree(&["--prefix", "none", "-e", "normal"]))?));
    broken.extend(graph::server_features(&sh::output(&mut tree(&["-e", "features", "-i", "tachys"]))?));
    verdict(&broken)?;
    sizes()
}

/// The download sizes alone; nothing to say when the site is not built.
pub fn sizes() -> sh::Result<()> {
    let site = sh::target_dir()?.join("site");
    if !site.join(build::ASSETS).is_file() {
        println!("check: download sizes are looked at after `cargo xtask build`");
        return Ok(());
    }
    let sizes = size::downloads(&site.join(build::PKG))?;
    for (name, bytes) in &sizes {
        println!("check: {name}: {:.1} KB brotli", *bytes as f64 / 1024.0);
    }
    verdict(&size::over_budget(&sizes))
}

fn verdict(broken: &[String]) -> sh::Result<()> {
    let top = format!("{}/", sh::root().display());
    for line in broken {
        eprintln!("check: {}", line.trim_start_matches(&top));
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("{} rules of the house are broken (see above)", broken.len())) }
}

fn tree(words: &[&str]) -> std::process::Command {
    let mut cargo = sh::cargo();
    cargo.args(["tree", "-q", "-p", "quell-frontend", "--target", "wasm32-unknown-unknown"]).args(words);
    cargo
}

fn names(root: &Path, database: &str) -> sh::Result<Vec<String>> {
    let folder = root.join("migrations").join(database);
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    Ok(entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

fn read_sources(root: &Path) -> sh::Result<Vec<Source>> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = FOLDERS.iter().map(|name| root.join(name)).collect();
    while let Some(folder) = folders.pop() {
        let entries =
            std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
        for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let ours = path.extension().and_then(|e| e.to_str()).is_some_and(|e| ENDINGS.contains(&e));
            if path.is_dir() {
                folders.push(path);
            } else if ours {
                let text = String::from_utf8_lossy(&sh::read(&path)?).into_owned();
                let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}
