//! IP groups (v3). Quell makes one for each listener that it restricts, knows it again by its name, and never binds an empty
//! one: the vendor's texts do not agree whether that lets in nobody or everybody.

use quell_core::ports::GateError;
use quell_domain::gate::{ListKind, Rules};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    pages::list,
    refusal::Trouble,
    session::{Session, id},
    shapes::{Attached, IpGroup, Listener},
};

/// The name of the group that Quell makes for a listener.
fn own_name(listener: &Listener) -> String {
    format!("quell-{}", listener.id)
}

/// What is attached to a listener, if anything ever was.
pub(super) fn attached(listener: &Listener) -> Option<&Attached> {
    listener.ipgroup.as_ref().filter(|attached| !attached.ipgroup_id.is_empty())
}

/// Who may connect.
pub(super) async fn rules(session: &Session<'_>, listener: &Listener) -> Result<Rules, GateError> {
    let Some(attached) = attached(listener) else { return Ok(Rules::open()) };
    let kind = match attached.kind.as_str() {
        "white" => ListKind::Only,
        "black" => ListKind::AllBut,
        other => return Err(GateError::Garbled(format!("access control of an unknown type: {other}"))),
    };
    let ids: Vec<&str> = attached.ipgroup_id.split(',').map(str::trim).collect();
    let mut entries = Vec::new();
    let mut ours = false;
    for one in &ids {
        let group: IpGroup = session.one(&path(session, one)?, "ipgroup").await.map_err(|error| match error {
            GateError::NotFound => GateError::Garbled(format!("IP group {one} is attached, but not there")),
            other => other,
        })?;
        ours = ids.len() == 1 && group.name == own_name(listener);
        entries.extend(group.ip_list.into_iter().map(|entry| entry.ip));
    }
    entries.sort();
    entries.dedup();
    Ok(Rules { enforced: attached.enable_ipgroup, kind, list: Some(attached.ipgroup_id.clone()), entries, ours })
}

/// The group of ours for a listener. Were there two, by two portals at once, then the one that is attached, else always the
/// same.
pub(super) async fn own(session: &Session<'_>, listener: &Listener) -> Result<Option<IpGroup>, GateError> {
    let name = own_name(listener);
    let mut found: Vec<IpGroup> = list(session, &session.v3("ipgroups"), "ipgroups", &[("name", name.clone())]).await?;
    found.retain(|group| group.name == name);
    found.sort_by_cached_key(|group| (!group.listeners.iter().any(|user| user.id == listener.id), group.id.clone()));
    Ok(found.into_iter().next())
}

/// Gives the group of ours these entries and no others; makes it when there is none. Its id.
pub(super) async fn filled(session: &Session<'_>, listener: &Listener, entries: &[String]) -> Result<String, Trouble> {
    let list: Vec<Value> = entries.iter().map(|ip| json!({ "ip": ip, "description": "Quell" })).collect();
    let Some(group) = own(session, listener).await? else {
        return made(session, listener, list).await;
    };
    if group.listeners.iter().any(|user| user.id != listener.id) {
        let words = "Another listener uses the IP group that Quell made for this one. Take it off that one first.";
        return Err(GateError::NotOffered(words).into());
    }
    let mut now: Vec<&str> = group.ip_list.iter().map(|entry| entry.ip.as_str()).collect();
    now.sort_unstable();
    if now != entries {
        // Replaces the whole list, at once for a listener that uses it.
        let body = json!({ "ipgroup": { "ip_list": list } });
        session.change(Method::PUT, &path(session, &group.id)?, &body).await?;
    }
    Ok(group.id)
}

async fn made(session: &Session<'_>, listener: &Listener, list: Vec<Value>) -> Result<String, Trouble> {
    let mut group = json!({
        "name": own_name(listener),
        "description": "Made by Quell to restrict this listener. Quell uses it again.",
        "ip_list": list,
    });
    if !listener.enterprise_project_id.is_empty() {
        group["enterprise_project_id"] = json!(listener.enterprise_project_id);
    }
    let answer = session.change(Method::POST, &session.v3("ipgroups"), &json!({ "ipgroup": group })).await?;
    // Without an id it is looked for by its name, and not made again when it is there.
    let no_id = || Trouble::Again(GateError::Garbled("the new IP group has no id".to_owned()), None);
    answer["ipgroup"]["id"].as_str().map(str::to_owned).ok_or_else(no_id)
}

/// Changes a listener's access control; what is not named stays.
pub(super) async fn bind(session: &Session<'_>, listener: &Listener, control: Value) -> Result<(), Trouble> {
    let path = session.v3(&format!("listeners/{}", id(&listener.id)?));
    session.change(Method::PUT, &path, &json!({ "listener": { "ipgroup": control } })).await.map(drop)
}

/// All three always together: left out, the switch has no default that is published.
pub(super) fn control(list: &str, enforced: bool, kind: ListKind) -> Value {
    let kind = match kind {
        ListKind::Only => "white",
        ListKind::AllBut => "black",
    };
    json!({ "ipgroup_id": list, "enable_ipgroup": enforced, "type": kind })
}

fn path(session: &Session<'_>, group: &str) -> Result<String, GateError> {
    Ok(session.v3(&format!("ipgroups/{}", id(group)?)))
}
