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

/// Fields that are rows of a table, sent as `rules[0][labels]`.
const ROWS: &[&str] = &["rules", "steps", "targets"];

/// Fields that a form may send many times, once for each tick: they arrive as one text with a line for each.
pub const LISTS: &[&str] = &["n", "facts", "shown"];

impl Endpoint {
    /// Is there such a field here?
    #[must_use]
    pub fn takes(&self, name: &str) -> bool {
        let row = name.split_once('[').map(|(field, _)| field).filter(|field| ROWS.contains(field));
        self.fields.contains(&row.unwrap_or(name))
    }
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
    CollectEvidence, Contain, Decide, ManageGates, ManageNodes, ManagePeople, ManagePolicy, ManageSources,
    MovePlaybook, OwnAccount, ReadAudit, ReadIncidents, Triage,
};

endpoints! {
    SIGN_IN: Post "session/sign_in" None, ["login", "password", "next"], secret ["password"], back "/login";
    SIGN_OUT: Post "session/sign_out" None, [], secret [], back "/login";
    SETUP: Post "session/setup" None, ["token", "login", "name", "password"], secret ["token", "password"], back "/login";
    ME: Get "me/show" Some(OwnAccount), [], secret [], back "/me";
    THEME: Post "me/theme" None, ["theme", "back"], secret [], back "/";
    PASSWORD: Post "me/password" Some(OwnAccount), ["current", "password"], secret ["current", "password"], back "/me";
    FACTORS: Get "factors/list" Some(OwnAccount), [], secret [], back "/me";
    RENAME_FACTOR: Post "factors/rename" Some(OwnAccount), ["factor", "name"], secret [], back "/me";
    REMOVE_FACTOR: Post "factors/remove" Some(OwnAccount), ["factor"], secret [], back "/me";
    MAKE_RECOVERY: Post "factors/recovery" Some(OwnAccount), [], secret [], back "/me";
    CODE_APP: Get "code_app/show" Some(OwnAccount), [], secret [], back "/me/code-app";
    BEGIN_CODE_APP: Post "code_app/begin" Some(OwnAccount), ["current", "name"], secret ["current"], back "/me/code-app";
    ADD_CODE_APP: Post "code_app/add" Some(OwnAccount), ["passcode"], secret ["passcode"], back "/me/code-app";
    PASSKEY: Get "passkey/show" Some(OwnAccount), [], secret [], back "/me/passkey";
    BEGIN_PASSKEY: Post "passkey/begin" Some(OwnAccount), ["current", "name"], secret ["current"], back "/me/passkey";
    ADD_PASSKEY: Post "passkey/add" Some(OwnAccount), ["credential"], secret ["credential"], back "/me/passkey";
    PROOF: Get "proof/show" Some(OwnAccount), [], secret [], back "/me/prove";
    PROVE: Post "proof/give" Some(OwnAccount), ["password", "passcode", "next"], secret ["password", "passcode"], back "/me/prove";
    PROVE_BY_PASSKEY: Post "proof/passkey" Some(OwnAccount), ["credential", "next"], secret ["credential"], back "/me/prove";
    TOKENS: Get "tokens/list" Some(OwnAccount), [], secret [], back "/me/tokens";
    CREATE_TOKEN: Post "tokens/create" Some(OwnAccount), ["name", "scope", "days", "password"], secret ["password"], back "/me/tokens";
    REVOKE_TOKEN: Post "tokens/revoke" Some(OwnAccount), ["id"], secret [], back "/me/tokens";
    REVOKE_TOKENS: Post "tokens/revoke_all" Some(ManagePeople), ["person"], secret [], back "/admin/people";
    QUEUE: Get "incidents/queue" Some(ReadIncidents), ["view", "class", "q", "after"], secret [], back "/incidents";
    INCIDENT: Get "incidents/show" Some(ReadIncidents), ["number"], secret [], back "/incidents";
    CHOICES: Get "incidents/choices" Some(ReadIncidents), ["number"], secret [], back "/incidents";
    ACKNOWLEDGE: Post "incidents/acknowledge" Some(Triage), ["number"], secret [], back "/incidents";
    ASSIGN: Post "incidents/assign" Some(Triage), ["number", "to", "note"], secret [], back "/incidents";
    VERDICT: Post "incidents/verdict" Some(Triage), ["number", "verdict", "reason"], secret [], back "/incidents";
    NOTE: Post "incidents/note" Some(Triage), ["number", "text"], secret [], back "/incidents";
    CHOOSE: Post "incidents/choose" Some(Triage), ["number", "target"], secret [], back "/incidents";
    LIFE: Get "life/show" Some(ReadIncidents), ["number"], secret [], back "/incidents";
    REOPEN: Post "life/reopen" Some(Triage), ["number", "reason"], secret [], back "/incidents";
    CLOSE: Post "life/close" Some(Triage), ["number", "closing", "of", "reason", "without_evidence"], secret [], back "/incidents";
    MERGE: Post "life/merge" Some(Triage), ["number", "into", "reason"], secret [], back "/incidents";
    UNMERGE: Post "life/unmerge" Some(Triage), ["number", "reason"], secret [], back "/incidents";
    START_ANALYSIS: Post "life/start_analysis" Some(Triage), ["number"], secret [], back "/incidents";
    FINISH_ANALYSIS: Post "life/finish_analysis" Some(Triage), ["number", "findings"], secret [], back "/incidents";
    STEPS: Get "steps/show" Some(ReadIncidents), ["number"], secret [], back "/incidents";
    SKIP: Post "steps/skip" Some(Triage), ["number", "step", "reason"], secret [], back "/incidents";
    TAKE_BACK: Post "steps/take_back" Some(Triage), ["number", "step"], secret [], back "/incidents";
    RESTORED: Post "steps/restored" Some(Triage), ["number", "reason"], secret [], back "/incidents";
    CONFIRM: Get "actions/confirm" Some(ReadIncidents), ["number", "action", "seen"], secret [], back "/incidents";
    REQUEST: Post "actions/request" Some(Contain), ["number", "action", "preset", "detail", "accepts_impact", "typed", "break_glass", "fingerprint", "seen"], secret [], back "/incidents";
    GATES: Get "gates/show" Some(ReadIncidents), ["number"], secret [], back "/incidents";
    CONFIRM_GATE: Get "gates/confirm" Some(ReadIncidents), ["number", "balancer", "gate", "action"], secret [], back "/incidents";
    REQUEST_GATE: Post "gates/request" Some(Contain), ["number", "balancer", "gate", "action", "how", "allow", "cut", "over", "leave", "preset", "detail", "accepts_impact", "typed", "break_glass", "fingerprint", "seen"], secret [], back "/incidents";
    OWNERS: Get "owners/list" Some(ReadIncidents), [], secret [], back "/incidents";
    BULK: Get "bulk/show" Some(ReadIncidents), ["bulk"], secret [], back "/incidents";
    BULK_TRIAGE: Post "bulk/triage" Some(Triage), ["n", "press", "to", "back"], secret [], back "/incidents";
    BULK_CHOICES: Get "bulk/choices" Some(ReadIncidents), ["n"], secret [], back "/incidents";
    BULK_MERGE: Post "bulk/merge" Some(Triage), ["n", "into", "reason", "back"], secret [], back "/incidents";
    BULK_UNDO: Post "bulk/undo" Some(Triage), ["bulk", "back"], secret [], back "/incidents";
    BULK_CONFIRM: Get "bulk/confirm" Some(ReadIncidents), ["n", "measure"], secret [], back "/incidents";
    ISOLATE: Post "bulk/isolate" Some(Contain), ["n", "measure", "preset", "detail", "accepts_impact", "facts", "shown"], secret [], back "/incidents";
    APPROVALS: Get "approvals/list" Some(ReadIncidents), ["before"], secret [], back "/approvals";
    APPROVAL: Get "approvals/show" Some(ReadIncidents), ["request"], secret [], back "/approvals";
    DECIDE: Post "approvals/decide" Some(Decide), ["request", "decision", "reason", "fingerprint", "seen_name", "seen_image", "seen_started", "seen_restarts", "seen_mounts", "waives_evidence"], secret [], back "/approvals";
    WITHDRAW: Post "approvals/withdraw" Some(Contain), ["request"], secret [], back "/approvals";
    REVIEW: Post "approvals/review" Some(Decide), ["request", "note"], secret [], back "/approvals";
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
    RESET_FACTORS: Post "people/reset_factors" Some(ManagePeople), ["person"], secret [], back "/admin/people";
    RESET_PASSWORD: Post "people/reset_password" Some(ManagePeople), ["person"], secret [], back "/admin/people";
    NODES: Get "nodes/list" Some(ManageNodes), [], secret [], back "/admin/nodes";
    ADD_NODE: Post "nodes/add" Some(ManageNodes), ["name", "endpoint", "ca", "certificate", "key", "host_key"], secret [], back "/admin/nodes";
    ACCEPT_ENGINE: Post "nodes/accept" Some(ManageNodes), ["node", "engine"], secret [], back "/admin/nodes";
    NODE_ACCESS: Post "nodes/access" Some(ManageNodes), ["node", "endpoint", "ca", "certificate", "key", "host_key"], secret [], back "/admin/nodes";
    CHECK_NODE: Post "nodes/check" Some(ManageNodes), ["node"], secret [], back "/admin/nodes";
    REMOVE_NODE: Post "nodes/remove" Some(ManageNodes), ["node"], secret [], back "/admin/nodes";
    NODE_LABELS: Post "nodes/labels" Some(ManageNodes), ["node", "labels"], secret [], back "/admin/nodes";
    NODE_ADDRESSES: Post "nodes/addresses" Some(ManageNodes), ["node", "addresses"], secret [], back "/admin/nodes";
    BALANCERS: Get "balancers/list" Some(ManageGates), [], secret [], back "/admin/balancers";
    ADD_BALANCER: Post "balancers/add" Some(ManageGates), ["name", "kind", "socket", "routes", "elb_base", "iam_base", "project", "credentials", "generation", "ca"], secret [], back "/admin/balancers";
    BALANCER_ACCESS: Post "balancers/access" Some(ManageGates), ["balancer", "kind", "socket", "routes", "elb_base", "iam_base", "project", "credentials", "generation", "ca"], secret [], back "/admin/balancers";
    CHECK_BALANCER: Post "balancers/check" Some(ManageGates), ["balancer"], secret [], back "/admin/balancers";
    REMOVE_BALANCER: Post "balancers/remove" Some(ManageGates), ["balancer"], secret [], back "/admin/balancers";
    POLICY: Get "policy/show" Some(ManagePolicy), [], secret [], back "/admin/policy";
    DRAFT: Get "drafts/show" Some(ManagePolicy), [], secret [], back "/admin/policy/draft";
    SAVE_DRAFT: Post "drafts/save" Some(ManagePolicy), ["rules", "press"], secret [], back "/admin/policy/draft";
    PLAYBOOKS: Get "playbooks/show" Some(ManagePolicy), [], secret [], back "/admin/playbooks";
    USE_PLAYBOOKS: Post "playbooks/use" Some(MovePlaybook), ["number", "version"], secret [], back "/admin/playbooks";
    BOOK_DRAFT: Get "playbook_drafts/show" Some(ManagePolicy), ["class"], secret [], back "/admin/playbooks/draft";
    SAVE_BOOK: Post "playbook_drafts/save" Some(ManagePolicy), ["class", "steps", "targets", "add", "press"], secret [], back "/admin/playbooks/draft";
    CHANGES: Get "changes/list" Some(ManagePolicy), [], secret [], back "/admin/changes";
    CHANGE: Get "changes/show" Some(ManagePolicy), ["change"], secret [], back "/admin/changes";
    DECIDE_CHANGE: Post "changes/decide" Some(ManagePolicy), ["change", "decision", "reason"], secret [], back "/admin/changes";
    WITHDRAW_CHANGE: Post "changes/withdraw" Some(ManagePolicy), ["change"], secret [], back "/admin/changes";
    SOURCES: Get "sources/list" Some(ManageSources), ["before"], secret [], back "/admin/sources";
    ADD_SOURCE: Post "sources/add" Some(ManageSources), ["name", "kind", "node"], secret [], back "/admin/sources";
    REVOKE_SOURCE: Post "sources/revoke" Some(ManageSources), ["source"], secret [], back "/admin/sources";
}
