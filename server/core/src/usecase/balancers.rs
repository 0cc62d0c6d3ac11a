//! Load balancers: registered by admins, as nodes are, and the preflight of their interfaces.

use quell_domain::{
    Changeset, Problem,
    audit::{Event, EventOutcome, codes},
    change::Change,
    changeset::Op,
    gate::{Balancer, BalancerAccess, BalancerFacts, BalancerForm, parse_balancer_name},
    ids::BalancerId,
    text,
    view::BalancersPage,
};

use super::changes::Outcome;
use crate::{
    Portal,
    grant::{Grant, may},
    ids,
    ports::GateError,
};

impl Portal {
    /// Load balancers in use, by name.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn balancers(&self, _grant: Grant<may::ManageGates>) -> Result<BalancersPage, Problem> {
        Ok(BalancersPage { balancers: self.store.balancers().await?, as_of: self.now() })
    }

    /// Adds a load balancer whose interface answers.
    ///
    /// # Errors
    /// Invalid fields; the interface does not answer; the name is taken.
    pub async fn add_balancer(
        &self,
        grant: Grant<may::ManageGates>,
        name: &str,
        form: &BalancerForm,
    ) -> Result<(Balancer, Outcome), Problem> {
        let name = parse_balancer_name(name)?;
        let access = form.parse()?;
        let in_use = self.store.balancers().await?;
        if in_use.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
            return Err(Problem::field("name", "A load balancer of this name is in use already."));
        }
        let facts = self.interface_at(&access).await?;
        let balancer = Balancer {
            id: BalancerId::new(ids::mint()),
            name,
            access,
            facts: Some(facts),
            trouble: None,
            created_at: self.now(),
            removed_at: None,
        };
        let summary = format!("Add load balancer {}: {}", balancer.name, balancer.access);
        let outcome = self.propose(&grant, Change::AddBalancer(balancer.clone()), summary).await?;
        Ok((balancer, outcome))
    }

    /// Another way to a load balancer's interface: it must answer there.
    ///
    /// # Errors
    /// Not found; invalid fields; the interface does not answer there; conflict while an incident holds a gate that it may not
    /// lead to any more.
    pub async fn set_balancer_access(
        &self,
        grant: Grant<may::ManageGates>,
        id: BalancerId,
        form: &BalancerForm,
    ) -> Result<Outcome, Problem> {
        let balancer = self.known_balancer(&id).await?;
        let access = form.parse()?;
        if access == balancer.access {
            return Err(Problem::field("kind", "The load balancer is reached in this way already."));
        }
        self.keeps_held(&id, &balancer.access, &access).await?;
        self.interface_at(&access).await?;
        let summary = format!("Reach load balancer {} as {access}, until now {}", balancer.name, balancer.access);
        let change = Change::SetBalancerAccess { balancer: id, before: balancer.access, access };
        self.propose(&grant, change, summary).await
    }

    /// Asks a load balancer's interface for its facts again.
    ///
    /// # Errors
    /// Not found. One that does not answer is not an error: the load balancer says so.
    pub async fn check_balancer(&self, grant: Grant<may::ManageGates>, id: BalancerId) -> Result<(), Problem> {
        let balancer = self.known_balancer(&id).await?;
        let (facts, trouble) = match self.gates.facts(&balancer.access).await {
            Ok(facts) => (Some(facts), None),
            Err(error) => {
                tracing::warn!(balancer = %balancer.name, %error, "a load balancer");
                (None, Some(gate_words(&error)))
            }
        };
        let event = Event::new(self.now(), grant.actor(), codes::BALANCER_CHECKED)
            .target("balancer", &id)
            .fact("name", balancer.name);
        let event = match &trouble {
            None => event,
            Some(trouble) => event.outcome(EventOutcome::Failed).fact("trouble", trouble.clone()),
        };
        let op = Op::SetBalancerFacts { balancer: id, facts, trouble };
        self.commit(Changeset::new(event).with(op)).await.map(drop)
    }

    /// Stops using a load balancer. What is recorded about it stays.
    ///
    /// # Errors
    /// Not found; conflict while an incident holds one of its gates.
    pub async fn remove_balancer(&self, grant: Grant<may::ManageGates>, id: BalancerId) -> Result<Outcome, Problem> {
        let name = self.known_balancer(&id).await?.name;
        self.is_free(&id).await?;
        let summary = format!("Stop using load balancer {name}");
        self.propose(&grant, Change::RemoveBalancer { balancer: id }, summary).await
    }

    /// What is held could not be put back any more.
    pub(crate) async fn is_free(&self, id: &BalancerId) -> Result<(), Problem> {
        match self.store.is_held(id).await? {
            false => Ok(()),
            true => Err(Problem::conflict(
                "An incident holds one of its gates: restore that first. Without the load balancer Quell could not put it back.",
            )),
        }
    }

    /// A gate that a way does not name counts as gone, and what there was before would be given up for it.
    pub(crate) async fn keeps_held(
        &self,
        id: &BalancerId,
        before: &BalancerAccess,
        access: &BalancerAccess,
    ) -> Result<(), Problem> {
        if access.leads_where(before) || !self.store.is_held(id).await? {
            return Ok(());
        }
        Err(Problem::conflict(
            "An incident holds one of its gates. Until that is restored the new way must lead to the same project, or name the \
             same front ends with their maps and back ends.",
        ))
    }

    /// What the interface says that answers there.
    pub(crate) async fn interface_at(&self, access: &BalancerAccess) -> Result<BalancerFacts, Problem> {
        self.gates.facts(access).await.map_err(|error| {
            tracing::warn!(%access, %error, "a load balancer that is asked for the first time");
            let field = match access {
                BalancerAccess::Haproxy { .. } => "socket",
                BalancerAccess::Elb { .. } => "elb_base",
            };
            match error {
                GateError::Barred { field, words, .. } => Problem::field(field, words),
                error => Problem::field(field, gate_words(&error)),
            }
        })
    }

    pub(crate) async fn known_balancer(&self, id: &BalancerId) -> Result<Balancer, Problem> {
        let balancer = self.store.balancer(id).await?;
        balancer.filter(|it| it.removed_at.is_none()).ok_or_else(|| Problem::not_found("load balancer"))
    }
}

/// A load balancer's failure in a sentence. What it says itself when it refuses is shown: it names the permission that is
/// missing, say. Nothing of a credential is ever in it.
pub(crate) fn gate_words(error: &GateError) -> String {
    match error {
        GateError::NotFound => "The load balancer knows no such gate any more.".to_owned(),
        GateError::Refused { status, code, message, .. } => {
            let said = text::visible(&text::cut(message, 300));
            let code = [status.to_string(), text::visible(&text::cut(code, 60))];
            let code: Vec<&str> = code.iter().map(String::as_str).filter(|it| !it.is_empty() && *it != "0").collect();
            match code.as_slice() {
                [] => format!("The load balancer refused: {said}"),
                code => format!("The load balancer refused ({}): {said}", code.join(" ")),
            }
        }
        GateError::Conflict(_) => "Somebody else changed who may connect in this moment.".to_owned(),
        GateError::Busy(_) => "The load balancer is busy with another change, or asks for patience.".to_owned(),
        GateError::Barred { words, .. } => words.clone(),
        GateError::NotOffered(what) => (*what).to_owned(),
        GateError::Unreachable(_) => "The load balancer cannot be reached.".to_owned(),
        GateError::NoAnswer(_) => "The load balancer gave no whole answer in time.".to_owned(),
        GateError::Garbled(_) => "The load balancer's answer cannot be understood.".to_owned(),
    }
}
