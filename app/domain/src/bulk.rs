//! The same done to several incidents at once: how many at most, what is recorded of it, and what an undo goes by.
//!
//! Each incident is its own write with its own audit event, which carries the bulk's id. One more event, written last,
//! is the record of the whole; its number in the audit trail is how the bulk is called from outside.

use serde::{Deserialize, Serialize};

use crate::{
    action::Action,
    audit::{ActorKind, Entry, Event, codes},
    error::Problem,
    ids::RequestId,
    time::{MINUTE, Timestamp},
};

/// Incidents in one go at most, for triage.
pub const MOST: usize = 100;
/// Containers in one go at most.
pub const MOST_ISOLATED: usize = 20;
/// How long it may be undone, microseconds.
pub const UNDO_FOR: i64 = 10 * MINUTE;
/// The fact of an event that says of which bulk it is part.
pub const FACT: &str = "bulk";

crate::words! {
    /// What was done in one go.
    BulkKind {
        /// Acknowledged.
        Acknowledge = "acknowledge", "Acknowledge";
        /// Given an owner.
        Assign = "assign", "Assign";
        /// Merged into one of them.
        Merge = "merge", "Merge";
        /// An action was asked for on each container.
        Isolate = "isolate", "Isolate";
        /// An earlier bulk was undone.
        Undo = "undo", "Undo";
    }
}

impl BulkKind {
    /// Can it be undone in one go? What was done to containers is taken back one by one, with approval.
    #[must_use]
    pub fn can_be_undone(self) -> bool {
        matches!(self, Self::Acknowledge | Self::Assign | Self::Merge)
    }
}

crate::words! {
    /// How it ended for one incident.
    BulkOutcome {
        /// Done.
        Done = "done", "Done";
        /// It was so already: nothing was written.
        Unchanged = "unchanged", "Nothing to do";
        /// Not done.
        Refused = "refused", "Refused";
    }
}

/// What became of one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkLine {
    /// `INC-12` has 12.
    pub number: i64,
    /// How it ended.
    pub outcome: BulkOutcome,
    /// Why not, or what to know about it; may hold attacker text.
    pub words: String,
    /// The request that was made, when it is about containers.
    pub request: Option<RequestId>,
}

impl BulkLine {
    /// It was done; with what to know about it, if anything.
    #[must_use]
    pub fn done(number: i64, words: impl Into<String>) -> Self {
        Self { number, outcome: BulkOutcome::Done, words: words.into(), request: None }
    }

    /// It was so already.
    #[must_use]
    pub fn unchanged(number: i64, words: impl Into<String>) -> Self {
        Self { outcome: BulkOutcome::Unchanged, ..Self::done(number, words) }
    }

    /// It was not, and why.
    #[must_use]
    pub fn refused(number: i64, why: &Problem) -> Self {
        let fields = why.fields.iter().map(|field| field.remedy.as_str());
        let words = if why.fields.is_empty() { why.message.clone() } else { fields.collect::<Vec<_>>().join(" ") };
        Self { outcome: BulkOutcome::Refused, ..Self::done(number, words) }
    }
}

/// What was done in one go, as the audit trail holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bulk {
    /// Minted for it; stands in the event of each incident.
    pub id: String,
    /// What.
    pub kind: BulkKind,
    /// What of containers.
    pub action: Option<Action>,
    /// Of an undo: the number of what was undone.
    pub of: Option<i64>,
    /// Of a merge: the number of the incident that stays.
    pub into: Option<i64>,
    /// The number of the last audit entry before the first write.
    pub since: i64,
    /// By incident, in the order in which they were chosen.
    pub lines: Vec<BulkLine>,
}

impl Bulk {
    /// The event with the record.
    #[must_use]
    pub fn recorded(&self, event: Event) -> Event {
        event.target("bulk", &self.id).fact("record", serde_json::to_value(self).unwrap_or_default())
    }

    /// Reads the record; none when the entry is about something else.
    #[must_use]
    pub fn read(event: &Event) -> Option<Self> {
        let is_record = event.code == codes::BULK_DONE || event.code == codes::BULK_UNDONE;
        event.facts.get("record").filter(|_| is_record).and_then(|record| Self::deserialize(record).ok())
    }

    /// Incidents for which it was done.
    pub fn done(&self) -> impl Iterator<Item = i64> {
        self.lines.iter().filter(|line| line.outcome == BulkOutcome::Done).map(|line| line.number)
    }

    /// How many ended so.
    #[must_use]
    pub fn count(&self, outcome: BulkOutcome) -> usize {
        self.lines.iter().filter(|line| line.outcome == outcome).count()
    }
}

/// Numbers of incidents as they come from a form, with or without `INC-`: parted by blanks, line ends or commas, each
/// counted once.
///
/// # Errors
/// Invalid, naming `n`: none, more than `most`, or something that is no number.
pub fn numbers(text: &str, most: usize) -> Result<Vec<i64>, Problem> {
    let mut numbers = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()) {
        let digits = word.strip_prefix("INC-").or_else(|| word.strip_prefix("inc-")).unwrap_or(word);
        let number = digits.parse().ok().filter(|number| *number > 0).ok_or_else(|| {
            let word = crate::text::cut(&crate::text::visible(word), 20);
            Problem::field("n", format!("“{word}” is no number of an incident."))
        })?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
        // Not all of an endless list is read.
        if numbers.len() > 10 * most {
            break;
        }
    }
    match numbers.len() {
        0 => Err(Problem::field("n", "Tick at least one incident first.")),
        count if count > most => Err(Problem::field(
            "n",
            format!(
                "At most {most} in one go; {count} are ticked. Nothing was done. Untick some, and do the rest after."
            ),
        )),
        _ => Ok(numbers),
    }
}

/// May it be undone by this person now?
///
/// # Errors
/// The sentence to show.
pub fn may_undo(bulk: &Bulk, by: &str, at: Timestamp, me: Option<&str>, now: Timestamp) -> Result<(), String> {
    if !bulk.kind.can_be_undone() {
        return Err("This cannot be undone in one go.".to_owned());
    }
    if me != Some(by) {
        return Err("Only who did it can undo it in one go.".to_owned());
    }
    if now.since(at) > UNDO_FOR {
        return Err(format!("It is more than {} minutes ago.", UNDO_FOR / MINUTE));
    }
    if bulk.done().next().is_none() {
        return Err("Nothing was done, so there is nothing to undo.".to_owned());
    }
    Ok(())
}

/// What an undo of one incident goes by, among its audit entries since the bulk began, oldest first: the bulk's own
/// event, and who did something after it that `matters`, if anybody did. Alarms that joined are nobody's doing.
///
/// # Errors
/// Conflict, when its event is not among them: nothing is known then.
pub fn since_then<'a>(
    entries: &'a [Entry],
    bulk: &Bulk,
    matters: impl Fn(&Event) -> bool,
) -> Result<(&'a Event, Option<&'a str>), Problem> {
    let is_own = |event: &Event| event.text(FACT) == bulk.id;
    let at = entries
        .iter()
        .position(|entry| is_own(&entry.event))
        .ok_or_else(|| Problem::conflict("What was done is not in the record of the incident any more."))?;
    let by_people =
        |event: &&Event| matches!(event.actor.kind, ActorKind::Person | ActorKind::Operator) && !is_own(event);
    let mut later = entries[at..].iter().map(|entry| &entry.event).filter(by_people);
    Ok((&entries[at].event, later.find(|event| matters(event)).map(|event| event.actor.name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audit::Actor, ids::Digest};

    fn bulk(kind: BulkKind) -> Bulk {
        Bulk {
            id: "b".to_owned(),
            kind,
            action: None,
            of: None,
            into: None,
            since: 4,
            lines: vec![BulkLine::done(3, "")],
        }
    }

    fn person(name: &str) -> Actor {
        Actor { kind: ActorKind::Person, id: name.to_owned(), name: name.to_owned(), address: None }
    }

    fn entry(seq: i64, event: Event) -> Entry {
        Entry { seq, event, hash: Digest::of(b"") }
    }

    #[test]
    fn numbers_are_taken_once_each_and_not_too_many() {
        assert_eq!(numbers("3\nINC-1 3,2", 3).expect("numbers"), [3, 1, 2]);
        for (text, said) in [
            ("", "Tick at least one"),
            (" , ", "Tick at least one"),
            ("1 x", "“x” is no number"),
            ("0", "“0” is no number"),
            ("-1", "no number"),
            ("1 2 3 4", "At most 3 in one go; 4 are ticked"),
        ] {
            let problem = numbers(text, 3).expect_err(text);
            assert!(problem.fields[0].field == "n" && problem.fields[0].remedy.contains(said), "{text}: {problem}");
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_from_nothing_else() {
        let bulk = bulk(BulkKind::Assign);
        let event = bulk.recorded(Event::new(Timestamp(1), person("ana"), codes::BULK_DONE));
        assert_eq!(Bulk::read(&event), Some(bulk.clone()));
        let note = bulk.recorded(Event::new(Timestamp(1), person("ana"), codes::NOTE));
        assert_eq!(Bulk::read(&note), None);
    }

    #[test]
    fn an_undo_is_its_persons_and_not_for_long() {
        let (at, bulk) = (Timestamp(0), bulk(BulkKind::Acknowledge));
        let may = |me, now| may_undo(&bulk, "ana", at, me, Timestamp(now));
        assert_eq!(may(Some("ana"), UNDO_FOR), Ok(()));
        assert!(may(Some("ana"), UNDO_FOR + 1).is_err());
        assert!(may(Some("ben"), 1).is_err() && may(None, 1).is_err());
        for kind in [BulkKind::Isolate, BulkKind::Undo] {
            assert!(may_undo(&self::bulk(kind), "ana", at, Some("ana"), at).is_err());
        }
        let nothing = Bulk { lines: vec![BulkLine::unchanged(1, "")], ..bulk.clone() };
        assert!(may_undo(&nothing, "ana", at, Some("ana"), at).is_err());
    }

    #[test]
    fn only_what_people_did_after_it_counts() {
        let bulk = bulk(BulkKind::Acknowledge);
        let own = Event::new(Timestamp(1), person("ana"), codes::ACKNOWLEDGED).fact(FACT, "b");
        let alarms = Event::new(Timestamp(2), Actor::system("correlate"), codes::ALARMS_JOINED);
        let note = Event::new(Timestamp(3), person("ben"), codes::NOTE);
        let before = entry(5, note.clone());
        let mut entries = vec![before, entry(6, own), entry(7, alarms)];
        let found = since_then(&entries, &bulk, |_| true).expect("found");
        assert_eq!((found.0.code.as_str(), found.1), (codes::ACKNOWLEDGED, None));
        entries.push(entry(8, note));
        assert_eq!(since_then(&entries, &bulk, |_| true).expect("found").1, Some("ben"));
        assert_eq!(since_then(&entries, &bulk, |event| event.code == codes::ASSIGNED).expect("found").1, None);
        assert!(since_then(&entries[..1], &bulk, |_| true).is_err(), "the bulk's own event is not there");
    }
}
