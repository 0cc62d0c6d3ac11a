//! Whitelists (v2): the access control of classic shared load balancers. A listener has one or none, and it is text.
//!
//! A whitelist has no name by which it could be known as ours. One address that nobody has marks it.

use quell_core::ports::GateError;
use quell_domain::gate::{AllowList, ListKind, Rules};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    pages::list,
    refusal::Trouble,
    session::{Session, id},
    shapes::{Listener, Whitelist},
};

/// In each whitelist of ours: an address for documentation (RFC 5737), which lets nobody in.
const MARK: &str = "192.0.2.81";
/// What a listener's whitelist is called: there is never more than one.
const LIST: &str = "whitelist";

/// Who may connect.
pub(super) async fn rules(session: &Session<'_>, listener: &Listener) -> Result<Rules, GateError> {
    Ok(find(session, listener).await?.map_or_else(Rules::open, |found| of(&found)))
}

fn of(found: &Whitelist) -> Rules {
    // Somebody else's text is kept as it is, in its own order, so that it can be put back exactly.
    let mut entries: Vec<String> = found.whitelist.split(',').map(str::to_owned).collect();
    if found.whitelist.is_empty() {
        entries.clear();
    }
    let ours = entries.iter().any(|entry| entry == MARK);
    if ours {
        entries.retain(|entry| entry != MARK);
        entries.sort();
    }
    Rules { enforced: found.enable_whitelist, kind: ListKind::Only, list: Some(LIST.to_owned()), entries, ours }
}

fn text(entries: &[String], ours: bool) -> String {
    let mark = ours.then(|| MARK.to_owned());
    entries.iter().cloned().chain(mark).collect::<Vec<_>>().join(",")
}

async fn find(session: &Session<'_>, listener: &Listener) -> Result<Option<Whitelist>, GateError> {
    let filters = [("listener_id", listener.id.clone())];
    let mut found: Vec<Whitelist> = list(session, &session.v2("whitelists"), "whitelists", &filters).await?;
    found.retain(|one| one.listener_id == listener.id);
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(GateError::Garbled("the listener has several whitelists".to_owned())),
    }
}

pub(super) async fn restrict(session: &Session<'_>, listener: &Listener, allow: &AllowList) -> Result<String, Trouble> {
    let entries = allow.texts();
    if entries.iter().any(|entry| entry == MARK) {
        return Err(GateError::NotOffered("192.0.2.81 marks whitelists of Quell's. Take it off the list.").into());
    }
    put(session, listener, true, &text(&entries, true)).await?;
    Ok(format!("The listener's whitelist is in force with {} and a mark of Quell's.", entries.join(", ")))
}

pub(super) async fn restore(session: &Session<'_>, listener: &Listener, former: &Rules) -> Result<String, Trouble> {
    if former.list.is_some() {
        put(session, listener, former.enforced, &text(&former.entries, former.ours)).await?;
        return Ok("The listener's whitelist has its former text and switch.".to_owned());
    }
    if let Some(found) = find(session, listener).await? {
        session.change(Method::DELETE, &path(session, &found)?, &Value::Null).await?;
    }
    Ok("The listener has no whitelist, as before.".to_owned())
}

async fn put(session: &Session<'_>, listener: &Listener, enforced: bool, text: &str) -> Result<(), Trouble> {
    let mut body = json!({ "whitelist": { "enable_whitelist": enforced, "whitelist": text } });
    match find(session, listener).await? {
        Some(found) => session.change(Method::PUT, &path(session, &found)?, &body).await?,
        None => {
            body["whitelist"]["listener_id"] = json!(listener.id);
            session.change(Method::POST, &session.v2("whitelists"), &body).await?
        }
    };
    Ok(())
}

fn path(session: &Session<'_>, whitelist: &Whitelist) -> Result<String, GateError> {
    Ok(session.v2(&format!("whitelists/{}", id(&whitelist.id)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whitelist(text: &str) -> Whitelist {
        Whitelist {
            id: "w".to_owned(),
            listener_id: "l".to_owned(),
            enable_whitelist: true,
            whitelist: text.to_owned(),
        }
    }

    #[test]
    fn somebody_elses_text_comes_back_as_it_was() {
        for theirs in ["", "203.0.113.9,198.51.100.0/24", "10.0.0.2, 10.0.0.1", "192.0.2.8"] {
            let rules = of(&whitelist(theirs));
            assert!(!rules.ours);
            assert_eq!(text(&rules.entries, rules.ours), theirs);
        }
    }

    #[test]
    fn ours_is_known_by_its_mark_and_holds_what_was_allowed() {
        let allow = AllowList::parse("203.0.113.9, 198.51.100.0/24").expect("a list");
        let rules = of(&whitelist(&text(&allow.texts(), true)));
        assert!(rules.is_restricted_to(&allow), "{rules:?}");
        assert_eq!(text(&rules.entries, rules.ours), "198.51.100.0/24,203.0.113.9,192.0.2.81");
    }
}
