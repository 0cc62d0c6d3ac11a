//! What an approver must know of a gate, and whether a request about it can still be approved.

use quell_domain::{
    action::{ActionRequest, GateStanding, RequestState},
    incident::Incident,
    view::GateApproval,
};

use crate::{Portal, ports::ReadError, usecase::balancers::gate_words};

impl Portal {
    /// The gate of a request as it is now; none when the request is about none. Asked of the load balancer only while there
    /// is something to decide.
    pub(crate) async fn gate_to_approve(
        &self,
        request: &ActionRequest,
        incident: &Incident,
    ) -> Result<Option<GateApproval>, ReadError> {
        let (Some(change), Some(taken)) = (request.gate(), request.hold()) else { return Ok(None) };
        let holds = self.holds_on(&change.balancer, &change.gate).await?;
        let mut told = GateApproval {
            gate: None,
            trouble: None,
            changed: Vec::new(),
            holds: holds.rows(incident),
            hold: self.store.hold(taken).await?,
        };
        if request.state != RequestState::AwaitingApproval {
            return Ok(Some(told));
        }
        match self.store.balancer(&change.balancer).await?.filter(|it| it.removed_at.is_none()) {
            None => told.trouble = Some("The load balancer is no longer used.".to_owned()),
            Some(balancer) => match self.read_gate(&balancer, &change.gate).await {
                Ok(gate) => {
                    told.changed = change.differences(&gate);
                    told.gate = Some(gate);
                }
                Err(error) => told.trouble = Some(gate_words(&error)),
            },
        }
        Ok(Some(told))
    }
}

/// Can it be approved as it was asked for?
///
/// # Errors
/// Why not, in words for the page.
pub(in crate::usecase) fn may_approve(
    request: &ActionRequest,
    incident: &Incident,
    told: Option<&GateApproval>,
) -> Result<(), String> {
    let (Some(change), Some(told)) = (request.gate(), told) else { return Ok(()) };
    if let Some(trouble) = &told.trouble {
        return Err(trouble.clone());
    }
    let Some(gate) = &told.gate else { return Ok(()) };
    if let Some(first) = told.changed.first() {
        return Err(format!(
            "“{}” is not as it was when this was asked for. Deny it, or send it back: it must be asked for anew.",
            first.fact
        ));
    }
    let holds: Vec<_> = told.holds.iter().map(|row| (row.hold.clone(), row.number)).collect();
    let standing = GateStanding { gate, holds: &holds };
    change.possible(incident, &standing, true).map_err(|problem| problem.sentence().to_owned())
}
