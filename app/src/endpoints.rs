//! The table of all server functions: what they need, what they take, and where their form sends a browser that has no
//! better place to go. Routes, the form layer and the role tests are made from it.

use quell_domain::policy::Permission;

/// How an endpoint is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads; input in the query.
    Get,
    /// Changes; input as a form.
    Post,
}

/// One server function.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// Its whole path.
    pub path: &'static str,
    /// How it is called.
    pub method: Method,
    /// What the caller needs; none for what anybody may call.
    pub permission: Option<Permission>,
    /// Every field it takes, each at most once.
    pub fields: &'static [&'static str],
    /// Those of its fields that are never kept or shown again.
    pub secret_fields: &'static [&'static str],
    /// Where a browser goes when a form fails and does not say where it came from.
    pub back: &'static str,
}

macro_rules! endpoints {
    ($($name:ident: $method:ident $path:literal $permission:expr, [$($field:literal),*], secret [$($secret:literal),*], back $back:literal;)+) => {
        $(
            #[doc = concat!("`", $path, "`")]
            pub const $name: Endpoint = Endpoint {
                path: concat!("/api/v1/", $path),
                method: Method::$method,
                permission: $permission,
                fields: &[$($field),*],
                secret_fields: &[$($secret),*],
                back: $back,
            };
        )+
        /// Every endpoint.
        pub const ENDPOINTS: &[Endpoint] = &[$($name),+];
    };
}

use Permission::{
    CollectEvidence, Contain, ManageNodes, ManagePeople, ManageSources, OwnAccount, ReadAudit, ReadIncidents, Triage,
};

endpoints! {
    SIGN_IN: Post "session/sign_in" None, ["login", "password", "next"], secret ["password"], back "/login";
    SIGN_OUT: Post "session/sign_out" None, [], secret [], back "/login";
    SETUP: Post "session/setup" None, ["token", "login", "name", "password"], secret ["token", "password"], back "/login";
    ME: Get "me/show" Some(OwnAccount), [], secret [], back "/me";
    THEME: Post "me/theme" None, ["theme", "back"], secret [], back "/";
    PASSWORD: Post "me/password" Some(OwnAccount), ["current", "password"], secret ["current", "password"], back "/me";
    QUEUE: Get "incidents/queue" Some(ReadIncidents), ["view", "class", "q", "after"], secret [], back "/incidents";
    INCIDENT: Get "incidents/show" Some(ReadIncidents), ["number"], secret [], back "/incidents";
    CHOICES: Get "incidents/choices" Some(ReadIncidents), ["number"], secret [], back "/incidents";
    ACKNOWLEDGE: Post "incidents/acknowledge" Some(Triage), ["number"], secret [], back "/incidents";
    ASSIGN: Post "incidents/assign" Some(Triage), ["number"], secret [], back "/incidents";
    VERDICT: Post "incidents/verdict" Some(Triage), ["number", "verdict", "reason"], secret [], back "/incidents";
    NOTE: Post "incidents/note" Some(Triage), ["number", "text"], secret [], back "/incidents";
    CHOOSE: Post "incidents/choose" Some(Triage), ["number", "target"], secret [], back "/incidents";
    CONFIRM: Get "actions/confirm" Some(ReadIncidents), ["number", "action", "seen"], secret [], back "/incidents";
    REQUEST: Post "actions/request" Some(Contain), ["number", "action", "preset", "detail", "fingerprint", "seen"], secret [], back "/incidents";
    ITEM: Get "evidence/show" Some(ReadIncidents), ["item"], secret [], back "/incidents";
    COLLECT: Post "evidence/collect" Some(CollectEvidence), ["number", "kind"], secret [], back "/incidents";
    CANCEL: Post "evidence/cancel" Some(CollectEvidence), ["number", "pack"], secret [], back "/incidents";
    AUDIT: Get "audit/list" Some(ReadAudit), ["actor", "code", "incident", "outcome", "before"], secret [], back "/audit";
    VERIFY: Post "audit/verify" Some(ReadAudit), [], secret [], back "/audit";
    PEOPLE: Get "people/list" Some(ManagePeople), [], secret [], back "/admin/people";
    CREATE_PERSON: Post "people/create" Some(ManagePeople), ["login", "name", "analyst", "responder", "approver", "auditor", "admin"], secret [], back "/admin/people";
    ROLES: Post "people/roles" Some(ManagePeople), ["person", "analyst", "responder", "approver", "auditor", "admin"], secret [], back "/admin/people";
    DISABLE: Post "people/disable" Some(ManagePeople), ["person"], secret [], back "/admin/people";
    ENABLE: Post "people/enable" Some(ManagePeople), ["person"], secret [], back "/admin/people";
    RESET_PASSWORD: Post "people/reset_password" Some(ManagePeople), ["person"], secret [], back "/admin/people";
    NODES: Get "nodes/list" Some(ManageNodes), [], secret [], back "/admin/nodes";
    ADD_NODE: Post "nodes/add" Some(ManageNodes), ["name", "endpoint", "ca", "certificate", "key", "host_key"], secret [], back "/admin/nodes";
    ACCEPT_ENGINE: Post "nodes/accept" Some(ManageNodes), ["node", "engine"], secret [], back "/admin/nodes";
    CHECK_NODE: Post "nodes/check" Some(ManageNodes), ["node"], secret [], back "/admin/nodes";
    REMOVE_NODE: Post "nodes/remove" Some(ManageNodes), ["node"], secret [], back "/admin/nodes";
    SOURCES: Get "sources/list" Some(ManageSources), ["before"], secret [], back "/admin/sources";
    ADD_SOURCE: Post "sources/add" Some(ManageSources), ["name", "kind", "node"], secret [], back "/admin/sources";
    REVOKE_SOURCE: Post "sources/revoke" Some(ManageSources), ["source"], secret [], back "/admin/sources";
}
