//! The same measure for several containers: each one is looked at, asked for and recorded for itself, by the use cases
//! that do it to one.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use quell_domain::{
    Code, Problem,
    action::{Action, RequestState, Seen},
    bulk::{Bulk, BulkKind, BulkLine},
    ids::Digest,
    policy::{Can, Permission},
    view::{ConfirmPage, IsolatePage},
};

use super::to_its_end;
use crate::{
    Portal,
    grant::{Grant, may},
    usecase::actions::{Choice, recorded_as},
};

/// Engines asked at the same time.
const AT_ONCE: usize = 5;
/// How long one of them is waited for, by the page and by the request: all of twenty silent ones are over in less than half
/// a minute.
pub(in crate::usecase) const PATIENCE: Duration = Duration::from_secs(5);

/// What a person chose on the page of several containers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Isolation {
    /// The measure.
    pub action: Action,
    /// Why, in their words.
    pub reason: String,
    /// Users may notice, and they know.
    pub accepts_impact: bool,
    /// Those that were ticked.
    pub targets: Vec<Ticked>,
}

/// One container that was ticked, as the page showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticked {
    /// Of its incident.
    pub number: i64,
    /// The fingerprint that the page carried.
    pub seen: Digest,
    /// What the page showed, for the words about what changed since.
    pub shown: Option<Seen>,
}

impl Portal {
    /// Each container as its engine describes it now, and what the measure would do to it.
    ///
    /// # Errors
    /// Invalid, naming `measure`, for what is not offered here. Engines that do not answer are shown on the page.
    pub async fn isolate_page(
        &self,
        grant: Grant<may::ReadIncidents>,
        numbers: &[i64],
        action: Action,
    ) -> Result<IsolatePage, Problem> {
        offered(action)?;
        let pages = numbers.iter().map(|number| self.confirm_within(&grant, *number, action, None, PATIENCE));
        let pages: Vec<_> = pages.collect();
        let asked: Vec<_> = stream::iter(pages).buffered(AT_ONCE).collect().await;
        let (mut targets, mut missing) = (Vec::new(), Vec::new());
        for (number, asked) in numbers.iter().zip(asked) {
            match asked {
                Ok(page) => targets.push(with_care(page)),
                Err(problem) if problem.code == Code::NotFound => missing.push(*number),
                Err(problem) => return Err(problem),
            }
        }
        Ok(IsolatePage {
            action,
            targets,
            missing,
            effects: action.effects().iter().map(|effect| (*effect).to_owned()).collect(),
            can: grant.can(Permission::Contain),
            recorded_as: recorded_as(&grant),
        })
    }

    /// Asks for the measure on each container as the page showed it; gives the number of the record.
    ///
    /// # Errors
    /// Invalid, naming the field. What is wrong with one container is in the record, and the others go on.
    pub async fn isolate(self: Arc<Self>, grant: Grant<may::Contain>, isolation: Isolation) -> Result<i64, Problem> {
        offered(isolation.action)?;
        if isolation.reason.trim().is_empty() {
            return Err(Problem::field("detail", "Say why, in a few words."));
        }
        if isolation.action.least_tier() >= 2 && !isolation.accepts_impact {
            return Err(Problem::field("accepts_impact", "Tick that you know what this does."));
        }
        to_its_end(async move {
            let mut bulk = Bulk { action: Some(isolation.action), ..self.begun(BulkKind::Isolate).await? };
            let (grant, isolation, part) = (&grant, &isolation, bulk.id.clone());
            let targets = isolation.targets.iter().map(|target| self.isolate_one(grant, isolation, target, &part));
            let targets: Vec<_> = targets.collect();
            bulk.lines = stream::iter(targets).buffered(AT_ONCE).collect().await;
            self.record_bulk(grant, &bulk).await
        })
        .await
    }

    async fn isolate_one(
        &self,
        grant: &Grant<may::Contain>,
        isolation: &Isolation,
        target: &Ticked,
        bulk: &str,
    ) -> BulkLine {
        let choice = Choice {
            reason: isolation.reason.clone(),
            seen: target.seen.clone(),
            shown: target.shown.clone(),
            accepts_impact: isolation.accepts_impact,
            typed: String::new(),
            break_glass: false,
        };
        match self.request_in(grant, target.number, isolation.action, choice, Some(bulk)).await {
            Ok(request) => {
                let waits = request.state == RequestState::AwaitingApproval;
                let words = if waits { "It waits for another person." } else { "" };
                BulkLine { request: Some(request.id), ..BulkLine::done(target.number, words) }
            }
            Err(why) => BulkLine::refused(target.number, &why),
        }
    }
}

fn offered(action: Action) -> Result<(), Problem> {
    if Action::MEASURES.contains(&action) {
        return Ok(());
    }
    Err(Problem::field("measure", "Choose to pause the containers, or to disconnect their networks."))
}

/// What asks for the digits of one container cannot be confirmed for several.
fn with_care(page: ConfirmPage) -> ConfirmPage {
    if page.can.allowed && page.needs.tier >= 3 {
        let why = "The policy asks for the digits of this container: ask for it on its own page.";
        return ConfirmPage { can: Can::from_decision(Err(why.to_owned())), ..page };
    }
    page
}
