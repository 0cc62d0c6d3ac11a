//! Playbooks while somebody writes them: what they typed, as they typed it, so that nothing is lost. One playbook is sent
//! at a time; the draft holds them all.

use serde::{Deserialize, Serialize};

use super::{Playbook, PlaybookStep, Playbooks, Step, Target, books::label};
use crate::{
    action::Action,
    alarm::{AlarmClass, Severity},
    error::Problem,
    text::cut,
    versions::Press,
};

/// Steps that a draft may hold; one more than there are kinds, so that there is room to move.
pub const LONGEST_DRAFT: usize = 8;
/// Characters kept of a field; more than any may have, so that what is too long can be shortened.
const KEPT: usize = 600;

/// One step as its row in the form says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "one for each field of the form")]
pub struct DraftStep {
    pub kind: String,
    pub title: String,
    pub guidance: String,
    /// Words of the measures, with blanks between, the first choice first.
    pub measures: String,
    /// A box: empty when it is not ticked.
    pub skippable: String,
}

/// The targets of one severity, in minutes, as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs, reason = "one for each field of the form")]
pub struct DraftTarget {
    pub acknowledge: String,
    pub contain: String,
    pub recover: String,
}

/// One playbook as it is typed. Targets are those of each severity, the worst first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DraftBook {
    /// The class's word; empty for every class without its own.
    pub class: String,
    /// In order.
    pub steps: Vec<DraftStep>,
    /// Five.
    pub targets: Vec<DraftTarget>,
}

/// What a form sends: one playbook, and the class for which another shall be added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedBook {
    /// The playbook on the page.
    pub book: DraftBook,
    /// The chosen class of a new one; counts with its button only.
    pub add: String,
}

impl DraftStep {
    /// Where a new row begins.
    #[must_use]
    pub fn blank() -> Self {
        Self::default()
    }

    fn of(step: &PlaybookStep) -> Self {
        let measures: Vec<&str> = step.measures.iter().map(|action| action.word()).collect();
        Self {
            kind: step.kind.word().to_owned(),
            title: step.title.clone(),
            guidance: step.guidance.clone(),
            measures: measures.join(" "),
            skippable: if step.skippable { "on".to_owned() } else { String::new() },
        }
    }

    fn bounded(&self) -> Self {
        Self {
            kind: cut(&self.kind, KEPT),
            title: cut(&self.title, KEPT),
            guidance: cut(&self.guidance, KEPT),
            measures: cut(&self.measures, KEPT),
            skippable: if self.skippable.is_empty() { String::new() } else { "on".to_owned() },
        }
    }

    fn read(&self) -> Result<PlaybookStep, String> {
        let kind = Step::from_word(&self.kind).ok_or("choose what kind of step it is.")?;
        let measures = self.measures.split_whitespace().map(Action::from_word).collect::<Option<Vec<_>>>();
        // The form sends the choice of every row; it counts where it means something.
        let measures = if kind == Step::Contain { measures.ok_or("choose with what to contain.")? } else { Vec::new() };
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(PlaybookStep {
            kind,
            title: words(&self.title),
            guidance: words(&self.guidance),
            measures,
            skippable: !self.skippable.is_empty(),
        })
    }
}

impl DraftBook {
    /// A playbook as a form.
    #[must_use]
    pub fn of(book: &Playbook) -> Self {
        let target = |target: &Target| DraftTarget {
            acknowledge: target.acknowledge.to_string(),
            contain: target.contain.to_string(),
            recover: target.recover.to_string(),
        };
        Self {
            class: book.class.map(|class| class.word().to_owned()).unwrap_or_default(),
            steps: book.steps.iter().map(DraftStep::of).collect(),
            targets: book.targets.iter().map(target).collect(),
        }
    }

    /// All playbooks as forms.
    #[must_use]
    pub fn all(playbooks: &Playbooks) -> Vec<Self> {
        playbooks.books.iter().map(Self::of).collect()
    }

    /// Nobody types more than this; what is longer is cut.
    #[must_use]
    pub fn bounded(&self) -> Self {
        let target = |target: &DraftTarget| DraftTarget {
            acknowledge: cut(&target.acknowledge, 20),
            contain: cut(&target.contain, 20),
            recover: cut(&target.recover, 20),
        };
        Self {
            class: cut(&self.class, 60),
            steps: self.steps.iter().take(LONGEST_DRAFT).map(DraftStep::bounded).collect(),
            targets: self.targets.iter().take(Severity::ALL.len()).map(target).collect(),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn label(&self) -> &'static str {
        label(AlarmClass::from_word(&self.class))
    }

    fn read(&self) -> Result<Playbook, Problem> {
        let class = match self.class.as_str() {
            "" => None,
            word => {
                Some(AlarmClass::from_word(word).ok_or_else(|| Problem::field("class", "There is no such class."))?)
            }
        };
        let wrong = |field: &str, words: String| Problem::field(field, format!("{}: {words}", self.label()));
        let steps = (1..)
            .zip(&self.steps)
            .map(|(number, step)| step.read().map_err(|words| wrong("steps", format!("step {number}: {words}"))));
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        let targets = Severity::ALL.iter().rev().zip(&self.targets).map(|(severity, typed)| {
            let minutes = |text: &str| {
                let said = || {
                    format!("{}: “{}” is no whole number of minutes.", severity.label().to_lowercase(), cut(text, 20))
                };
                text.trim().parse::<i64>().map_err(|_| wrong("targets", said()))
            };
            Ok(Target {
                severity: *severity,
                acknowledge: minutes(&typed.acknowledge)?,
                contain: minutes(&typed.contain)?,
                recover: minutes(&typed.recover)?,
            })
        });
        Ok(Playbook { class, steps, targets: targets.collect::<Result<_, Problem>>()? })
    }

    /// The playbooks that a draft stands for, checked.
    ///
    /// # Errors
    /// Names the field `steps` or `targets`, the playbook and the row.
    pub fn playbooks(books: &[Self], version: i64) -> Result<Playbooks, Problem> {
        let books = books.iter().map(Self::read).collect::<Result<Vec<_>, _>>()?;
        let playbooks = Playbooks { version, books };
        playbooks.check()?;
        Ok(playbooks)
    }
}

/// The button under which a playbook of a draft was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookPress {
    /// One of those that every draft has; rows are steps.
    Rows(Press),
    /// A playbook of its own for the chosen class.
    AddBook,
    /// Without the playbook on the page.
    DropBook,
}

impl BookPress {
    /// Reads `add_book`, `drop_book`, and what [`Press`] reads.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "add_book" => Some(Self::AddBook),
            "drop_book" => Some(Self::DropBook),
            word => Press::parse(word).map(Self::Rows),
        }
    }

    /// What a form and its button make of a draft; gives the class of the playbook to show next.
    ///
    /// # Errors
    /// Invalid, naming `class` or `add`.
    pub fn turn(self, books: &mut Vec<DraftBook>, typed: &TypedBook) -> Result<String, Problem> {
        let at = books.iter().position(|book| book.class == typed.book.class);
        let at = at.ok_or_else(|| Problem::field("class", "The draft has no such playbook any more."))?;
        books[at] = typed.book.bounded();
        match self {
            Self::Rows(press) => {
                let steps = &mut books[at].steps;
                let before = steps.len();
                press.turn(steps, LONGEST_DRAFT, DraftStep::blank);
                // Closing is the last step of every playbook: a new one goes before it.
                if steps.len() > before && before > 0 && steps[before - 1].kind == Step::Close.word() {
                    steps.swap(before - 1, before);
                }
            }
            Self::DropBook if books[at].class.is_empty() => {
                return Err(Problem::field("class", "The playbook for every class stays."));
            }
            Self::DropBook => {
                books.remove(at);
                return Ok(String::new());
            }
            Self::AddBook => {
                let class = AlarmClass::from_word(&typed.add);
                let class = class.ok_or_else(|| Problem::field("add", "Choose a class for the new playbook."))?;
                if books.iter().any(|book| book.class == class.word()) {
                    return Err(Problem::field("add", "This class has its own playbook already."));
                }
                let copy = DraftBook { class: class.word().to_owned(), ..books[0].clone() };
                books.push(copy);
                return Ok(class.word().to_owned());
            }
        }
        Ok(typed.book.class.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin() -> Vec<DraftBook> {
        DraftBook::all(&Playbooks::builtin())
    }

    #[test]
    fn playbooks_survive_the_form() {
        assert_eq!(DraftBook::playbooks(&builtin(), 1), Ok(Playbooks::builtin()));
        assert_eq!(builtin()[0].bounded(), builtin()[0]);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_row() {
        for (field, words, change) in [
            (
                "steps",
                "Every class: step 2: choose what kind",
                (|b| b.steps[1].kind = "reboot".to_owned()) as fn(&mut DraftBook),
            ),
            ("steps", "step 3: choose with what", |b| b.steps[2].measures = "pause stop".to_owned()),
            ("steps", "step 8: choose what kind", |b| b.steps.push(DraftStep::blank())),
            ("targets", "Every class: high: “soon” is no whole number", |b| {
                b.targets[1].contain = "soon".to_owned();
            }),
            ("targets", "critical: give whole minutes", |b| b.targets[0].acknowledge = "-1".to_owned()),
            ("targets", "each severity once", |b| b.targets.truncate(4)),
            ("class", "no such class", |b| b.class = "<b>".to_owned()),
        ] {
            let mut books = builtin();
            change(&mut books[0]);
            let problem = DraftBook::playbooks(&books, 2).expect_err(words);
            assert_eq!(problem.fields[0].field, field, "{problem}");
            assert!(problem.fields[0].remedy.contains(words), "{problem}");
        }
    }

    #[test]
    fn buttons_add_and_drop_playbooks() {
        let mut books = builtin();
        let typed =
            |books: &[DraftBook], at: usize, add: &str| TypedBook { book: books[at].clone(), add: add.to_owned() };
        for add in ["", "nothing"] {
            let sent = typed(&books, 0, add);
            assert_eq!(BookPress::AddBook.turn(&mut books, &sent).expect_err("none").fields[0].field, "add");
        }
        let sent = typed(&books, 0, "escape");
        assert_eq!(BookPress::AddBook.turn(&mut books, &sent), Ok("escape".to_owned()));
        assert_eq!(BookPress::AddBook.turn(&mut books, &sent).expect_err("twice").fields[0].field, "add");
        let mut sent = typed(&books, 1, "");
        sent.book.steps[0].title = "Hurry".to_owned();
        assert_eq!(BookPress::Rows(Press::Down(0)).turn(&mut books, &sent), Ok("escape".to_owned()));
        assert_eq!((books[1].steps[1].title.as_str(), books[0].steps[0].title.as_str()), ("Hurry", "Acknowledge"));
        // A new step goes before the one that closes; where there is none, at the end.
        let typed_now = typed(&books, 1, "");
        assert_eq!(BookPress::Rows(Press::Add).turn(&mut books, &typed_now), Ok("escape".to_owned()));
        let kinds: Vec<&str> = books[1].steps.iter().map(|step| step.kind.as_str()).collect();
        assert_eq!(kinds[5..], ["recover", "", "close"]);
        let typed_now = TypedBook { book: DraftBook { steps: Vec::new(), ..books[1].clone() }, add: String::new() };
        assert_eq!(BookPress::Rows(Press::Add).turn(&mut books, &typed_now), Ok("escape".to_owned()));
        assert_eq!(books[1].steps, [DraftStep::blank()]);
        assert_eq!(BookPress::DropBook.turn(&mut books, &sent), Ok(String::new()));
        assert_eq!(books, builtin());
        assert!(BookPress::DropBook.turn(&mut books, &typed(&builtin(), 0, "")).is_err(), "the first stays");
        assert!(BookPress::Rows(Press::Preview).turn(&mut books, &sent).is_err(), "it is gone");
        assert_eq!(BookPress::parse("up-2"), Some(BookPress::Rows(Press::Up(2))));
        assert_eq!((BookPress::parse("add_book"), BookPress::parse("shred")), (Some(BookPress::AddBook), None));
    }
}
