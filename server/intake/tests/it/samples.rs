//! Real payloads, where a folder with them lies beside the project. They are not ours to copy, so without the folder there is
//! nothing to do here.

use std::path::Path;

use quell_domain::alarm::AlarmClass;
use quell_intake::Format;

use crate::support::batch;

/// Rules of Falco's that are in no published rule file of system calls: Kubernetes audit and a custom one.
const NOT_IN_THE_TABLE: [&str; 4] =
    ["Attach/Exec Pod", "Disallowed K8s User", "K8s Serviceaccount Created", "Write Binary Under UsrLocalBin"];

#[test]
fn every_sample_is_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/alarms");
    for (folder, format) in [("falco", Format::Falco), ("falcosidekick", Format::Falcosidekick)] {
        let Ok(files) = std::fs::read_dir(root.join(folder)) else { return };
        for file in files {
            let path = file.expect("a folder that can be read").path();
            let body = std::fs::read(&path).expect("a file that can be read");
            for format in [format, Format::Detect] {
                let found = batch(format, &body);
                assert_eq!(found.dead_letters, [], "{}", path.display());
                assert!(!found.alarms.is_empty() || !found.health.is_empty(), "{}", path.display());
                for alarm in found.alarms {
                    let known = !NOT_IN_THE_TABLE.contains(&alarm.rule.as_str());
                    assert_eq!(alarm.class != AlarmClass::Other, known, "{}: {}", path.display(), alarm.rule);
                    assert!(!alarm.detail.message.is_empty() && alarm.clock_suspect, "{}", path.display());
                    let cluster = alarm.rule.contains("K8s ")
                        || alarm.rule == "Attach/Exec Pod"
                        || alarm.rule == "Write below binary dir";
                    assert_eq!(
                        alarm.container.id.is_some() || alarm.container.host,
                        !cluster,
                        "{}: {:?}",
                        path.display(),
                        alarm.container
                    );
                }
            }
        }
    }
}
