//! The table of everything that can be called: method, path, who may, and what it does. What is not here does not
//! exist.

use crate::{
    call::Call,
    iam,
    reply::{Answer, Dialect},
    request::Request,
    v2::{lists, whitelists},
    v3::{ipgroups, listeners, loadbalancers, members, pools, quotas},
};

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Everybody: the call proves itself by what it carries.
    Open,
    /// Everybody whom the gateway knows.
    Known,
    /// Who may do this action in the project of the path.
    May(&'static str),
}

/// Something that can be called.
#[derive(Debug)]
pub struct Api {
    method: &'static str,
    /// `{…}` stands for one part.
    path: &'static str,
    /// Who may call.
    pub door: Door,
    /// Whose error codes it answers with.
    pub dialect: Dialect,
    /// What it does.
    pub answer: fn(&mut Call<'_>) -> Answer,
}

const fn iam(method: &'static str, path: &'static str, door: Door, answer: fn(&mut Call<'_>) -> Answer) -> Api {
    Api { method, path, door, dialect: Dialect::Iam, answer }
}

const fn v3(method: &'static str, path: &'static str, may: &'static str, answer: fn(&mut Call<'_>) -> Answer) -> Api {
    Api { method, path, door: Door::May(may), dialect: Dialect::V3, answer }
}

const fn v2(method: &'static str, path: &'static str, may: &'static str, answer: fn(&mut Call<'_>) -> Answer) -> Api {
    Api { method, path, door: Door::May(may), dialect: Dialect::V2, answer }
}

/// Everything.
#[rustfmt::skip]
const APIS: &[Api] = &[
    iam("POST", "/v3/auth/tokens", Door::Open, iam::login::login),
    iam("GET", "/v3/projects", Door::Known, iam::projects::projects),
    iam("GET", "/v3/auth/domains", Door::Known, iam::projects::domains),
    iam("POST", "/v3.0/OS-CREDENTIAL/securitytokens", Door::Known, iam::temporary::create),

    v3("GET", "/v3/{project}/elb/loadbalancers", "elb:loadbalancers:list", loadbalancers::list),
    v3("GET", "/v3/{project}/elb/loadbalancers/{id}", "elb:loadbalancers:get", loadbalancers::show),
    v3("GET", "/v3/{project}/elb/loadbalancers/{id}/statuses", "elb:loadbalancers:get", loadbalancers::statuses),
    v3("GET", "/v3/{project}/elb/listeners", "elb:listeners:list", listeners::list),
    v3("GET", "/v3/{project}/elb/listeners/{id}", "elb:listeners:get", listeners::show),
    v3("PUT", "/v3/{project}/elb/listeners/{id}", "elb:listeners:put", listeners::update),
    v3("GET", "/v3/{project}/elb/pools", "elb:pools:list", pools::list),
    v3("GET", "/v3/{project}/elb/pools/{id}", "elb:pools:get", pools::show),
    v3("GET", "/v3/{project}/elb/pools/{id}/members", "elb:members:list", members::list),
    v3("GET", "/v3/{project}/elb/pools/{id}/members/{below}", "elb:members:get", members::show),
    v3("PUT", "/v3/{project}/elb/pools/{id}/members/{below}", "elb:members:put", members::update),
    v3("DELETE", "/v3/{project}/elb/pools/{id}/members/{below}", "elb:members:delete", members::delete),
    v3("GET", "/v3/{project}/elb/members", "elb:members:list", members::list_all),
    v3("GET", "/v3/{project}/elb/l7policies", "elb:l7policies:list", pools::list_policies),
    v3("GET", "/v3/{project}/elb/quotas/details", "elb:quotas:list", quotas::details),
    v3("GET", "/v3/{project}/elb/ipgroups", "elb:ipgroups:list", ipgroups::list),
    v3("POST", "/v3/{project}/elb/ipgroups", "elb:ipgroups:create", ipgroups::create),
    v3("GET", "/v3/{project}/elb/ipgroups/{id}", "elb:ipgroups:get", ipgroups::show),
    v3("PUT", "/v3/{project}/elb/ipgroups/{id}", "elb:ipgroups:put", ipgroups::update),
    v3("DELETE", "/v3/{project}/elb/ipgroups/{id}", "elb:ipgroups:delete", ipgroups::delete),
    v3("GET", "/v3/{project}/elb/ipgroups/{id}/related-listeners", "elb:ipgroups:get", ipgroups::related_listeners),
    v3("POST", "/v3/{project}/elb/ipgroups/{id}/iplist/create-or-update", "elb:ipgroups:put", ipgroups::add_entries),
    v3("POST", "/v3/{project}/elb/ipgroups/{id}/iplist/batch-delete", "elb:ipgroups:put", ipgroups::remove_entries),

    v2("GET", "/v2/{project}/elb/loadbalancers", "elb:loadbalancers:list", lists::loadbalancers),
    v2("GET", "/v2/{project}/elb/listeners", "elb:listeners:list", lists::listeners),
    v2("GET", "/v2/{project}/elb/pools", "elb:pools:list", lists::pools),
    v2("GET", "/v2/{project}/elb/pools/{id}/members", "elb:members:list", lists::members),
    v2("GET", "/v2/{project}/elb/whitelists", "elb:whitelists:list", whitelists::list),
    v2("POST", "/v2/{project}/elb/whitelists", "elb:whitelists:create", whitelists::create),
    v2("GET", "/v2/{project}/elb/whitelists/{id}", "elb:whitelists:get", whitelists::show),
    v2("PUT", "/v2/{project}/elb/whitelists/{id}", "elb:whitelists:put", whitelists::update),
    v2("DELETE", "/v2/{project}/elb/whitelists/{id}", "elb:whitelists:delete", whitelists::delete),
];

/// What a request asks for, with the parts of its path that stand for something.
pub fn find(request: &Request) -> Option<(&'static Api, Vec<String>)> {
    let mut same_method = APIS.iter().filter(|api| api.method == request.method);
    same_method.find_map(|api| Some((api, params(api.path, &request.parts)?)))
}

fn params(pattern: &str, parts: &[String]) -> Option<Vec<String>> {
    let pattern: Vec<&str> = pattern.split('/').skip(1).collect();
    let fits = |(wanted, part): (&&str, &String)| wanted.starts_with('{') && !part.is_empty() || *wanted == part;
    if pattern.len() != parts.len() || !pattern.iter().zip(parts).all(fits) {
        return None;
    }
    Some(
        pattern.iter().zip(parts).filter(|(wanted, _)| wanted.starts_with('{')).map(|(_, part)| part.clone()).collect(),
    )
}
