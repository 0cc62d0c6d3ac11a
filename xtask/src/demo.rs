//! `demo`: a fresh portal with one harmless container that every shape of alarm is about, and a login for each role.
//!
//! Everything it adds goes through the command line and the intake, as a person and a detector would do it.

use std::{
    fs,
    path::Path,
    sync::atomic::AtomicBool,
    time::{Duration, SystemTime},
};

use crate::{
    build,
    edge::Edge,
    fixtures::{ALARMS, Fixture, Sender, Subject},
    post,
    run::{Choices, Place, Quell, ready},
    sh,
    victim::{self, Engine},
};

const ROLES: [&str; 5] = ["analyst", "responder", "approver", "auditor", "admin"];
/// The address of this machine that is let in once the gate is restricted.
const INSIDE: &str = "127.0.0.2";
/// The one that `curl` uses by itself, which is not.
const OUTSIDE: &str = "127.0.0.1";
/// How far apart the alarms of the story are.
const STEP: Duration = Duration::from_secs(7);

/// Builds, sets the scene, and waits for Ctrl-C.
pub fn run(choices: Choices) -> sh::Result<()> {
    let place = Place::new(choices.port)?;
    build::run(build::Profile::Debug)?;
    let end = sh::end_requested()?;
    let home = choices.data.unwrap_or_else(|| sh::root().join(".quell"));
    let data = home.join("demo");
    if data.exists() {
        fs::remove_dir_all(&data).map_err(|error| format!("cannot clear {}: {error}", data.display()))?;
    }
    sh::make_dir(&data)?;
    let engine = Engine::find(&home.join("dockerd.log"))?;
    let outcome = play(&engine, &place, &data, &end);
    println!("demo: removing the victim container");
    engine.end();
    outcome
}

fn play(engine: &Engine, place: &Place, data: &Path, end: &AtomicBool) -> sh::Result<()> {
    let home = data.parent().unwrap_or(data);
    let node = engine.node()?;
    let container = engine.start_victim(home)?;
    let mut quell = Quell::new(data)?;
    // Both are addresses of this machine: one is let in, the other is not, and Quell knocks from either.
    quell.set("QUELL__GATES__ALLOW", INSIDE);
    quell.set("QUELL__GATES__INSIDE", INSIDE);
    quell.set("QUELL__GATES__OUTSIDE", OUTSIDE);
    let log = home.join("demo.log");
    quell.tell(&["migrate"])?;
    let logins = add_people(&quell)?;
    quell.tell(&["node", "add", "--name", &node, "--endpoint", &engine.endpoint])?;
    let falco = add_source(&quell, "demo-falco", "falco", &node)?;
    let sidekick = add_source(&quell, "demo-falcosidekick", "falcosidekick", &node)?;
    let edge = before_victim(engine, home);
    let registered = edge.as_ref().map_or(Ok(()), |edge| add_balancer(&quell, edge));
    let mut child = quell.serve(place, Some(&log))?;
    let outcome = registered
        .and_then(|()| ready(place, &mut child))
        .and_then(|()| {
            let subject = Subject { container: &container, name: victim::NAME, node: &node };
            send_alarms(place, &falco, &sidekick, subject)
        })
        .and_then(|()| {
            print_welcome(place, &logins, &container, &log, edge.as_ref());
            sh::wait_for_end(&mut child, end)
        });
    sh::terminate(&mut child);
    if let Some(edge) = edge {
        edge.end();
    }
    outcome.map_err(|reason| format!("{reason} (log: {})", log.display()))
}

/// HAProxy in front of the victim, or a sentence why there is none: the demo goes on without.
fn before_victim(engine: &Engine, home: &Path) -> Option<Edge> {
    let started = engine.victim_address().and_then(|address| match address {
        Some(address) => Edge::start(&home.join("haproxy"), &format!("{address}:{}", victim::PORT)),
        None => Err("the engine has no network".to_owned()),
    });
    match started {
        Ok(Some(edge)) => return Some(edge),
        Ok(None) => println!("demo: no HAProxy in front of the victim: it is not installed"),
        Err(reason) => println!("demo: no HAProxy in front of the victim: {reason}"),
    }
    None
}

/// Makes HAProxy known, so that its gate is offered on the incident's page.
fn add_balancer(quell: &Quell, edge: &Edge) -> sh::Result<()> {
    let words = ["balancer", "add", "demo-haproxy", "--kind", "haproxy"];
    quell.tell(&[&words[..], &["--socket", &edge.socket, "--route", &edge.route]].concat()).map(|_| ())
}

/// One account for each role; the passwords are made by the command line and shown only here.
fn add_people(quell: &Quell) -> sh::Result<Vec<(&'static str, String)>> {
    let add = |role: &&'static str| {
        let name = format!("Demo {role}");
        let said = quell.tell(&["user", "add", "--login", role, "--name", &name, "--role", role])?;
        Ok((*role, answer(&said, "password: ")?))
    };
    ROLES.iter().map(add).collect()
}

/// Gives the path that alarms are posted to.
fn add_source(quell: &Quell, name: &str, kind: &str, node: &str) -> sh::Result<String> {
    let said = quell.tell(&["source", "add", "--name", name, "--kind", kind, "--node", node])?;
    // A configured public address may stand in front of the path.
    let url = answer(&said, "url: ")?;
    url.find("/intake/").map(|at| url[at..].to_owned()).ok_or_else(|| format!("no intake path in {url}"))
}

/// The value of the last line that begins with `label`.
fn answer(said: &str, label: &str) -> sh::Result<String> {
    let line = said.lines().rev().find_map(|line| line.trim().strip_prefix(label));
    line.map(|value| value.trim().to_owned()).ok_or_else(|| format!("quell did not print `{label}…`"))
}

fn send_alarms(place: &Place, falco: &str, sidekick: &str, subject: Subject<'_>) -> sh::Result<()> {
    let begin = SystemTime::now() - STEP * ALARMS.len() as u32;
    for (nth, fixture) in ALARMS.iter().enumerate() {
        let path = if fixture.sender == Sender::Falco { falco } else { sidekick };
        send(place, path, fixture, &fixture.fill(subject, begin + STEP * nth as u32))?;
    }
    Ok(())
}

fn send(place: &Place, path: &str, fixture: &Fixture, body: &str) -> sh::Result<()> {
    let answer = post::post(&place.listen, path, fixture.content_type(), body.as_bytes())?;
    if answer.status == 200 {
        println!("demo: sent {} ({} alarms)", fixture.name, fixture.alarms);
        return Ok(());
    }
    Err(format!("{} was answered {}: {}", fixture.name, answer.status, answer.text))
}

fn print_welcome(place: &Place, logins: &[(&str, String)], container: &str, log: &Path, edge: Option<&Edge>) {
    println!("\nQuell is on {}\n\n  {:<12} password", place.address, "login");
    for (login, password) in logins {
        println!("  {login:<12} {password}");
    }
    println!("\nThe victim is the container {} ({}).", victim::NAME, container.get(..12).unwrap_or(container));
    if let Some(Edge { on, .. }) = edge {
        println!("\nHAProxy is in front of it, as the load balancer demo-haproxy. In a second terminal:");
        println!("  curl -m 3 http://{on}/                          is answered, until you restrict the gate");
        println!("  curl -m 3 --interface {INSIDE} http://{on}/    is answered after that, too");
        println!("Restrict it on the incident's page: What gets through, Gates, Restrict.\n");
    }
    println!("The portal's log is {}. Ctrl-C ends the demo and removes the victim.", log.display());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_labelled_line_is_the_answer() {
        assert_eq!(answer("password: old\nadded\n  password: s3cret \n", "password: ").unwrap(), "s3cret");
        assert!(answer("added", "password: ").unwrap_err().contains("password"));
    }
}
