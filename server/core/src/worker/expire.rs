//! Ending in time what nobody has decided: requests to act, and changes that take two admins.

use quell_domain::{
    action::RequestState,
    change::ChangeState,
    ids::{ChangeId, RequestId},
    job::ClaimedJob,
};

use super::{Retry, execute::End};
use crate::{Portal, usecase::changes};

impl Portal {
    pub(super) async fn expire_request(&self, job: &ClaimedJob) -> Result<(), Retry> {
        match self.store.request(&RequestId::new(job.subject.clone())).await? {
            Some(request) if request.state == RequestState::AwaitingApproval => {
                if self.now() < request.expires_at {
                    return Err(Retry::NotYet(request.expires_at));
                }
                self.end(job, &request, End::expired("Nobody decided in time. Nothing was done.")).await
            }
            _ => self.finish(job, None).await,
        }
    }

    pub(super) async fn expire_change(&self, job: &ClaimedJob) -> Result<(), Retry> {
        match self.store.change(&ChangeId::new(job.subject.clone())).await? {
            Some(change) if change.state == ChangeState::Pending => {
                if self.now() < change.expires_at {
                    return Err(Retry::NotYet(change.expires_at));
                }
                self.finish(job, Some(changes::expired(&change, self.now()))).await
            }
            _ => self.finish(job, None).await,
        }
    }
}
