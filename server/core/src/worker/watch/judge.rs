//! Does a containment still hold? Pure comparison of what was done with what the engine says now.

use quell_domain::{
    Timestamp,
    action::{Action, Container, ContainerFacts, Parameters, RunState},
    ids::ContainerId,
    text,
    time::SECOND,
};

use crate::ports::ContainerBrief;

/// What no longer holds, and what happened, in words for people.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub measures: Vec<Action>,
    pub words: String,
}

/// Compares. `runs`: the container as it was when each of the measures was carried out. `found`: none when the engine knows
/// it no longer.
pub(super) fn judge(measures: &[Action], runs: &[ContainerFacts], found: Option<&Container>) -> Option<Broken> {
    if measures.is_empty() {
        return None;
    }
    let killed = measures.contains(&Action::Kill);
    let Some(now) = found else {
        // No process of it runs: that is what a kill is for.
        return (!killed).then(|| Broken {
            measures: measures.to_vec(),
            words: "Gone: the engine knows the container no longer. Somebody or something removed it.".to_owned(),
        });
    };
    // On its way out: the next look finds it gone.
    if now.state == RunState::Removing {
        return None;
    }
    let other_run = !runs.is_empty() && !runs.iter().any(|run| run.is_same_run(&now.facts));
    let holds = |measure: Action| !other_run && measure.is_done_in(now, &Parameters::default());
    // What ended needs neither a pause nor to be without networks.
    if killed && holds(Action::Kill) {
        return None;
    }
    let broken: Vec<Action> = measures.iter().copied().filter(|measure| !holds(*measure)).collect();
    let first = broken.first()?;
    let words = if other_run { restarted(now) } else { undone(*first, now) };
    Some(Broken { measures: broken, words })
}

fn restarted(now: &Container) -> String {
    let since = text::visible(&text::cut(&now.facts.started_at, 40));
    let state = now.state.label().to_lowercase();
    format!("Restarted: another run of the container began at {since}. It is {state} now.{}", thaws(now))
}

/// The same run, and not as the measure left it.
fn undone(measure: Action, now: &Container) -> String {
    match measure {
        Action::Kill => {
            let policy = &now.restart_policy;
            format!("Its restart policy is {policy} again: the engine starts it together with itself.")
        }
        Action::Disconnect => {
            let names: Vec<&str> = now.attachments.iter().map(|network| network.name.as_str()).collect();
            format!("Reconnected: the container is on the networks {}.", text::cut(&names.join(", "), 200))
        }
        // Gates are looked at by themselves.
        Action::RestrictGate | Action::RestoreGate => String::new(),
        Action::Pause | Action::Unpause | Action::Reconnect if now.has_ended() => {
            format!("Ended: the container was let run and has ended. Its memory is lost.{}", thaws(now))
        }
        Action::Pause | Action::Unpause | Action::Reconnect => {
            format!("Thawed: the container runs again.{}", thaws(now))
        }
    }
}

fn thaws(now: &Container) -> &'static str {
    if now.live_restore {
        ""
    } else {
        " Live-restore is off on this engine: whoever starts the engine again lets paused containers run."
    }
}

/// Containers that do the same work under another id, made since: under the same name, or by the same manager from the
/// same image. When the contained one is gone, nobody can be asked any more what its manager called it.
pub(super) fn replacements<'a>(
    contained: &'a ContainerFacts,
    id: &'a ContainerId,
    since: Timestamp,
    listed: &'a [ContainerBrief],
) -> impl Iterator<Item = &'a ContainerBrief> {
    let own = listed.iter().find(|brief| brief.id == *id);
    // Engines say when to the second.
    let since = Timestamp(since.0 - since.0.rem_euclid(SECOND));
    listed.iter().filter(move |brief| {
        let same_part = match own {
            Some(own) => own.part.is_some() && brief.part == own.part,
            None => brief.part.is_some(),
        };
        brief.id != *id
            && brief.created_at >= since
            && (brief.name == contained.name || (brief.image_id == contained.image_id && same_part))
    })
}

#[cfg(test)]
mod tests;
