//! What an engine says about itself, in our words.

use bollard::models::{SystemInfo, SystemVersion};
use quell_core::ports::EngineError;
use quell_domain::{
    Timestamp,
    ids::EngineId,
    node::{Certificate, EngineFacts},
};

/// Its own id. Everything that is approved is bound to it, so an engine without one cannot be used; nor one whose id is
/// nothing that people can compare.
pub(super) fn engine_id(info: &SystemInfo) -> Result<EngineId, EngineError> {
    match info.id.as_deref() {
        Some(id) if (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()) => Ok(EngineId::new(id)),
        _ => Err(EngineError::Garbled("the engine gives no id of its own".to_owned())),
    }
}

/// Do containers outlive a restart of it? What is not said is not relied on.
pub(super) fn live_restore(info: &SystemInfo) -> bool {
    info.live_restore_enabled.unwrap_or(false)
}

/// Its facts. The node read its clock somewhere between `before` and `after`: the middle is the best guess.
pub(super) fn of(
    info: SystemInfo,
    version: SystemVersion,
    certificates: Vec<Certificate>,
    (before, after): (Timestamp, Timestamp),
) -> Result<EngineFacts, EngineError> {
    let engine_id = engine_id(&info)?;
    let live_restore = live_restore(&info);
    let middle = before.plus(after.since(before) / 2);
    let offset = info.system_time.as_deref().and_then(Timestamp::parse_rfc3339).map(|theirs| theirs.since(middle));
    let system = [info.operating_system, info.kernel_version].into_iter().flatten().filter(|part| !part.is_empty());
    Ok(EngineFacts {
        engine_id,
        hostname: info.name.unwrap_or_default(),
        version: version.version.or(info.server_version).unwrap_or_default(),
        api_version: version.api_version.unwrap_or_default(),
        storage_driver: info.driver.unwrap_or_default(),
        cgroup_version: info.cgroup_version.map(|version| version.to_string()).unwrap_or_default(),
        live_restore,
        system: system.collect::<Vec<_>>().join(", kernel "),
        clock_offset: offset.unwrap_or_default(),
        certificates,
        checked_at: after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_are_compared_in_the_middle_of_the_question() {
        let info = SystemInfo {
            id: Some("E1".to_owned()),
            system_time: Some("2026-11-24T10:00:05.000000001Z".to_owned()),
            operating_system: Some("Debian 12".to_owned()),
            kernel_version: Some("6.1".to_owned()),
            ..SystemInfo::default()
        };
        let before = Timestamp::parse_rfc3339("2026-11-24T10:00:00Z").expect("a time");
        let facts = of(info, SystemVersion::default(), Vec::new(), (before, before.plus(2_000_000))).expect("facts");
        assert_eq!(facts.clock_offset, 4_000_000);
        assert_eq!(facts.system, "Debian 12, kernel 6.1");
        assert!(!facts.live_restore, "what is not said is not relied on");
    }

    #[test]
    fn an_engine_without_id_is_refused() {
        let nameless = of(SystemInfo::default(), SystemVersion::default(), Vec::new(), (Timestamp(0), Timestamp(0)));
        assert!(matches!(nameless, Err(EngineError::Garbled(_))));
        for id in ["", "two words", "a\u{202E}b", &"x".repeat(129)] {
            let info = SystemInfo { id: Some(id.to_owned()), ..SystemInfo::default() };
            assert!(matches!(engine_id(&info), Err(EngineError::Garbled(_))), "{id}");
        }
    }
}
