//! `POST /v3.0/OS-CREDENTIAL/securitytokens`: a temporary key, for oneself or through an agency.

use serde_json::{Value, json};

use super::accounts::TemporaryKey;
use crate::{
    call::Call,
    clock::micros,
    fields::Fields,
    reply::{Answer, Dialect, Refusal, Reply},
};

/// How long a temporary key may live, and lives when nobody says, in seconds.
const LIFE: std::ops::RangeInclusive<i64> = 900..=86_400;
const SHORTEST: i64 = 900;
/// The longest name that is looked at; a token is longer.
const LONGEST: usize = 64;
const LONGEST_TOKEN: usize = 16 * 1024;

/// Gives out a temporary key.
pub fn create(call: &mut Call<'_>) -> Answer {
    let caller = call.caller()?.clone();
    let mut body = Fields::of_body(call.request, Dialect::Iam)?;
    let mut auth = body.must_object("auth")?;
    let mut identity = auth.must_object("identity")?;
    let (seconds, domain_id) = match identity.any("methods") {
        Some(methods) if methods == json!(["token"]) => (own(call, identity.object("token")?)?, caller.domain_id),
        Some(methods) if methods == json!(["assume_role"]) => assumed(call, identity.must_object("assume_role")?)?,
        _ => return Err(Dialect::Iam.bad("methods")),
    };
    // A policy can be sent along, which makes the key good for less, and a name for the session: neither is simulated.
    let _policy: Option<Value> = identity.any("policy");
    for rest in [identity, auth, body] {
        rest.finish()?;
    }
    let (access, secret, security_token) = call.world.ids.temporary_key();
    let expires = call.world.clock.now() + seconds * 1000;
    let told = json!({ "credential": {
        "access": access, "secret": secret, "securitytoken": security_token, "expires_at": micros(expires),
    }});
    let key = TemporaryKey { access, secret, security_token, user_id: caller.user_id, domain_id, expires };
    call.world.accounts.temporary.push(key);
    Ok(Reply::json(201, told))
}

/// For oneself: how long, in seconds. A token that is named must be good.
fn own(call: &Call<'_>, token: Option<Fields>) -> Result<i64, Refusal> {
    let Some(mut token) = token else { return Ok(SHORTEST) };
    let seconds = token.number("duration_seconds", LIFE)?.unwrap_or(SHORTEST);
    let named = token.text("id", LONGEST_TOKEN)?;
    token.finish()?;
    let now = call.world.clock.now();
    let good = |value: &String| call.world.accounts.tokens.iter().any(|it| it.value == *value && now < it.expires);
    if named.as_ref().is_none_or(good) { Ok(seconds) } else { Err(Refusal::unknown_token()) }
}

/// Through an agency of another account: how long, and where.
fn assumed(call: &Call<'_>, mut role: Fields) -> Result<(i64, String), Refusal> {
    let agency = role.must_text("agency_name", LONGEST)?;
    let (name, id) = (role.text("domain_name", LONGEST)?, role.text("domain_id", LONGEST)?);
    let seconds = role.number("duration_seconds", LIFE)?.unwrap_or(SHORTEST);
    let _session: Option<Value> = role.any("session_user");
    role.finish()?;
    let accounts = &call.world.accounts;
    let mut domains = accounts.domains.iter();
    let domain = match (name, id) {
        (Some(name), None) => domains.find(|it| it.name == name),
        (None, Some(id)) => domains.find(|it| it.id == id),
        _ => return Err(Dialect::Iam.bad("domain_name")),
    };
    let found =
        domain.filter(|domain| accounts.agencies.iter().any(|it| it.name == agency && it.domain_id == domain.id));
    let domain = found.ok_or_else(|| Dialect::Iam.not_found("agency", &agency))?;
    Ok((seconds, domain.id.clone()))
}
