//! The endpoint table against what is really registered: paths, methods and the fields of every input.

use std::{cell::RefCell, collections::BTreeMap};

use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error};
use server_fn::ServerFn;

use crate::{
    api,
    endpoints::{ENDPOINTS, Method},
};

/// Asks a type which fields it wants to be read from, and reads nothing.
#[derive(Default)]
struct Ask {
    fields: RefCell<Option<&'static [&'static str]>>,
}

impl<'de> Deserializer<'de> for &Ask {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("no struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.fields.borrow_mut() = Some(fields);
        Err(Error::custom("asked"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn entry<T: ServerFn + DeserializeOwned>() -> (&'static str, Vec<&'static str>) {
    let ask = Ask::default();
    let _ = T::deserialize(&ask);
    let fields = ask.fields.borrow().unwrap_or_default().to_vec();
    (T::PATH, fields)
}

fn inputs() -> BTreeMap<&'static str, Vec<&'static str>> {
    use api::{
        actions, approvals, audit, balancers, bulk, changes, enrol, evidence, factors, gates, incidents, life, me,
        nodes, people, playbooks, policy, proof, session, sources, tokens,
    };
    BTreeMap::from([
        entry::<session::SignIn>(),
        entry::<session::SignOut>(),
        entry::<session::Setup>(),
        entry::<me::Show>(),
        entry::<me::Theme>(),
        entry::<me::Password>(),
        entry::<factors::List>(),
        entry::<factors::Rename>(),
        entry::<factors::Remove>(),
        entry::<factors::Recovery>(),
        entry::<enrol::CodeApp>(),
        entry::<enrol::BeginCodeApp>(),
        entry::<enrol::AddCodeApp>(),
        entry::<enrol::Passkey>(),
        entry::<enrol::BeginPasskey>(),
        entry::<enrol::AddPasskey>(),
        entry::<proof::Show>(),
        entry::<proof::Give>(),
        entry::<proof::Passkey>(),
        entry::<tokens::List>(),
        entry::<tokens::Create>(),
        entry::<tokens::Revoke>(),
        entry::<tokens::RevokeAll>(),
        entry::<incidents::Queue>(),
        entry::<incidents::Show>(),
        entry::<incidents::Choices>(),
        entry::<incidents::Acknowledge>(),
        entry::<incidents::Assign>(),
        entry::<incidents::Verdict>(),
        entry::<incidents::Note>(),
        entry::<incidents::Choose>(),
        entry::<life::Show>(),
        entry::<life::Reopen>(),
        entry::<life::Close>(),
        entry::<life::Merge>(),
        entry::<life::Unmerge>(),
        entry::<life::StartAnalysis>(),
        entry::<life::FinishAnalysis>(),
        entry::<playbooks::Steps>(),
        entry::<playbooks::Skip>(),
        entry::<playbooks::TakeBack>(),
        entry::<playbooks::Restored>(),
        entry::<actions::Confirm>(),
        entry::<actions::Request>(),
        entry::<gates::Show>(),
        entry::<gates::Confirm>(),
        entry::<gates::Request>(),
        entry::<bulk::Owners>(),
        entry::<bulk::Show>(),
        entry::<bulk::Triage>(),
        entry::<bulk::Choices>(),
        entry::<bulk::Merge>(),
        entry::<bulk::Undo>(),
        entry::<bulk::Confirm>(),
        entry::<bulk::Isolate>(),
        entry::<approvals::List>(),
        entry::<approvals::Show>(),
        entry::<approvals::Decide>(),
        entry::<approvals::Withdraw>(),
        entry::<approvals::Review>(),
        entry::<evidence::Show>(),
        entry::<evidence::Collect>(),
        entry::<evidence::Cancel>(),
        entry::<audit::List>(),
        entry::<audit::Verify>(),
        entry::<people::List>(),
        entry::<people::Create>(),
        entry::<people::Roles>(),
        entry::<people::Disable>(),
        entry::<people::Enable>(),
        entry::<people::ResetFactors>(),
        entry::<people::ResetPassword>(),
        entry::<nodes::List>(),
        entry::<nodes::Add>(),
        entry::<nodes::Accept>(),
        entry::<nodes::Access>(),
        entry::<nodes::Check>(),
        entry::<nodes::Remove>(),
        entry::<nodes::Labels>(),
        entry::<nodes::Addresses>(),
        entry::<balancers::List>(),
        entry::<balancers::Add>(),
        entry::<balancers::Access>(),
        entry::<balancers::Check>(),
        entry::<balancers::Remove>(),
        entry::<policy::Show>(),
        entry::<policy::Draft>(),
        entry::<policy::SaveDraft>(),
        entry::<playbooks::Show>(),
        entry::<playbooks::UseVersion>(),
        entry::<playbooks::Draft>(),
        entry::<playbooks::SaveBook>(),
        entry::<changes::List>(),
        entry::<changes::Show>(),
        entry::<changes::Decide>(),
        entry::<changes::Withdraw>(),
        entry::<sources::List>(),
        entry::<sources::Add>(),
        entry::<sources::Revoke>(),
    ])
}

#[test]
fn the_table_is_what_is_registered() {
    let mut registered: Vec<(String, String)> =
        server_fn::axum::server_fn_paths().map(|(path, method)| (path.to_owned(), method.to_string())).collect();
    let mut listed: Vec<(String, String)> = ENDPOINTS
        .iter()
        .map(|endpoint| {
            let method = if endpoint.method == Method::Post { "POST" } else { "GET" };
            (endpoint.path.to_owned(), method.to_owned())
        })
        .collect();
    registered.sort();
    listed.sort();
    assert_eq!(registered, listed);
}

#[test]
fn every_field_of_every_input_is_in_the_table() {
    let inputs = inputs();
    assert_eq!(inputs.len(), ENDPOINTS.len());
    for endpoint in ENDPOINTS {
        assert_eq!(inputs.get(endpoint.path).map(Vec::as_slice), Some(endpoint.fields), "{}", endpoint.path);
    }
}

#[test]
fn secrets_are_fields_and_are_marked() {
    for endpoint in ENDPOINTS {
        for secret in endpoint.secret_fields {
            assert!(endpoint.fields.contains(secret), "{}: {secret}", endpoint.path);
        }
        for field in endpoint.fields {
            let secret = field.contains("password") || ["token", "current", "passcode", "credential"].contains(field);
            assert_eq!(endpoint.secret_fields.contains(field), secret, "{}: {field}", endpoint.path);
        }
    }
}

#[test]
fn what_changes_is_post_and_what_reads_is_get() {
    for endpoint in ENDPOINTS {
        let reads = ["/show", "/list", "/queue", "/choices", "/confirm"].iter().any(|end| endpoint.path.ends_with(end));
        assert_eq!(endpoint.method == Method::Get, reads, "{}", endpoint.path);
    }
}
