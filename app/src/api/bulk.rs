//! Work on several incidents in one go.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::{self, guard};
#[cfg(feature = "ssr")]
use quell_core::{
    grant::may,
    usecase::bulk::{Isolation, Ticked, Work},
};
#[cfg(feature = "ssr")]
use quell_domain::{
    Problem,
    action::Action,
    bulk::{MOST, MOST_ISOLATED, numbers},
    ids::{Digest, PersonId},
};

/// Who may own an incident, by name.
///
/// # Errors
/// Forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "owners/list", input = GetUrl, output = Json)]
pub async fn owners() -> Result<view::OwnersPage, ApiError> {
    let (portal, grant) = guard::<may::ReadIncidents>().await?;
    Ok(portal.owners(grant).await?)
}

/// What was done to several incidents in one go, with each as it is now.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "bulk/show", input = GetUrl, output = Json)]
pub async fn show(bulk: i64) -> Result<view::BulkPage, ApiError> {
    let (portal, grant) = guard::<may::ReadIncidents>().await?;
    Ok(portal.bulk(grant, bulk).await?)
}

/// Acknowledges several incidents (`press` is `acknowledge`), makes them the caller's (`mine`) or somebody's (`assign`).
/// Needs triage.
///
/// # Errors
/// Invalid, naming `n`, `press` or `to`. What became of each incident is in the record.
#[server(prefix = "/api/v1", endpoint = "bulk/triage", input = PostUrl, output = Json)]
pub async fn triage(
    #[server(default)] n: String,
    #[server(default)] press: String,
    #[server(default)] to: String,
    #[server(default)] back: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<may::Triage>().await?;
    let work = match (press.as_str(), to.as_str()) {
        ("acknowledge", _) => Work::Acknowledge,
        ("mine", _) => Work::Assign(None),
        ("assign", "") => return Err(Problem::field("to", "Choose the person first.").into()),
        ("assign", to) => Work::Assign(Some(PersonId::new(to))),
        _ => return Err(Problem::field("press", "Choose what to do.").into()),
    };
    let bulk = portal.triage_bulk(grant, numbers(&n, MOST)?, work).await?;
    Ok(in_queue(&back, bulk))
}

/// Incidents that may be merged.
///
/// # Errors
/// Invalid, naming `n`; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "bulk/choices", input = GetUrl, output = Json)]
pub async fn choices(#[server(default)] n: String) -> Result<view::MergePage, ApiError> {
    let (portal, grant) = guard::<may::ReadIncidents>().await?;
    Ok(portal.merge_page(grant, &numbers(&n, MOST)?).await?)
}

/// Merges several incidents into one of them. Needs triage.
///
/// # Errors
/// Invalid, naming `n`, `into` or `reason`. What is wrong with one incident is in the record.
#[server(prefix = "/api/v1", endpoint = "bulk/merge", input = PostUrl, output = Json)]
pub async fn merge(
    #[server(default)] n: String,
    #[server(default)] into: String,
    #[server(default)] reason: String,
    #[server(default)] back: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<may::Triage>().await?;
    let numbers = numbers(&n, MOST)?;
    let into = into.parse().map_err(|_| Problem::field("into", "Choose which of them stays."))?;
    let bulk = portal.merge_bulk(grant, numbers, into, &reason).await?;
    Ok(in_queue(&back, bulk))
}

/// Undoes what the caller did to several incidents within the last ten minutes. Needs triage.
///
/// # Errors
/// Not found; forbidden for everybody else; conflict when it is too late.
#[server(prefix = "/api/v1", endpoint = "bulk/undo", input = PostUrl, output = Json)]
pub async fn undo(bulk: i64, #[server(default)] back: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<may::Triage>().await?;
    let undone = portal.undo_bulk(grant, bulk).await?;
    Ok(in_queue(&back, undone))
}

/// The facts of several containers, each read from its engine now, that a person confirms a measure on.
///
/// # Errors
/// Invalid, naming `n` or `measure`; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "bulk/confirm", input = GetUrl, output = Json)]
pub async fn confirm(
    #[server(default)] n: String,
    #[server(default)] measure: String,
) -> Result<view::IsolatePage, ApiError> {
    let (portal, grant) = guard::<may::ReadIncidents>().await?;
    Ok(portal.isolate_page(grant, &numbers(&n, MOST_ISOLATED)?, measured(&measure)?).await?)
}

/// Requests a measure on exactly the containers that the page showed; each is a request of its own. Needs containment.
///
/// # Errors
/// Invalid, naming the field. What is wrong with one container is in the record.
#[server(prefix = "/api/v1", endpoint = "bulk/isolate", input = PostUrl, output = Json)]
pub async fn isolate(
    #[server(default)] n: String,
    #[server(default)] measure: String,
    #[server(default)] preset: String,
    #[server(default)] detail: String,
    #[server(default)] accepts_impact: String,
    #[server(default)] facts: String,
    #[server(default)] shown: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<may::Contain>().await?;
    let action = measured(&measure)?;
    let target = |number| Ticked {
        number,
        // Of what was not shown nothing is known, and it is refused as changed.
        seen: Digest::from_hex(of(&facts, number).unwrap_or_default()),
        shown: of(&shown, number).and_then(|shown| serde_json::from_str(shown).ok()),
    };
    let isolation = Isolation {
        action,
        targets: numbers(&n, MOST_ISOLATED)?.into_iter().map(target).collect(),
        reason: super::actions::reason(action, &preset, &detail)?,
        accepts_impact: !accepts_impact.is_empty(),
    };
    let bulk = portal.isolate(grant, isolation).await?;
    Ok(Next::to(format!("/incidents/bulk/{bulk}"), ""))
}

/// The measure; the first one that is offered when none is named.
#[cfg(feature = "ssr")]
fn measured(word: &str) -> Result<Action, Problem> {
    let measure = if word.is_empty() { Action::MEASURES.first().copied() } else { Action::from_word(word) };
    measure.ok_or_else(|| Problem::field("measure", "Choose one of the measures."))
}

/// What a list of `{number}:{value}` says of a number; parted by line ends, or by blanks where there are none in values.
#[cfg(feature = "ssr")]
fn of(list: &str, number: i64) -> Option<&str> {
    let about = |entry: &'_ str| entry.split_once(':').is_some_and(|(of, _)| of.trim().parse() == Ok(number));
    let line = list.lines().find(|line| about(line)).or_else(|| list.split_whitespace().find(|word| about(word)))?;
    let value = line.split_once(':')?.1;
    // A line may hold more of them, with blanks between.
    Some(if value.starts_with('{') { value } else { value.split_whitespace().next().unwrap_or_default() })
}

/// Back to the view of the queue that one came from, which then tells what was done.
#[cfg(feature = "ssr")]
fn in_queue(back: &str, bulk: i64) -> Next {
    let back = guard::own_queue(back);
    // What was told there before is over.
    let (path, query) = back.split_once('?').unwrap_or((back, ""));
    let kept =
        query.split('&').filter(|part| !part.is_empty() && !part.starts_with("done=") && !part.starts_with("pick="));
    let query: String = kept.map(|part| format!("{part}&")).collect();
    Next::to(format!("{path}?{query}done={bulk}"), "")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_number() {
        let lines = "1:aa\n12:{\"a\": 1}\n3:cc";
        assert_eq!((of(lines, 1), of(lines, 12), of(lines, 3)), (Some("aa"), Some("{\"a\": 1}"), Some("cc")));
        assert_eq!((of("1:aa 2:bb", 2), of("1:aa 2:bb", 1)), (Some("bb"), Some("aa")));
        assert_eq!((of("", 1), of("1", 1), of("21:x", 1)), (None, None, None));
    }

    #[test]
    fn the_way_back_is_to_the_queue_and_to_nowhere_else() {
        let path = |back: &str| in_queue(back, 7).path;
        assert_eq!(path("/incidents?view=mine&class=escape"), "/incidents?view=mine&class=escape&done=7");
        assert_eq!(path("/incidents?view=mine&done=3&pick=1"), "/incidents?view=mine&done=7");
        for elsewhere in ["", "/admin/people?x=1", "//evil.example?x", "https://evil.example/incidents?x"] {
            assert_eq!(path(elsewhere), "/incidents?view=action&done=7", "{elsewhere}");
        }
    }
}
