//! What a simulator begins with: a file that somebody wrote, or the small one that is built in.
//!
//! A file has the form of `seeds/builtin.json`. Ids, projects and times may be left out: a missing id is made up, and a
//! missing project is the first one. Everything that an object refers to must be there.

use serde::Deserialize;

use crate::{
    calls::Calls,
    clock::Clock,
    elb::{Elb, Listener, Member, Object, Pool},
    faults::Faults,
    iam::{Accounts, accounts::AccessKey},
    ids::Ids,
    settings::Settings,
    world::World,
};

const BUILTIN: &str = include_str!("../seeds/builtin.json");
/// When objects were made and changed that do not say it.
const LONG_AGO: &str = "2026-01-10T02:10:30Z";

/// What a simulator begins with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    accounts: Accounts,
    #[serde(default)]
    elb: Elb,
    #[serde(default)]
    settings: Settings,
}

impl Seed {
    /// The one that is built in: the two load balancers of the reference's story, with one account and one stranger.
    pub fn builtin() -> Self {
        Self::read(BUILTIN).expect("the seed that is built in")
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut seed: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let project = seed.accounts.projects.first().ok_or("there must be a project")?.id.clone();
        let mut ids = Ids::default();
        fill(&mut seed.elb.loadbalancers, &project, &mut ids);
        fill(&mut seed.elb.listeners, &project, &mut ids);
        fill(&mut seed.elb.pools, &project, &mut ids);
        fill(&mut seed.elb.members, &project, &mut ids);
        fill(&mut seed.elb.l7policies, &project, &mut ids);
        fill(&mut seed.elb.ipgroups, &project, &mut ids);
        fill(&mut seed.elb.whitelists, &project, &mut ids);
        seed.check()?;
        Ok(seed)
    }

    /// With this key of the first user in place of those that the seed has.
    #[must_use]
    pub fn with_key(mut self, access: &str, secret: &str) -> Self {
        let user_id = self.accounts.users.first().map(|user| user.id.clone()).unwrap_or_default();
        self.accounts.access_keys = vec![AccessKey { access: access.into(), secret: secret.into(), user_id }];
        self
    }

    /// With one more pool on the first load balancer: `pool-many` behind `listener-many`, with so many members.
    #[must_use]
    pub fn with_members(mut self, members: u16) -> Self {
        let Some(first) = self.elb.loadbalancers.first().cloned() else { return self };
        let uuid = |kind: u16, number: u16| format!("00000000-0000-4000-{kind:04}-{number:012}");
        let times = || (LONG_AGO.to_owned(), LONG_AGO.to_owned());
        let (created_at, updated_at) = times();
        let pool = Pool {
            id: uuid(8001, 0),
            project_id: first.project_id.clone(),
            name: "pool-many".into(),
            protocol: "TCP".into(),
            loadbalancer_id: first.id.clone(),
            created_at,
            updated_at,
            other: serde_json::Map::new(),
        };
        let (created_at, updated_at) = times();
        self.elb.listeners.push(Listener {
            id: uuid(8002, 0),
            project_id: first.project_id.clone(),
            name: "listener-many".into(),
            protocol: "TCP".into(),
            protocol_port: 9443,
            loadbalancer_id: first.id,
            default_pool_id: Some(pool.id.clone()),
            ipgroup: None,
            created_at,
            updated_at,
            other: serde_json::Map::new(),
        });
        for number in 0..members {
            let (created_at, updated_at) = times();
            self.elb.members.push(Member {
                id: uuid(8003, number),
                project_id: first.project_id.clone(),
                pool_id: pool.id.clone(),
                name: String::new(),
                address: format!("10.20.{}.{}", number / 250, number % 250 + 1),
                protocol_port: 30081,
                weight: 1,
                operating_status: "ONLINE".into(),
                subnet_cidr_id: None,
                instance_id: String::new(),
                created_at,
                updated_at,
                other: serde_json::Map::new(),
            });
        }
        self.elb.pools.push(pool);
        self
    }

    /// The world that begins with it.
    pub fn world(self) -> World {
        World {
            accounts: self.accounts,
            elb: self.elb,
            settings: self.settings,
            clock: Clock::default(),
            ids: Ids::default(),
            faults: Faults::default(),
            calls: Calls::default(),
        }
    }

    /// Everything that is referred to is there.
    fn check(&self) -> Result<(), String> {
        let (accounts, elb) = (&self.accounts, &self.elb);
        let must = |there: bool, what: &str| if there { Ok(()) } else { Err(format!("{what} is not in the seed")) };
        for project in &accounts.projects {
            must(accounts.domain(&project.domain_id).is_some(), &format!("the account of project {}", project.name))?;
        }
        for user in &accounts.users {
            must(accounts.domain(&user.domain_id).is_some(), &format!("the account of user {}", user.name))?;
        }
        for key in &accounts.access_keys {
            must(accounts.user(&key.user_id).is_some(), &format!("the user of key {}", key.access))?;
        }
        for it in &elb.listeners {
            must(
                elb.loadbalancer(&it.loadbalancer_id).is_some(),
                &format!("the load balancer of listener {}", it.name),
            )?;
            let pool = it.default_pool_id.as_ref().is_none_or(|pool| elb.pool(pool).is_some());
            must(pool, &format!("the default pool of listener {}", it.name))?;
            let mut groups = it.ipgroup.iter().flat_map(|binding| binding.ids());
            let groups = groups.all(|id| elb.ipgroups.iter().any(|group| group.id == id));
            must(groups, &format!("the group of addresses of listener {}", it.name))?;
        }
        for it in &elb.pools {
            must(elb.loadbalancer(&it.loadbalancer_id).is_some(), &format!("the load balancer of pool {}", it.name))?;
        }
        for it in &elb.members {
            must(elb.pool(&it.pool_id).is_some(), &format!("the pool of member {}", it.address))?;
        }
        let listener = |id: &str| elb.listeners.iter().any(|listener| listener.id == id);
        for it in &elb.l7policies {
            let there = listener(&it.listener_id) && elb.pool(&it.redirect_pool_id).is_some();
            must(there, &format!("the listener or pool of policy {}", it.name))?;
        }
        for it in &elb.whitelists {
            must(listener(&it.listener_id), &format!("the listener of whitelist {}", it.id))?;
        }
        Ok(())
    }
}

/// Fills in what was left out.
fn fill<T: Object>(objects: &mut [T], first_project: &str, ids: &mut Ids) {
    for object in objects {
        let (id, project, times) = object.blanks();
        if id.is_empty() {
            *id = ids.uuid();
        }
        if project.is_empty() {
            first_project.clone_into(project);
        }
        for time in times.into_iter().flat_map(|(created, updated)| [created, updated]) {
            if time.is_empty() {
                LONG_AGO.clone_into(time);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_is_built_in_is_good() {
        let seed = Seed::builtin().with_members(300);
        assert_eq!(seed.elb.members.iter().filter(|member| member.protocol_port == 30081).count(), 300);
        seed.check().unwrap();
    }

    #[test]
    fn a_bad_one_says_what_is_wrong() {
        assert_eq!(Seed::read(r#"{"accounts": {}}"#).unwrap_err(), "there must be a project");
        let text = BUILTIN.replacen(r#""pool_id": "3b35b5c7"#, r#""pool_id": "00000000"#, 1);
        assert_eq!(Seed::read(&text).unwrap_err(), "the pool of member 192.168.10.21 is not in the seed");
        let text = BUILTIN.replacen(r#""domain_id""#, r#""domain""#, 1);
        assert!(Seed::read(&text).unwrap_err().starts_with("unknown field `domain`"));
    }
}
