//! Every endpoint and every field is explained.

use axum::extract::Query;
use serde::de::DeserializeOwned;
use server_fn::ServerFn;

use crate::{
    api,
    endpoints::ENDPOINTS,
    help::{self, FIELDS, SAID},
};

#[test]
fn nothing_is_left_unexplained() {
    for endpoint in ENDPOINTS {
        let short = help::short(endpoint);
        assert!(help::said(endpoint).is_some(), "say in help/words.rs what {short} does");
        for name in endpoint.fields {
            assert!(help::field(endpoint, name).is_some(), "say in help/words.rs what {short}.{name} is");
        }
    }
    for said in SAID {
        for name in said.optional {
            assert!(said.endpoint.fields.contains(name), "{} has no field {name}", said.endpoint.path);
        }
        assert!(said.what.ends_with('.'), "{}", said.what);
    }
}

#[test]
fn nothing_is_explained_that_is_not_there_and_nothing_twice() {
    assert_eq!(SAID.len(), ENDPOINTS.len());
    let mut names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FIELDS.len());
    for field in FIELDS {
        let used = ENDPOINTS.iter().any(|endpoint| {
            endpoint.fields.iter().any(|name| help::field(endpoint, name).is_some_and(|found| found.name == field.name))
        });
        assert!(!field.example.contains(['\'', '"', '$', '`', '\\']), "a shell would take {} apart", field.example);
        assert!(used, "no endpoint has the field {}", field.name);
    }
}

/// What a server function does not do without.
fn needed<T: ServerFn + DeserializeOwned>() -> (&'static str, Vec<String>) {
    let mut given: Vec<String> = Vec::new();
    loop {
        // A one is a number and a text as well.
        let query = given.iter().map(|name| format!("{name}=1")).collect::<Vec<_>>().join("&");
        let uri = format!("/?{query}").parse().expect("an address");
        match Query::<T>::try_from_uri(&uri) {
            Ok(_) => return (T::PATH, given),
            Err(error) => {
                let said = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
                let name = said.split('`').nth(1).unwrap_or_else(|| panic!("{}: {said}", T::PATH));
                assert!(!given.iter().any(|known| known == name), "{said}");
                given.push(name.to_owned());
            }
        }
    }
}

#[test]
fn what_may_be_left_out_may() {
    use api::{actions, audit, incidents, nodes, people, sources, tokens};
    for (path, needed) in [
        needed::<incidents::Queue>(),
        needed::<incidents::Note>(),
        needed::<incidents::Verdict>(),
        needed::<actions::Confirm>(),
        needed::<actions::Request>(),
        needed::<audit::List>(),
        needed::<people::Create>(),
        needed::<people::Roles>(),
        needed::<nodes::Add>(),
        needed::<sources::List>(),
        needed::<sources::Add>(),
        needed::<tokens::Create>(),
        needed::<api::session::SignIn>(),
        needed::<api::me::Theme>(),
        needed::<api::evidence::Collect>(),
    ] {
        let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == path).expect("in the table");
        for name in needed {
            assert!(!help::is_optional(endpoint, &name), "{path} does not do without {name}");
        }
    }
}

#[test]
fn a_command_can_be_copied_into_a_shell() {
    let origin = "https://quell.example";
    let line = |short: &str| {
        let endpoint = ENDPOINTS.iter().find(|endpoint| help::short(endpoint) == short).expect("in the table");
        help::curl(endpoint, origin)
    };
    assert_eq!(
        line("incidents/queue"),
        "curl -G -H \"Authorization: Bearer $QUELL_TOKEN\" --data-urlencode 'view=action' 'https://quell.example/api/v1/incidents/queue'"
    );
    assert_eq!(
        line("people/disable"),
        "curl -b quell.cookies -c quell.cookies -H 'Origin: https://quell.example' --data-urlencode \"person=${PERSON}\" 'https://quell.example/api/v1/people/disable'"
    );
    assert_eq!(
        line("audit/verify"),
        "curl -H \"Authorization: Bearer $QUELL_TOKEN\" -d '' 'https://quell.example/api/v1/audit/verify'"
    );
}
