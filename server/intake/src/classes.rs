//! Which class an alarm belongs to: by its rule, else by its ATT&CK ids.
//!
//! The table wins over ATT&CK because Falco's own tags are loose: talking to the cluster's API server is tagged as data
//! manipulation, running a dropped binary only as persistence.

mod table;

use quell_domain::alarm::{AlarmClass, Severity};

/// What the table says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) class: AlarmClass,
    /// A severity this rule never falls below, and why.
    pub(crate) floor: Option<(Severity, &'static str)>,
}

/// Rules that are a remote shell, whatever priority they carry: Falco calls the first one a notice.
const REMOTE_SHELLS: &[&str] = &[
    "Redirect STDOUT/STDIN to Network Connection in Container",
    "Netcat Remote Code Execution in Container",
    "Reverse Shell from Web Server",
];

/// Entering a namespace is what container runtimes do on the node all day; from inside a container it is an escape.
const ESCAPE_ONLY_IN_CONTAINER: &str = "Change thread namespace";

/// The verdict on one of Falco's published rules, current and old names.
pub(crate) fn of_falco(rule: &str, on_host: bool) -> Option<Verdict> {
    let at = table::FALCO.binary_search_by(|(name, _)| (*name).cmp(rule)).ok()?;
    let mut class = table::FALCO[at].1;
    if on_host && rule == ESCAPE_ONLY_IN_CONTAINER {
        class = AlarmClass::HighRiskSyscall;
    }
    let floor = (!on_host && REMOTE_SHELLS.contains(&rule)).then_some((Severity::High, "remote shell in a container"));
    Some(Verdict { class, floor })
}

/// The class that ATT&CK ids point to. Several: the most dangerous, in the order of [`AlarmClass`].
pub(crate) fn of_techniques(
    techniques: &[String],
    tactics: &[String],
    privileged: bool,
    has_file: bool,
) -> Option<AlarmClass> {
    let of_tactic = |tactic: &String| matches!(tactic.as_str(), "TA0010" | "TA0011").then_some(AlarmClass::Network);
    techniques
        .iter()
        .filter_map(|id| of_technique(id, privileged, has_file))
        .chain(tactics.iter().filter_map(of_tactic))
        .min()
}

fn of_technique(id: &str, privileged: bool, has_file: bool) -> Option<AlarmClass> {
    use AlarmClass::{AbnormalFile, AbnormalProcess, ContainerEnvironment, Escape, HighRiskSyscall, Network};
    if matches!(id, "T1547.006" | "T1548.001") {
        return Some(HighRiskSyscall);
    }
    match id.split('.').next().unwrap_or(id) {
        "T1611" => Some(Escape),
        "T1610" if privileged => Some(Escape),
        "T1055" | "T1622" | "T1014" | "T1068" => Some(HighRiskSyscall),
        "T1059" | "T1190" | "T1620" | "T1496" | "T1505" | "T1609" | "T1204" => Some(AbnormalProcess),
        "T1565" if has_file => Some(AbnormalFile),
        "T1552" | "T1555" | "T1003" | "T1070" | "T1098" | "T1222" | "T1564" | "T1574" | "T1053" => Some(AbnormalFile),
        "T1610" | "T1613" | "T1525" => Some(ContainerEnvironment),
        "T1071" | "T1090" | "T1041" | "T1020" | "T1046" | "T1571" => Some(Network),
        _ => None,
    }
}

/// `T1059` or `T1059.004`.
pub(crate) fn is_technique(tag: &str) -> bool {
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    tag.strip_prefix('T').is_some_and(|id| match id.split_once('.') {
        Some((technique, part)) => digits(technique, 4) && digits(part, 3),
        None => digits(id, 4),
    })
}

/// `TA0011`.
pub(crate) fn is_tactic(tag: &str) -> bool {
    tag.strip_prefix("TA").is_some_and(|id| id.len() == 4 && id.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_unique() {
        assert!(table::FALCO.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn rules_with_a_condition_of_their_own() {
        let class = |rule, on_host| of_falco(rule, on_host).map(|v| v.class);
        assert_eq!(class("Change thread namespace", false), Some(AlarmClass::Escape));
        assert_eq!(class("Change thread namespace", true), Some(AlarmClass::HighRiskSyscall));
        assert_eq!(class("Terminal shell in container", false), Some(AlarmClass::AbnormalProcess));
        assert_eq!(class("terminal shell in container", false), None);
        for rule in REMOTE_SHELLS {
            assert_eq!(of_falco(rule, false).and_then(|v| v.floor).map(|f| f.0), Some(Severity::High), "{rule}");
        }
    }

    #[test]
    fn attack_ids_fill_in_for_unknown_rules() {
        let of = |ids: &[&str], privileged, file| {
            let (tactics, techniques): (Vec<String>, Vec<String>) =
                ids.iter().map(|id| (*id).to_owned()).partition(|id| is_tactic(id));
            of_techniques(&techniques, &tactics, privileged, file)
        };
        assert_eq!(of(&["T1059.004", "T1611"], false, false), Some(AlarmClass::Escape));
        assert_eq!(of(&["T1610"], true, false), Some(AlarmClass::Escape));
        assert_eq!(of(&["T1610"], false, false), Some(AlarmClass::ContainerEnvironment));
        assert_eq!(of(&["T1565"], false, true), Some(AlarmClass::AbnormalFile));
        assert_eq!(of(&["T1565"], false, false), None);
        assert_eq!(of(&["T1055.008"], false, false), Some(AlarmClass::HighRiskSyscall));
        assert_eq!(of(&["TA0011"], false, false), Some(AlarmClass::Network));
        assert_eq!(of(&["TA0003"], false, false), None);
        assert!(
            is_technique("T1059.004") && !is_technique("T105") && !is_technique("TA0011") && !is_technique("T1059.4")
        );
    }
}
