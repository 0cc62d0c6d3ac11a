//! What differs between one deployment of the vendor's and another, and how large its quotas are.
//!
//! Every switch stands for something that was seen or that two documents disagree about; off is the ordinary case.

use serde::{Deserialize, Serialize};

/// The switches and quotas of this simulator. Control can change them while it runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A load balancer is not `ACTIVE` for so many milliseconds after a change of one of its listeners or members.
    pub pending_ms: i64,
    /// A change of a listener is answered with 202 in place of 200.
    pub update_answers_202: bool,
    /// The last page, too, has a `next_marker`: the id of its last entry.
    pub next_marker_always: bool,
    /// Members come without `pool_id`, `loadbalancer_id` and `loadbalancers`.
    pub members_without_pool: bool,
    /// Times come without their `Z`.
    pub times_without_z: bool,
    /// `"ipgroup": null` in a change of a listener detaches the group. Not published; off, it is refused.
    pub null_detaches: bool,
    /// An empty group may be bound, and a bound one emptied. The vendor's texts disagree about what that does; off, it
    /// is refused.
    pub empty_groups: bool,
    /// The gateway's codes begin with `APIG.`.
    pub old_gateway: bool,
    /// How much there may be of what.
    pub quotas: Quotas,
}

/// How much there may be; in the vendor's words.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Groups of addresses in a project.
    pub ipgroup: usize,
    /// Listeners that use one group.
    pub ipgroup_bindings: usize,
    /// Addresses in one group.
    pub ipgroup_max_length: usize,
    /// Groups on one listener. Older deployments allow exactly one.
    pub ipgroups_per_listener: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { ipgroup: 50, ipgroup_bindings: 50, ipgroup_max_length: 300, ipgroups_per_listener: 10 }
    }
}
