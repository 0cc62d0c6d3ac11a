//! Who may depend on whom. Reads `cargo metadata`; knows nothing of files except the crate roots.

use serde_json::Value;

/// Crate, crates of ours it may need, crates of ours it may need only as optional.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("quell-domain", &[], &[]),
    ("quell-intake", &["quell-domain"], &[]),
    ("quell-core", &["quell-domain", "quell-intake"], &[]),
    ("quell-store", &["quell-core", "quell-domain"], &[]),
    ("quell-effects", &["quell-core", "quell-domain"], &[]),
    ("quell-verify", &[], &[]),
    ("quell-app", &["quell-domain"], &["quell-core"]),
    ("quell-frontend", &["quell-app"], &[]),
    ("quell-server", &["quell-app", "quell-core", "quell-domain", "quell-effects", "quell-store", "quell-verify"], &[]),
    ("quell-elb-sim", &[], &[]),
    ("xtask", &[], &[]),
];
/// May need everything.
const TESTS: &str = "quell-tests";

/// Crates from outside that have their rooms; the tests may use them too. `hyper` asks engines and answers browsers.
const ROOMS: &[(&str, &[&str])] = &[
    ("sqlx", &["quell-store"]),
    ("bollard", &["quell-effects"]),
    ("hyper", &["quell-effects", "quell-server"]),
    ("reqwest", &["quell-effects"]),
    ("webauthn-rs", &["quell-effects"]),
    ("russh", &["quell-effects"]),
    ("rustls", &["quell-effects"]),
    ("tokio-rustls", &["quell-effects"]),
    ("x509-parser", &["quell-effects"]),
];

/// The dependency rule between our own crates.
pub fn arrows(metadata: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    for (package, dependency, optional) in dependencies(metadata) {
        if package == TESTS || !(dependency.starts_with("quell-") || dependency == "xtask") {
            continue;
        }
        let Some((_, always, when_optional)) = ARROWS.iter().find(|(name, ..)| *name == package) else {
            broken.push(format!("{package} is not in the list of rooms: add it with its arrows"));
            continue;
        };
        if !(always.contains(&dependency) || (optional && when_optional.contains(&dependency))) {
            broken.push(format!("{package} may not depend on {dependency}"));
        }
    }
    broken
}

/// The rule that some crates from outside have their rooms.
pub fn outside_crates(metadata: &Value) -> Vec<String> {
    dependencies(metadata)
        .filter_map(|(package, dependency, _)| {
            let (_, rooms) = ROOMS.iter().find(|(name, _)| *name == dependency)?;
            (!rooms.contains(&package) && package != TESTS)
                .then(|| format!("{dependency} belongs to {}, not to {package}", rooms.join(" and ")))
        })
        .collect()
}

/// Every crate root says `#![forbid(unsafe_code)]`. Build scripts and a crate's own tests have the workspace's lint only.
pub fn forbids_unsafe(metadata: &Value, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    packages(metadata)
        .flat_map(|package| package["targets"].as_array().into_iter().flatten())
        .filter(|target| !["custom-build", "test"].iter().any(|kind| target["kind"][0] == **kind))
        .filter_map(|target| target["src_path"].as_str())
        .filter(|path| !read(path).is_some_and(|text| text.contains("#![forbid(unsafe_code)]")))
        .map(|path| format!("{path}: the crate root must say #![forbid(unsafe_code)]"))
        .collect()
}

fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata["packages"].as_array().into_iter().flatten()
}

/// (package, dependency, optional), build and dev dependencies included.
fn dependencies(metadata: &Value) -> impl Iterator<Item = (&str, &str, bool)> {
    packages(metadata).flat_map(|package| {
        let name = package["name"].as_str().unwrap_or_default();
        package["dependencies"].as_array().into_iter().flatten().map(move |dependency| {
            let optional = dependency["optional"].as_bool().unwrap_or(false);
            (name, dependency["name"].as_str().unwrap_or_default(), optional)
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(package: &str, dependency: &str, optional: bool) -> Value {
        json!({"packages": [{
            "name": package,
            "dependencies": [{"name": dependency, "optional": optional}],
            "targets": [{"src_path": "lib.rs"}],
        }]})
    }

    #[test]
    fn arrows_point_inwards() {
        assert!(arrows(&one("quell-store", "quell-core", false)).is_empty());
        assert!(arrows(&one("quell-tests", "quell-intake", false)).is_empty());
        for (package, dependency) in [
            ("quell-domain", "quell-core"),
            ("quell-core", "quell-store"),
            ("quell-verify", "quell-domain"),
            ("quell-server", "quell-intake"),
            ("quell-frontend", "quell-domain"),
            ("quell-new-room", "quell-domain"),
        ] {
            assert_eq!(arrows(&one(package, dependency, false)).len(), 1, "{package} -> {dependency}");
        }
    }

    #[test]
    fn app_may_have_core_only_as_optional() {
        assert!(arrows(&one("quell-app", "quell-core", true)).is_empty());
        assert_eq!(arrows(&one("quell-app", "quell-core", false)).len(), 1);
    }

    #[test]
    fn crates_from_outside_have_their_room() {
        assert!(outside_crates(&one("quell-store", "sqlx", false)).is_empty());
        assert!(outside_crates(&one("quell-tests", "sqlx", false)).is_empty());
        assert!(outside_crates(&one("quell-server", "hyper", false)).is_empty());
        assert_eq!(outside_crates(&one("quell-core", "sqlx", false)).len(), 1);
        assert_eq!(outside_crates(&one("quell-server", "reqwest", false)).len(), 1);
    }

    #[test]
    fn crate_roots_forbid_unsafe_code() {
        let metadata = one("xtask", "hex", false);
        assert!(forbids_unsafe(&metadata, |_| Some("#![forbid(unsafe_code)]\n".into())).is_empty());
        assert_eq!(forbids_unsafe(&metadata, |_| Some("fn main() {}".into())).len(), 1);
    }
}
