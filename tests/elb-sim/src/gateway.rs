//! The way of a call: the gateway looks who it is and whether anything is to go wrong, the service does it.
//!
//! Owns the order of these steps. The waiting and cutting is done outside: see [`serve`](crate::serve).

use crate::{
    apis::{self, Api, Door},
    call::Call,
    faults::{Fault, Rule},
    iam::{self, Caller},
    reply::{Answer, Dialect, Refusal},
    request::Request,
    world::World,
};

/// A call that the gateway let through.
#[derive(Debug)]
pub struct Admitted {
    api: &'static Api,
    params: Vec<String>,
    caller: Option<Caller>,
    /// What is to go wrong with it.
    pub rule: Option<Rule>,
}

/// What the gateway does: path, caller, project, policy. A call that it refuses meets no fault.
pub fn admit(world: &mut World, request: &Request, number: usize) -> Result<Admitted, Refusal> {
    let (api, params) = apis::find(request).ok_or_else(Refusal::no_such_api)?;
    // A proof that is sent is looked at even where none is asked for.
    let proof = request.has_header("authorization") || request.has_header("x-auth-token");
    let caller = match api.door {
        Door::Open if !proof => None,
        _ => Some(known(world, request, api.dialect)?),
    };
    let rule = world.faults.meet(request);
    if let Some(entry) = world.calls.entry(number) {
        entry.caller = caller.as_ref().map(|caller| caller.mark.clone());
        entry.fault = rule.as_ref().map(|rule| rule.fault);
    }
    if let (Door::May(action), Some(caller)) = (api.door, &caller) {
        let project = params.first().map_or("", String::as_str);
        may(world, request, caller, project, action)?;
    }
    Ok(Admitted { api, params, caller, rule })
}

fn known(world: &World, request: &Request, dialect: Dialect) -> Result<Caller, Refusal> {
    let bad_token = if dialect == Dialect::Iam { Refusal::unknown_token } else { Refusal::bad_token };
    iam::identify(&world.accounts, request, world.clock.now(), bad_token)
}

fn may(world: &World, request: &Request, caller: &Caller, project: &str, action: &str) -> Result<(), Refusal> {
    let named = request.header("x-project-id").is_none_or(|named| named == project);
    let account = request.header("x-domain-id").is_none_or(|named| named == caller.domain_id);
    if !named || !account || !caller.reaches(&world.accounts, project) {
        return Err(Refusal::other_project());
    }
    let allowed = world.accounts.user(&caller.user_id).is_some_and(|user| user.may(action));
    if allowed { Ok(()) } else { Err(Refusal::policy(action)) }
}

/// What the service does, or does not because it was told so.
pub fn perform(world: &mut World, request: &Request, request_id: &str, admitted: &Admitted) -> Answer {
    let Admitted { api, params, caller, rule } = admitted;
    let fault = rule.as_ref().map(|rule| rule.fault);
    match fault {
        Some(Fault::Throttle) => return Err(Refusal::throttled(rule.as_ref().and_then(|rule| rule.retry_after))),
        Some(Fault::Conflict) => return Err(Refusal::conflict("The object is being changed by another request.")),
        Some(Fault::Error500) if !rule.as_ref().is_some_and(Rule::works) => return Err(api.dialect.internal()),
        _ => {}
    }
    let before = (fault == Some(Fault::Lie)).then(|| world.elb.clone());
    let mut call = Call { world, request, params, caller: caller.as_ref(), request_id, dialect: api.dialect };
    let answer = (api.answer)(&mut call);
    if let Some(before) = before {
        world.elb = before;
    }
    if fault == Some(Fault::Error500) { Err(api.dialect.internal()) } else { answer }
}
