//! Control, under `/_sim/`: nothing of the vendor's, and no key is asked for. It says what is there and what was
//! called, and changes what the vendor's interface cannot: the time, what goes wrong, and objects by another hand.
//!
//! | call | what it does |
//! |---|---|
//! | `GET state` | all objects, settings, and which keys, tokens and users there are, without secrets |
//! | `GET calls`, `DELETE calls` | the log of calls; forgets it |
//! | `GET faults`, `POST faults`, `DELETE faults` | what is to go wrong: see [`Rule`]; nothing more is |
//! | `POST release` | lets the calls go that hang now |
//! | `GET settings`, `PATCH settings` | see [`Settings`]; only what is sent is changed |
//! | `POST clock` | `{"ahead_seconds": 3600}` |
//! | `POST expire` | all tokens and temporary keys end now |
//! | `PATCH users/{name}` | `{"enabled": false}`, `{"allow": ["elb:*"]}` |
//! | `PATCH listeners/{id}` … | another hand changes an object; only what is sent is changed |
//! | `DELETE ipgroups/{id}` … | another hand removes an object, in use or not |

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::{elb::Object, faults::Rule, iam::accounts::User, serve::Shared, settings::Settings, world::World};

/// The first part of every path here.
pub const FIRST_PART: &str = "_sim";

/// How a call of control ends: why not, in a sentence for whoever wrote it.
type Done = Result<Value, String>;

/// Answers a call of control: 200 and what it asked for, or 400 and why not.
pub fn answer(shared: &Shared, method: &str, parts: &[String], body: &[u8]) -> (u16, Value) {
    match done(shared, method, parts, body) {
        Ok(told) => (200, told),
        Err(why) => (400, json!({ "error": why })),
    }
}

fn done(shared: &Shared, method: &str, parts: &[String], body: &[u8]) -> Done {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    if matches!((method, parts.as_slice()), ("POST", ["release"])) {
        shared.release();
        return Ok(json!({}));
    }
    shared.with(|world| match (method, parts.as_slice()) {
        ("GET", ["state"]) => Ok(state(world)),
        ("GET", ["calls"]) => Ok(json!({ "calls": world.calls.all() })),
        ("DELETE", ["calls"]) => {
            world.calls.forget();
            Ok(json!({}))
        }
        ("GET", ["faults"]) => Ok(json!({ "faults": world.faults.all() })),
        ("POST", ["faults"]) => {
            world.faults.add(read::<Rule>(body)?);
            Ok(json!({ "faults": world.faults.all() }))
        }
        ("DELETE", ["faults"]) => {
            world.faults.clear();
            Ok(json!({}))
        }
        ("GET", ["settings"]) => Ok(json!(world.settings)),
        ("PATCH", ["settings"]) => {
            world.settings = merged::<Settings>(&world.settings, read(body)?)?;
            Ok(json!(world.settings))
        }
        ("POST", ["clock"]) => {
            world.clock.ahead_seconds = read::<Ahead>(body)?.ahead_seconds;
            Ok(json!({ "now": world.clock.stamp() }))
        }
        ("POST", ["expire"]) => {
            world.accounts.tokens.clear();
            world.accounts.temporary.clear();
            Ok(json!({}))
        }
        ("PATCH", ["users", name]) => change_user(world, name, read(body)?),
        ("PATCH", [kind, id]) => patch(world, kind, id, read(body)?),
        ("DELETE", [kind, id]) => remove(world, kind, id),
        _ => Err(format!("control knows no {method} {}", parts.join("/"))),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ahead {
    ahead_seconds: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserChange {
    enabled: Option<bool>,
    allow: Option<Vec<String>>,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("the body: {error}"))
}

/// What it is, with the fields that were sent.
fn merged<T: Serialize + DeserializeOwned>(was: &T, sent: Map<String, Value>) -> Result<T, String> {
    let mut value = serde_json::to_value(was).map_err(|error| error.to_string())?;
    for (name, field) in sent {
        match (&mut value[&name], field) {
            (Value::Object(inner), Value::Object(sent)) => inner.extend(sent),
            (place, field) => *place = field,
        }
    }
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn state(world: &World) -> Value {
    let accounts = &world.accounts;
    json!({
        "elb": world.elb,
        "settings": world.settings,
        "now": world.clock.stamp(),
        "domains": accounts.domains,
        "projects": accounts.projects,
        "users": accounts.users.iter().map(user_view).collect::<Value>(),
        "access_keys": accounts.access_keys.iter().map(|it| &it.access).collect::<Vec<_>>(),
        "temporary_keys": accounts.temporary.iter().map(|it| &it.access).collect::<Vec<_>>(),
        "tokens": accounts.tokens.len(),
    })
}

fn user_view(it: &User) -> Value {
    json!({ "id": it.id, "name": it.name, "enabled": it.enabled, "allow": it.allow })
}

fn change_user(world: &mut World, name: &str, change: UserChange) -> Done {
    let user = world.accounts.users.iter_mut().find(|user| user.name == name).ok_or("there is no such user")?;
    user.enabled = change.enabled.unwrap_or(user.enabled);
    user.allow = change.allow.unwrap_or_else(|| std::mem::take(&mut user.allow));
    Ok(user_view(user))
}

/// Calls a function with the objects of a kind, whatever their type.
macro_rules! with_kind {
    ($elb:expr, $kind:expr, $function:ident($($more:expr),*)) => {
        match $kind {
            "loadbalancers" => $function(&mut $elb.loadbalancers, $($more),*),
            "listeners" => $function(&mut $elb.listeners, $($more),*),
            "pools" => $function(&mut $elb.pools, $($more),*),
            "members" => $function(&mut $elb.members, $($more),*),
            "l7policies" => $function(&mut $elb.l7policies, $($more),*),
            "ipgroups" => $function(&mut $elb.ipgroups, $($more),*),
            "whitelists" => $function(&mut $elb.whitelists, $($more),*),
            kind => Err(format!("there is no kind of object {kind}")),
        }
    };
}

fn patch(world: &mut World, kind: &str, id: &str, sent: Map<String, Value>) -> Done {
    let now = world.clock.stamp();
    with_kind!(world.elb, kind, patch_one(id, sent, &now))
}

fn patch_one<T>(objects: &mut [T], id: &str, sent: Map<String, Value>, now: &str) -> Done
where
    T: Object + Serialize + DeserializeOwned,
{
    let was = objects.iter_mut().find(|it| it.id() == id).ok_or_else(|| format!("there is no {} {id}", T::KIND))?;
    let mut changed: T = merged(was, sent)?;
    if let (.., Some((_, updated_at))) = changed.blanks() {
        now.clone_into(updated_at);
    }
    *was = changed;
    Ok(json!(was))
}

fn remove(world: &mut World, kind: &str, id: &str) -> Done {
    with_kind!(world.elb, kind, remove_one(id))
}

fn remove_one<T: Object>(objects: &mut Vec<T>, id: &str) -> Done {
    let before = objects.len();
    objects.retain(|it| it.id() != id);
    if objects.len() < before { Ok(json!({})) } else { Err(format!("there is no {} {id}", T::KIND)) }
}
