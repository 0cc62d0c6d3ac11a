//! Who calls: a signature with a key, or a token; each request uses exactly one of them.

use super::accounts::{Accounts, Scope};
use crate::{
    clock::{self, Millis},
    reply::Refusal,
    request::Request,
    sign::{self, Signed},
};

/// How far the date of a signature may be from now, in either direction.
const SKEW: Millis = 15 * 60 * 1000;

/// Somebody whom the gateway knows.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose key or token it is.
    pub user_id: String,
    /// In which account it acts.
    pub domain_id: String,
    /// Where it may do what.
    pub scope: Scope,
    /// For the log of calls: the key's name, or the end of the token's.
    pub mark: String,
}

impl Caller {
    /// Whether it may act in this project.
    pub fn reaches(&self, accounts: &Accounts, project: &str) -> bool {
        let own = accounts.project(project).is_some_and(|it| it.domain_id == self.domain_id);
        own && match &self.scope {
            Scope::Projects => true,
            Scope::Project(only) => only == project,
            Scope::Account => false,
        }
    }
}

/// The caller of a request. `bad_token` is how this service refuses a token.
pub fn identify(
    accounts: &Accounts,
    request: &Request,
    now: Millis,
    bad_token: fn() -> Refusal,
) -> Result<Caller, Refusal> {
    match (request.has_header("authorization"), request.has_header("x-auth-token")) {
        (true, true) => Err(Refusal::unknown_caller("authorization and x-auth-token exclude each other")),
        (false, false) => Err(Refusal::unknown_caller("x-auth-token not found")),
        (true, false) => by_signature(accounts, request, now),
        (false, true) => by_token(accounts, request, now).ok_or_else(bad_token),
    }
}

fn by_token(accounts: &Accounts, request: &Request, now: Millis) -> Option<Caller> {
    let value = request.header("x-auth-token")?;
    let token = accounts.tokens.iter().find(|token| token.value == value && now < token.expires)?;
    let user = accounts.user(&token.user_id).filter(|user| user.enabled)?;
    let mark = format!("token …{}", &value[value.len().saturating_sub(8)..]);
    Some(Caller { user_id: user.id.clone(), domain_id: user.domain_id.clone(), scope: token.scope.clone(), mark })
}

/// A key, as the check of a signature needs it.
struct Key<'a> {
    secret: &'a str,
    security_token: Option<&'a str>,
    caller: Caller,
}

fn by_signature(accounts: &Accounts, request: &Request, now: Millis) -> Result<Caller, Refusal> {
    let header = request.header("authorization").and_then(Authorization::read);
    let header = header.ok_or_else(|| Refusal::unknown_caller("the Authorization header has not the form of one"))?;
    let key = key(accounts, header.access, now).ok_or_else(|| {
        Refusal::unknown_caller(&format!("Get secretKey failed,ak:{},err:ak not exist", header.access))
    })?;
    let date = request.header("x-sdk-date").unwrap_or_default();
    let at = clock::read_sdk_date(date).ok_or_else(|| Refusal::unknown_caller("x-sdk-date is missing or malformed"))?;
    if (now - at).abs() > SKEW {
        return Err(Refusal::unknown_caller("signature expired: x-sdk-date is more than 15 minutes from now"));
    }
    if request.header("x-security-token") != key.security_token {
        return Err(Refusal::unknown_caller("x-security-token does not belong to the access key"));
    }
    let signed = signed_headers(request, header.names, key.security_token.is_some())?;
    let claimed = request.header("x-sdk-content-sha256");
    let true_hash = sign::payload_hash(&request.body, None);
    if claimed.is_some_and(|claimed| claimed != sign::UNSIGNED && claimed != true_hash) {
        return Err(Refusal::unknown_caller("x-sdk-content-sha256 is not the hash of the body"));
    }
    let payload_hash = sign::payload_hash(&request.body, claimed);
    let (method, path, query) = (request.method.as_str(), request.path.as_str(), request.query.as_str());
    let canonical = Signed { method, path, query, headers: &signed, payload_hash: &payload_hash };
    if !canonical.is_signature(header.signature, key.secret, date) {
        return Err(Refusal::unknown_caller("verify aksk signature fail"));
    }
    Ok(key.caller)
}

fn key<'a>(accounts: &'a Accounts, access: &str, now: Millis) -> Option<Key<'a>> {
    let caller = |user_id: &str, domain_id: &str| {
        let (user_id, domain_id) = (user_id.to_owned(), domain_id.to_owned());
        Caller { user_id, domain_id, scope: Scope::Projects, mark: format!("key {access}") }
    };
    if let Some(it) = accounts.temporary.iter().find(|key| key.access == access && now < key.expires) {
        let security_token = Some(it.security_token.as_str());
        return Some(Key { secret: &it.secret, security_token, caller: caller(&it.user_id, &it.domain_id) });
    }
    let it = accounts.access_keys.iter().find(|key| key.access == access)?;
    let user = accounts.user(&it.user_id).filter(|user| user.enabled)?;
    Some(Key { secret: &it.secret, security_token: None, caller: caller(&user.id, &user.domain_id) })
}

/// The headers that the signature names, with their values.
fn signed_headers(request: &Request, names: &str, temporary: bool) -> Result<Vec<(String, String)>, Refusal> {
    let names: Vec<&str> = names.split(';').collect();
    let must = ["host", "x-sdk-date"].into_iter().chain(temporary.then_some("x-security-token"));
    if let Some(missing) = must.into_iter().find(|name| !names.contains(name)) {
        return Err(Refusal::unknown_caller(&format!("the signed headers must include {missing}")));
    }
    // Sorted, lower-case, none twice: another order would give another signature with the same key.
    let lower = names.iter().all(|name| !name.bytes().any(|byte| byte.is_ascii_uppercase()));
    if !lower || !names.is_sorted_by(|one, next| one < next) {
        return Err(Refusal::unknown_caller("the signed headers must be lower-case and sorted"));
    }
    let value = |name: &str| request.header(name).map(|value| (name.to_owned(), value.to_owned()));
    let gone = |name: &str| Refusal::unknown_caller(&format!("the signed header {name} is not there, or not once"));
    names.into_iter().map(|name| value(name).ok_or_else(|| gone(name))).collect()
}

/// The parts of the header.
struct Authorization<'a> {
    access: &'a str,
    names: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn read(header: &'a str) -> Option<Self> {
        let parts = header.strip_prefix(sign::ALGORITHM)?.strip_prefix(" Access=")?;
        let (access, rest) = parts.split_once(", SignedHeaders=")?;
        let (names, signature) = rest.split_once(", Signature=")?;
        Some(Self { access, names, signature })
    }
}
