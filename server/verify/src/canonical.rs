//! The canonical bytes of an entry, read as far as the check needs them.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};

/// Borrowed wherever the text has no escapes, so that a million entries need no million allocations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Canonical<'a> {
    pub(crate) v: u32,
    pub(crate) seq: i64,
    pub(crate) at: i64,
    #[serde(borrow)]
    pub(crate) actor: Actor<'a>,
    #[serde(borrow)]
    pub(crate) code: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) outcome: Cow<'a, str>,
    #[serde(borrow, deserialize_with = "required")]
    pub(crate) incident: Option<Cow<'a, str>>,
    #[serde(rename = "target")]
    _target: IgnoredAny,
    #[serde(rename = "facts")]
    _facts: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Actor<'a> {
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) name: Cow<'a, str>,
    #[serde(rename = "address")]
    _address: IgnoredAny,
}

/// `null` is a value here: a missing key is an error, which serde would let pass for an `Option`.
pub(crate) fn required<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Text<'de>>::deserialize(deserializer)?.map(|text| text.0))
}
