//! `GET /v3/projects` and `GET /v3/auth/domains`: the caller's account and its projects.

use serde_json::{Value, json};

use super::accounts::Project;
use crate::{
    call::Call,
    reply::{Answer, Dialect, Reply},
};

/// The filters, and paging that is never needed here.
const KNOWN: &[&str] = &["domain_id", "enabled", "is_domain", "name", "page", "parent_id", "per_page"];

/// The projects of the account, or the one with that name.
pub fn projects(call: &mut Call<'_>) -> Answer {
    let request = call.request;
    if let Some((key, _)) = request.pairs.iter().find(|(key, _)| !KNOWN.contains(&key.as_str())) {
        return Err(Dialect::Iam.bad(key));
    }
    let wanted = |key: &'static str, value: &str| request.values(key).all(|it| it == value);
    let caller = call.caller()?;
    let found = call.world.accounts.projects.iter().filter(|it| it.domain_id == caller.domain_id).filter(|it| {
        wanted("name", &it.name)
            && wanted("domain_id", &it.domain_id)
            && wanted("parent_id", &it.domain_id)
            && wanted("enabled", "true")
            && wanted("is_domain", "false")
    });
    let projects: Vec<Value> = found.map(view).collect();
    Ok(Reply::json(200, json!({ "links": links(&request.target()), "projects": projects })))
}

/// The account. The reference does not name this call; the vendor's own client makes it when it is not told the
/// account.
pub fn domains(call: &mut Call<'_>) -> Answer {
    call.no_query()?;
    let caller = call.caller()?;
    let domains: Vec<Value> = call
        .world
        .accounts
        .domain(&caller.domain_id)
        .into_iter()
        .map(|it| {
            json!({
                "id": it.id, "name": it.name, "enabled": true, "description": "",
                "links": links(&format!("/v3/domains/{}", it.id)),
            })
        })
        .collect();
    Ok(Reply::json(200, json!({ "links": links("/v3/auth/domains"), "domains": domains })))
}

fn view(project: &Project) -> Value {
    json!({
        "id": project.id, "name": project.name, "domain_id": project.domain_id, "parent_id": project.domain_id,
        "is_domain": false, "enabled": true, "description": "", "links": links(&format!("/v3/projects/{}", project.id)),
    })
}

fn links(path: &str) -> Value {
    json!({ "self": format!("https://iam.myhuaweicloud.com{path}"), "previous": null, "next": null })
}
