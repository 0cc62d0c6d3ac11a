//! Restricting a listener by an IP group of ours (v3).

use quell_domain::gate::{AllowList, ListKind};

use super::{
    groups::{attached, bind, control, filled},
    refusal::Trouble,
    session::Session,
    shapes::Listener,
};

/// Fills our group, and binds it in place of whatever is attached. A crash between the two leaves a group that the next try
/// finds by its name.
pub(super) async fn restrict(session: &Session<'_>, listener: &Listener, allow: &AllowList) -> Result<String, Trouble> {
    let entries = allow.texts();
    let group = filled(session, listener, &entries).await?;
    let bound =
        attached(listener).is_some_and(|now| now.ipgroup_id == group && now.enable_ipgroup && now.kind == "white");
    if !bound {
        bind(session, listener, control(&group, true, ListKind::Only)).await?;
    }
    Ok(format!("IP group {group} is in force on the listener; only these may connect: {}.", entries.join(", ")))
}
