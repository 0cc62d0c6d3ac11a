//! Alarm sources and their tokens. All of it needs the permission to manage sources.

use leptos::prelude::*;
use quell_domain::view::{self, Next};
use server_fn::codec::{GetUrl, Json, PostUrl};

use crate::error::ApiError;
#[cfg(feature = "ssr")]
use crate::guard::guard;
#[cfg(feature = "ssr")]
use quell_core::grant::may::ManageSources;
#[cfg(feature = "ssr")]
use quell_domain::{
    Problem,
    ids::{NodeId, SourceId},
    source::SourceKind,
    view::Once,
};

/// The sources, and what came from them and could not be read: at most 50, `before` gives older ones.
///
/// # Errors
/// Forbidden for who may not manage sources.
#[server(prefix = "/api/v1", endpoint = "sources/list", input = GetUrl, output = Json)]
pub async fn list(#[server(default)] before: String) -> Result<view::SourcesPage, ApiError> {
    let (portal, grant) = guard::<ManageSources>().await?;
    Ok(portal.sources(grant, view::LetterPlace::parse(&before)).await?)
}

/// Adds a source; its address with the token is shown once.
///
/// # Errors
/// Invalid, naming `name` or `kind`; conflict when the name is taken.
#[server(prefix = "/api/v1", endpoint = "sources/add", input = PostUrl, output = Json)]
pub async fn add(
    name: String,
    #[server(default)] kind: String,
    #[server(default)] node: String,
) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageSources>().await?;
    let kind = SourceKind::from_word(&kind).ok_or_else(|| Problem::field("kind", "Choose what the detector sends."))?;
    let node = (!node.is_empty()).then(|| NodeId::new(node));
    let path = portal.add_source(grant, &name, kind, node).await?;
    let once = Some(Once {
        label: "Send alarms to".to_owned(),
        value: crate::guard::whole(&path),
        again: "Revoke this source and add another.".to_owned(),
        effect: "This opens an incident about a drill, which you close as expected activity:".to_owned(),
        example: format!("curl -H 'content-type: application/json' -d '{}'", drill(kind)),
    });
    Ok(Next { once, ..Next::to("/admin/sources", "The alarm source is added.") })
}

/// An alarm about no container, to try a source with. Without quotes that a shell would end at.
#[cfg(feature = "ssr")]
fn drill(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Falco | SourceKind::Falcosidekick => {
            r#"{"rule":"Drill: is this source heard?","priority":"Notice","output":"A drill"}"#
        }
        SourceKind::Quell => {
            r#"{"quell":1,"rule":"Drill: is this source heard?","severity":"low","message":"A drill"}"#
        }
    }
}

/// Refuses a source's token from now on.
///
/// # Errors
/// Not found.
#[server(prefix = "/api/v1", endpoint = "sources/revoke", input = PostUrl, output = Json)]
pub async fn revoke(source: String) -> Result<Next, ApiError> {
    let (portal, grant) = guard::<ManageSources>().await?;
    portal.revoke_source(grant, SourceId::new(source)).await?;
    Ok(Next::to("/admin/sources", "The token is no longer accepted."))
}
