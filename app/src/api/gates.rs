//! Gates: what lets traffic in to an incident's container, and requests to close one or to open it again.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::actions::{came_of, reason};
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::{
    grant::may::{Contain, ReadIncidents},
    usecase::{actions, gates::Choice},
};
#[cfg(feature = "ssr")]
use quell_domain::{
    Problem,
    action::Action,
    ids::{BalancerId, Digest, GateKey},
};

/// An action on a gate.
#[cfg(feature = "ssr")]
fn of_gate(word: &str) -> Result<Action, Problem> {
    Action::from_word(word).filter(|action| action.is_of_gate()).ok_or_else(|| Problem::not_found("action"))
}

/// The gates in front of an incident's container, with who may connect, everybody behind them, and who holds them. Asks the
/// engine and every load balancer.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "gates/show", input = GetUrl, output = Json)]
pub async fn show(number: i64) -> Result<view::GatesPage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    Ok(portal.gates(grant, number).await?)
}

/// The facts that a person confirms a change of a gate on, read now. `action`: `restrict_gate` or `restore_gate`.
///
/// # Errors
/// Not found; forbidden for who may not see incidents.
#[server(prefix = "/api/v1", endpoint = "gates/confirm", input = GetUrl, output = Json)]
pub async fn confirm(
    number: i64,
    balancer: String,
    gate: String,
    action: String,
) -> Result<view::GateConfirmPage, ApiError> {
    let (portal, grant) = guard::<ReadIncidents>().await?;
    let at = (BalancerId::new(balancer), GateKey::new(gate));
    Ok(portal.confirm_gate(grant, number, at, of_gate(&action)?).await?)
}

/// Requests a change of a gate as the confirm page showed it. Restricting takes `how` (`list`, with the addresses in `allow`,
/// or `member`) and `cut`; restoring a gate that somebody else changed takes `over` or `leave`. Needs containment.
///
/// # Errors
/// Conflict when the gate is not (any more) what the page showed, or another incident holds it with another list; invalid,
/// naming the field.
#[server(prefix = "/api/v1", endpoint = "gates/request", input = PostUrl, output = Json)]
pub async fn request(
    number: i64,
    balancer: String,
    gate: String,
    action: String,
    #[server(default)] how: String,
    #[server(default)] allow: String,
    #[server(default)] cut: String,
    #[server(default)] over: String,
    #[server(default)] leave: String,
    #[server(default)] preset: String,
    #[server(default)] detail: String,
    #[server(default)] accepts_impact: String,
    #[server(default)] typed: String,
    #[server(default)] break_glass: String,
    fingerprint: String,
    #[server(default)] seen: String,
) -> Result<Next, ApiError> {
    // Decides nothing: the form layer keeps it for the page, should the form come back.
    drop(seen);
    let (portal, grant) = guard::<Contain>().await?;
    let action = of_gate(&action)?;
    let choice = Choice {
        how,
        allow,
        cut: !cut.is_empty(),
        over: !over.is_empty(),
        leave: !leave.is_empty(),
        asked: actions::Choice {
            reason: reason(action, &preset, &detail)?,
            seen: Digest::from_hex(fingerprint),
            shown: None,
            accepts_impact: !accepts_impact.is_empty(),
            typed,
            break_glass: !break_glass.is_empty(),
        },
    };
    let at = (BalancerId::new(balancer), GateKey::new(gate));
    let request = portal.request_gate(grant, number, at, action, choice).await?;
    Ok(came_of(&request, format!("/incidents/{number}/gates"), "This page says what came of it."))
}
