//! Ending in time what nobody has decided: requests to act, and changes that take two admins.

use quell_domain::{
    Timestamp,
    action::{ActionRequest, RequestState},
    change::ChangeState,
    ids::{ChangeId, RequestId},
    job::ClaimedJob,
};

use super::{Retry, execute::End};
use crate::{Portal, ports::ReadError, usecase::changes};

impl Portal {
    pub(super) async fn expire_request(&self, job: &ClaimedJob) -> Result<(), Retry> {
        match self.store.request(&RequestId::new(job.subject.clone())).await? {
            Some(request) if request.state == RequestState::AwaitingApproval => {
                let ends_at = self.ends_at(&request).await?;
                if self.now() < ends_at {
                    return Err(Retry::NotYet(ends_at));
                }
                self.end(job, &request, End::expired("Nobody decided in time. Nothing was done.")).await
            }
            _ => self.finish(job, None).await,
        }
    }

    /// By its own policy and by today's, which may give less time.
    async fn ends_at(&self, request: &ActionRequest) -> Result<Timestamp, ReadError> {
        let Some(incident) = self.store.incident(&request.incident).await? else { return Ok(request.expires_at) };
        let (_, today) = self.needs(&incident, request.action).await?;
        Ok(request.ends_at(&[request.needs, today]))
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
