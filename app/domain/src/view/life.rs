//! The steps of an incident's life that have a page of their own: analysis, hand-over, merging, closing and reopening.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{PackId, PersonId, RequestId},
    incident::{Closing, Incident, IncidentState},
    policy::Can,
};

crate::words! {
    /// A step that a person takes on a page of its own.
    LifeStep {
        /// Another person takes it over.
        HandOver = "hand-over", "Hand over";
        /// People find out what happened, and say what they found.
        Analysis = "analysis", "Analysis";
        /// Its alarms go to another incident.
        Merge = "merge", "Merge";
        /// They come back.
        Unmerge = "unmerge", "Unmerge";
        /// Ends it.
        Close = "close", "Close";
        /// Opens it again.
        Reopen = "reopen", "Reopen";
    }
}

crate::words! {
    /// How another incident belongs to this one.
    Relation {
        /// This one was merged into it.
        MergedInto = "merged_into", "This one was merged into";
        /// It was merged into this one.
        MergedHere = "merged_here", "Merged into this one";
        /// This one duplicates it.
        DuplicateOf = "duplicate_of", "This one is a duplicate of";
        /// It duplicates this one.
        Duplicate = "duplicate", "Duplicate of this one";
        /// It has the same key, and is open.
        Open = "open", "Open about the same";
        /// It has the same key, and came before.
        Earlier = "earlier", "Earlier about the same";
        /// It has the same key, and came after.
        Later = "later", "Later about the same";
    }
}

/// Another incident that belongs to this one. Its evidence and action requests stay with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// How.
    pub relation: Relation,
    /// `INC-12` has 12.
    pub number: i64,
    /// For people; attacker-influenced.
    pub title: String,
    /// How far.
    pub state: IncidentState,
    /// Why it is over.
    pub closing: Option<Closing>,
    /// The container's name; attacker text.
    pub container_name: String,
    /// The node's name.
    pub node_name: String,
    /// Action requests in it.
    pub requests: i64,
    /// Collections of evidence in it.
    pub packs: i64,
}

/// Somebody who may own an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Ours.
    pub id: PersonId,
    /// For people.
    pub name: String,
}

/// Something that stands in the way of closing or merging an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hindrance {
    /// One sentence with its remedy.
    pub words: String,
    /// The request that it is about.
    pub request: Option<RequestId>,
    /// The collection of evidence that it is about.
    pub pack: Option<PackId>,
}

/// Where an incident stands, and which steps may be taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LifePage {
    /// The incident.
    pub incident: Incident,
    /// The owner's name, empty when nobody.
    pub owner_name: String,
    /// May the viewer take any step?
    pub can: Can,
    /// Every step; why not, when it may not be taken.
    pub steps: Vec<(LifeStep, Can)>,
    /// What stands in the way of closing or merging it.
    pub hindrances: Vec<Hindrance>,
    /// What stays as it is on the container when it is closed or merged: sentences.
    pub stays: Vec<String>,
    /// Who could own it, by name.
    pub owners: Vec<Owner>,
    /// What belongs to it.
    pub links: Vec<LinkRow>,
}

impl LifePage {
    /// May this step be taken?
    #[must_use]
    pub fn may(&self, step: LifeStep) -> Can {
        let found = self.steps.iter().find(|(known, _)| *known == step).map(|(_, can)| can.clone());
        found.unwrap_or_else(|| Can::from_decision(Err(String::new())))
    }
}
