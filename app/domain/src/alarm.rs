//! An alarm: one finding of one detector, as it came and as we read it.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{AlarmId, DeadLetterId, Digest, IncidentId, SourceId},
    source,
    time::{HOUR, MINUTE, Timestamp},
};

/// Declares an enum of words: its variants, the word in database and URL, and the word for people.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            /// Every variant, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in database, URL and JSON.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The words for people.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// The variant of a word, if there is one.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word() == word)
            }
        }

        // By hand, as text: a derived reader for each enum would be a part of what the browser has to load.
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(from)?;
                Self::from_word(&word).ok_or_else(|| {
                    serde::de::Error::invalid_value(serde::de::Unexpected::Str(&word), &"one of the known words")
                })
            }
        }
    };
}

words! {
    /// The runbook's five tabs, plus what does not fit them.
    AlarmClass {
        /// Out of the container, onto the node.
        Escape = "escape", "Container escape";
        /// A system call that ordinary workloads do not make.
        HighRiskSyscall = "high_risk_syscall", "High-risk system call";
        /// A program that should not run here.
        AbnormalProcess = "abnormal_process", "Abnormal process";
        /// A file that should not be read or written.
        AbnormalFile = "abnormal_file", "Abnormal file";
        /// How the container is set up or started.
        ContainerEnvironment = "container_environment", "Container environment";
        /// Traffic.
        Network = "network", "Network";
        /// Nothing of the above.
        Other = "other", "Other";
    }
}

words! {
    /// How bad. Ordered: `Info < Low < Medium < High < Critical`.
    Severity {
        /// For the record.
        Info = "info", "Info";
        /// Look when there is time.
        Low = "low", "Low";
        /// Look today.
        Medium = "medium", "Medium";
        /// Look now.
        High = "high", "High";
        /// Drop everything.
        Critical = "critical", "Critical";
    }
}

words! {
    /// How the container of an alarm was found. Only [`exact`](Self::Exact) and [`likely`](Self::Likely) allow actions.
    MappingMethod {
        /// The id in the alarm is that of exactly one container on the node that the alarm names.
        Exact = "exact", "container id on the named node, exact";
        /// The id is that of exactly one container on the node that the source stands for.
        Likely = "likely", "container id on the source's node, likely";
        /// A person chose the container.
        Chosen = "chosen", "chosen by a person";
        /// Something fits, but too little to act on: only a name, or an id on another node than the alarm names.
        Inferred = "inferred", "inferred, to be confirmed";
        /// Nothing fits, or several do.
        Unresolved = "unresolved", "not resolved";
    }
}

impl MappingMethod {
    /// May an action be aimed at this container without a person choosing it first?
    #[must_use]
    pub fn allows_action(self) -> bool {
        matches!(self, Self::Exact | Self::Likely | Self::Chosen)
    }
}

impl AlarmClass {
    /// The least severity that this class gets, whatever the detector says: a detector's priority is not risk
    /// (alarm-formats, section 4).
    #[must_use]
    pub fn floor(self) -> Severity {
        match self {
            Self::Escape => Severity::High,
            Self::HighRiskSyscall => Severity::Medium,
            _ => Severity::Info,
        }
    }
}

/// What the alarm says about its container, before anybody asked an engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerHint {
    /// 12 to 64 lower-case hex digits.
    pub id: Option<String>,
    /// A name; attacker-chosen text.
    pub name: Option<String>,
    /// The detector says that it happened on the node itself, in no container.
    pub host: bool,
}

/// What else the detector said. All of it is attacker-influenced text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlarmDetail {
    /// The finding in the detector's words.
    pub message: String,
    /// Image reference.
    pub image: Option<String>,
    /// Process name, or its executable.
    pub process: Option<String>,
    /// The whole command line.
    pub command: Option<String>,
    /// Names of the ancestors, nearest first.
    pub ancestors: Vec<String>,
    /// Process id on the node.
    pub pid: Option<String>,
    /// User name or number.
    pub user: Option<String>,
    /// File concerned.
    pub file: Option<String>,
    /// Connection concerned, as the detector writes it.
    pub connection: Option<String>,
    /// Kubernetes pod.
    pub pod: Option<String>,
    /// Kubernetes namespace.
    pub namespace: Option<String>,
    /// ATT&CK technique ids, for example `T1059.004`.
    pub techniques: Vec<String>,
    /// `false` when the detector says that the attempt failed.
    pub succeeded: Option<bool>,
    /// The detector said so little that nothing may be done on its word alone.
    pub low_confidence: bool,
    /// The incident whose container this one took the place of; said by Quell's own watch only.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub replaces: Option<IncidentId>,
}

/// One finding of one detector. Never changed after it was stored; its [`Mapping`] is added once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Ours.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub id: AlarmId,
    /// Whose token brought it.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub source: SourceId,
    /// The format it was read as, for example `falco`.
    pub detector: String,
    /// When we had it.
    pub received_at: Timestamp,
    /// When the detector says it happened.
    pub occurred_at: Timestamp,
    /// The detector's clock cannot be right: later than ours by 5 minutes or older than 24 hours.
    pub clock_suspect: bool,
    /// Equal for the same event delivered twice (alarm-formats, section 8).
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    pub dedupe_key: Digest,
    /// The detector's rule.
    pub rule: String,
    /// Ours, from the rule table.
    pub class: AlarmClass,
    /// The detector's own word.
    pub severity_reported: String,
    /// Ours.
    pub severity: Severity,
    /// Why ours differs from theirs, or that it does not.
    pub severity_reason: String,
    /// The node's name as the alarm gives it.
    pub node_hint: Option<String>,
    /// The container as the alarm gives it.
    pub container: ContainerHint,
    /// The rest.
    pub detail: AlarmDetail,
    /// The bytes of this alarm alone, as they came.
    #[serde(skip)]
    pub raw: Vec<u8>,
}

impl Alarm {
    /// What it says of the intrusion; none for Quell's own word that a containment broke, which says nothing about that.
    #[must_use]
    pub fn says(&self) -> Option<(Severity, AlarmClass)> {
        let only_counts = self.source == source::own() && self.detail.replaces.is_none();
        (!only_counts).then_some((self.severity, self.class))
    }
}

/// Which incident an alarm belongs to, and how that was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The incident.
    pub incident: IncidentId,
    /// How its container was found.
    pub method: MappingMethod,
    /// One sentence for people.
    pub reason: String,
}

/// Something that a source sent and that could not be read. Kept with the reason, for admins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Ours.
    pub id: DeadLetterId,
    /// Whose token brought it.
    pub source: SourceId,
    /// When.
    pub received_at: Timestamp,
    /// What was wrong with it.
    pub reason: String,
    /// The bytes as they came.
    #[serde(skip)]
    pub raw: Vec<u8>,
}

/// Is a detector's clock out of reach of ours? Such alarms are kept and marked: Quell does nothing by itself, and a person
/// sees the mark (replay guard, alarm-formats, section 8).
#[must_use]
pub fn clock_suspect(occurred_at: Timestamp, received_at: Timestamp) -> bool {
    occurred_at.since(received_at) > 5 * MINUTE || received_at.since(occurred_at) > 24 * HOUR
}

/// Our severity and why: the detector's, raised to the class's floor.
#[must_use]
pub fn rate(reported: Option<Severity>, class: AlarmClass) -> (Severity, String) {
    let floor = class.floor();
    match reported {
        Some(severity) if severity >= floor => (severity, "as the detector says".to_owned()),
        Some(severity) => {
            (floor, format!("raised from {} to {}: {}", severity.word(), floor.word(), class.label().to_lowercase()))
        }
        None => {
            let severity = floor.max(Severity::Medium);
            (severity, format!("the detector gives none; {} for {}", severity.word(), class.label().to_lowercase()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_is_never_less_than_high() {
        let (severity, why) = rate(Some(Severity::Low), AlarmClass::Escape);
        assert_eq!(severity, Severity::High);
        assert_eq!(why, "raised from low to high: container escape");
        assert_eq!(rate(Some(Severity::Critical), AlarmClass::Escape).0, Severity::Critical);
    }

    #[test]
    fn replayed_and_future_alarms_are_suspect() {
        let now = Timestamp(100 * HOUR);
        assert!(clock_suspect(now.plus(6 * MINUTE), now));
        assert!(clock_suspect(now.plus(-25 * HOUR), now));
        assert!(!clock_suspect(now.plus(-23 * HOUR), now));
    }
}
