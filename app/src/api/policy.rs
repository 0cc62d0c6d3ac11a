//! The policy and drafts of the next version.

use leptos::prelude::*;
use quell_domain::{
    policy::DraftRule,
    view::{self, Next},
};
use server_fn::codec::{GetUrl, Json, PostUrl};

#[cfg(feature = "ssr")]
use super::changes::came;
use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::ManagePolicy;
#[cfg(feature = "ssr")]
use quell_domain::{Problem, versions::Press};

/// The policy of today and every version before it.
///
/// # Errors
/// Forbidden for who may not manage the policy.
#[server(prefix = "/api/v1", endpoint = "policy/show", input = GetUrl, output = Json)]
pub async fn show() -> Result<view::PolicyPage, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    Ok(portal.policy_page(grant).await?)
}

/// Your draft of the next version, or the rules of today, with what it would change and for whom.
///
/// # Errors
/// Forbidden for who may not manage the policy.
#[server(prefix = "/api/v1", endpoint = "drafts/show", input = GetUrl, output = Json)]
pub async fn draft() -> Result<view::DraftPage, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    Ok(portal.draft_page(grant).await?)
}

/// Keeps your draft: `rules[0][pause]`, `rules[0][labels]`, … for each rule. `press` is `preview`, `add`, `remove-0`,
/// `up-0`, `down-0`, `drop` or `propose`, which asks another admin to publish it.
///
/// # Errors
/// Invalid, naming `rules`, when it is proposed and something is wrong with it.
#[server(prefix = "/api/v1", endpoint = "drafts/save", input = PostUrl, output = Json)]
pub async fn save_draft(
    #[server(default)] rules: Vec<DraftRule>,
    #[server(default)] press: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManagePolicy>().await?;
    let press = Press::parse(&press).ok_or_else(|| Problem::field("press", "Choose what to do with the draft."))?;
    let outcome = portal.save_draft(grant, rules, press).await?;
    let back = match press {
        Press::Drop => Next::to("/admin/policy", "The draft is gone."),
        Press::Propose => Next::to("/admin/policy", "The policy is published."),
        _ => Next::to("/admin/policy/draft", "The draft is kept. Nothing counts before another admin publishes it."),
    };
    Ok(outcome.map_or(back.clone(), |outcome| came(outcome, back, String::new())))
}
