//! The project's commands: `cargo xtask <command>`.
//!
//! Owns the table of commands and nothing of what they do. Knows no other crate of ours: it must build when they do not.
#![forbid(unsafe_code)]

mod bench;
mod build;
mod check;
mod demo;
mod edge;
#[path = "../../tests/support/fixtures.rs"]
mod fixtures;
#[path = "../../tests/support/haproxy_lines.rs"]
mod haproxy_lines;
#[path = "../../tests/support/ping.rs"]
mod ping;
mod post;
#[path = "../../tests/support/rootfs.rs"]
mod rootfs;
mod run;
mod setup;
mod sh;
mod test;
mod victim;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask <command>

  demo [--port N] [--data FOLDER]
                    build, start Quell with a harmless victim container and sample alarms, print the logins
  run [--port N] [--data FOLDER]
                    build and start Quell on http://localhost:8080 with its data in .quell/run
  test              everything that the project's CI runs
  bench [NAME…]     measures a release build next to peers and limits; prints the README's performance table
  check             layers, file sizes, forbidden text, WASM graph, migrations, download sizes
  build [--release] the browser part (target/site) and the binary quell
  setup [--tests]   install what the other commands need (WASM target; on Debian engine, HAProxy, and for tests browser, PostgreSQL)
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["setup"] => setup::run(setup::Need::Demo),
        ["setup", "--tests"] => setup::run(setup::Need::Tests),
        ["build"] => build::run(build::Profile::Debug),
        ["build", "--release"] => build::run(build::Profile::Release),
        ["run", rest @ ..] => run::Choices::read(rest).and_then(run::run),
        ["demo", rest @ ..] => run::Choices::read(rest).and_then(demo::run),
        ["test"] => test::run(),
        ["bench", names @ ..] => bench::run(names),
        ["check"] => check::run(),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("unknown command\n\n{USAGE}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
