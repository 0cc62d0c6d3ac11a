//! `POST /v3/auth/tokens`: a password for a token.

use serde_json::{Value, json};

use super::accounts::{Accounts, Project, Scope, TOKEN_LIFE, Token, User};
use crate::{
    call::Call,
    clock::micros,
    fields::Fields,
    reply::{Answer, Dialect, Refusal, Reply},
};

/// The longest name or password that is looked at.
const LONGEST: usize = 256;

/// Gives out a token. The door is open: a password is the proof.
pub fn login(call: &mut Call<'_>) -> Answer {
    let mut body = Fields::of_body(call.request, Dialect::Iam)?;
    let mut auth = body.must_object("auth")?;
    let mut identity = auth.must_object("identity")?;
    if identity.any("methods") != Some(json!(["password"])) {
        return Err(Dialect::Iam.bad("methods"));
    }
    let mut password = identity.must_object("password")?;
    let user = user(&call.world.accounts, password.must_object("user")?)?.clone();
    let (scope, project) = scope(&call.world.accounts, &user, auth.must_object("scope")?)?;
    for rest in [password, identity, auth, body] {
        rest.finish()?;
    }
    let catalog = !call.request.values("nocatalog").any(|value| !value.is_empty());
    let issued = call.world.clock.now();
    let token = Token { value: call.world.ids.token(), user_id: user.id.clone(), scope, expires: issued + TOKEN_LIFE };
    let domain = domain(&call.world.accounts, &user.domain_id);
    let mut told = json!({
        "methods": ["password"], "issued_at": micros(issued), "expires_at": micros(token.expires),
        "user": { "id": user.id, "name": user.name, "domain": domain, "password_expires_at": "" },
        "roles": [{ "id": "0", "name": "te_admin" }], "catalog": if catalog { services() } else { json!([]) },
    });
    match project {
        Some(project) => told["project"] = json!({ "id": project.id, "name": project.name, "domain": domain }),
        None => told["domain"] = domain,
    }
    let headers = vec![("x-subject-token", token.value.clone())];
    call.world.accounts.tokens.push(token);
    Ok(Reply { status: 201, body: Some(json!({ "token": told })), headers })
}

/// The user who proves to be it. By id, or by name and account.
fn user(accounts: &Accounts, mut fields: Fields) -> Result<&User, Refusal> {
    let password = fields.must_text("password", LONGEST)?;
    let id = fields.text("id", LONGEST)?;
    let name = fields.text("name", LONGEST)?;
    let domain = fields.object("domain")?.map(named).transpose()?;
    fields.finish()?;
    let found = match (id, name, domain) {
        (Some(id), None, None) => accounts.user(&id),
        (None, Some(name), Some(domain)) => accounts.users.iter().find(|user| {
            user.name == name && accounts.domain(&user.domain_id).is_some_and(|it| domain.is(&it.id, &it.name))
        }),
        (None, None, _) => return Err(Dialect::Iam.missing("name")),
        _ => return Err(Dialect::Iam.missing("domain")),
    };
    let user = found.filter(|user| user.password == password).ok_or_else(Refusal::wrong_password)?;
    if user.enabled { Ok(user) } else { Err(Refusal::iam_forbidden()) }
}

/// What the token is to be good for.
fn scope(accounts: &Accounts, user: &User, mut fields: Fields) -> Result<(Scope, Option<Project>), Refusal> {
    let project = fields.object("project")?.map(named).transpose()?;
    let domain = fields.object("domain")?.map(named).transpose()?;
    fields.finish()?;
    match (project, domain) {
        (Some(wanted), None) => {
            let mut own = accounts.projects.iter().filter(|project| project.domain_id == user.domain_id);
            let found = own.find(|project| wanted.is(&project.id, &project.name));
            let project = found.ok_or_else(|| Dialect::Iam.not_found("project", wanted.text()))?.clone();
            Ok((Scope::Project(project.id.clone()), Some(project)))
        }
        (None, Some(wanted)) => {
            let own = accounts.domain(&user.domain_id).is_some_and(|it| wanted.is(&it.id, &it.name));
            if own { Ok((Scope::Account, None)) } else { Err(Refusal::iam_forbidden()) }
        }
        _ => Err(Dialect::Iam.bad("scope")),
    }
}

/// An object that is named by id or by name.
enum Named {
    Id(String),
    Name(String),
}

impl Named {
    fn is(&self, id: &str, name: &str) -> bool {
        match self {
            Self::Id(wanted) => wanted == id,
            Self::Name(wanted) => wanted == name,
        }
    }

    fn text(&self) -> &str {
        let (Self::Id(text) | Self::Name(text)) = self;
        text
    }
}

fn named(mut fields: Fields) -> Result<Named, Refusal> {
    let (id, name) = (fields.text("id", LONGEST)?, fields.text("name", LONGEST)?);
    fields.finish()?;
    match (id, name) {
        (Some(id), None) => Ok(Named::Id(id)),
        (None, Some(name)) => Ok(Named::Name(name)),
        _ => Err(Dialect::Iam.bad("name")),
    }
}

/// An account as answers name it.
pub fn domain(accounts: &Accounts, id: &str) -> Value {
    json!({ "id": id, "name": accounts.domain(id).map_or("", |domain| &domain.name) })
}

fn services() -> Value {
    let service = |kind: &str| json!({ "type": kind, "name": kind, "id": kind, "endpoints": [] });
    json!([service("elb"), service("elbv3"), service("iam")])
}
