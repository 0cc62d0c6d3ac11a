//! Putting a listener's former IP groups back (v3).

use quell_domain::gate::{ListKind, Rules};
use serde_json::json;

use super::{
    groups::{bind, control, filled, own},
    refusal::Trouble,
    session::Session,
    shapes::Listener,
};

/// The former groups, switch and type together. Where nothing had been attached, our group stays attached and is switched
/// off: ELB publishes no way to take it off again.
pub(super) async fn restore(
    session: &Session<'_>,
    listener: &Listener,
    former: &Rules,
    now: &Rules,
) -> Result<String, Trouble> {
    let Some(list) = &former.list else {
        // Somebody else's group that is attached by now makes room for ours, so that it does not seem to belong there.
        let own = if now.ours { None } else { own(session, listener).await? };
        let off = own.map_or(json!({ "enable_ipgroup": false }), |own| control(&own.id, false, ListKind::Only));
        bind(session, listener, off).await?;
        return Ok("Access control of the listener is switched off, as before; the IP group stays attached.".to_owned());
    };
    if former.ours && former.enforced {
        filled(session, listener, &former.entries).await?;
    }
    bind(session, listener, control(list, former.enforced, former.kind)).await?;
    let switch = if former.enforced { "in force" } else { "not in force" };
    Ok(format!("IP group {list} is attached to the listener again, {switch}, as before."))
}
