//! The entries of a group: how they are read from a body, added and removed.

use crate::{
    addresses::{self, Entry},
    elb::objects::Ip,
    fields::Fields,
    reply::{Dialect, Refusal},
    settings::Settings,
};

/// The longest text of an entry: a range of IPv6 addresses.
const LONGEST: usize = 2 * 45 + 1;

/// A list of entries with descriptions. None comes twice, in whatever form.
pub fn read(sent: Vec<Fields>, settings: &Settings) -> Result<Vec<Ip>, Refusal> {
    each(sent, settings, |fields| Ok(fields.text("description", 255)?.unwrap_or_default()))
}

/// A list of entries without descriptions, as they are named for removal.
pub fn read_bare(sent: Vec<Fields>, settings: &Settings) -> Result<Vec<Ip>, Refusal> {
    each(sent, settings, |_| Ok(String::new()))
}

fn each(
    sent: Vec<Fields>,
    settings: &Settings,
    describe: impl Fn(&mut Fields) -> Result<String, Refusal>,
) -> Result<Vec<Ip>, Refusal> {
    if sent.len() > settings.quotas.ipgroup_max_length {
        return Err(Dialect::V3.quota("ipgroup_max_length"));
    }
    let mut entries = Vec::with_capacity(sent.len());
    let mut seen: Vec<Entry> = Vec::with_capacity(sent.len());
    for mut fields in sent {
        let ip = fields.must_text("ip", LONGEST)?;
        let description = describe(&mut fields)?;
        fields.finish()?;
        let entry = addresses::entry(&ip).filter(|entry| !seen.contains(entry)).ok_or_else(|| Dialect::V3.bad("ip"))?;
        seen.push(entry);
        entries.push(Ip { ip, description });
    }
    Ok(entries)
}

/// Adds what is new and describes anew what is there.
pub fn add(list: &mut Vec<Ip>, more: Vec<Ip>, settings: &Settings) -> Result<(), Refusal> {
    for new in more {
        match list.iter_mut().find(|old| same(old, &new)) {
            Some(old) => old.description = new.description,
            None => list.push(new),
        }
    }
    if list.len() > settings.quotas.ipgroup_max_length { Err(Dialect::V3.quota("ipgroup_max_length")) } else { Ok(()) }
}

/// Removes what is there.
pub fn remove(list: &mut Vec<Ip>, named: &[Ip]) {
    list.retain(|old| !named.iter().any(|it| same(old, it)));
}

fn same(one: &Ip, other: &Ip) -> bool {
    one.ip == other.ip || addresses::entry(&one.ip).is_some_and(|entry| addresses::entry(&other.ip) == Some(entry))
}
