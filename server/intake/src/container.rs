//! What an alarm says about its container, in one form.

use quell_domain::alarm::ContainerHint;

/// Reads an id as detectors write it: `docker://<64>`, `cri-containerd-<64>.scope`, upper case, a cgroup path, or `host`.
/// What is no id is taken for a name. Nothing at all means the node itself.
pub(crate) fn hint(id: Option<&str>, name: Option<String>) -> ContainerHint {
    let name = name.filter(|name| name != "host");
    match id.map(str::trim).filter(|id| !id.is_empty()) {
        Some("host") => ContainerHint { id: None, name: None, host: true },
        None => ContainerHint { id: None, host: name.is_none(), name },
        Some(text) => match normal(text) {
            Some(id) => ContainerHint { id: Some(id), name, host: false },
            None => ContainerHint { id: None, name: name.or_else(|| Some(text.to_owned())), host: false },
        },
    }
}

/// 12 to 64 lower-case hex digits, or nothing.
fn normal(text: &str) -> Option<String> {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = if text.starts_with('/') { text.rsplit('/').next().unwrap_or(text) } else { text };
    let text =
        ["cri-containerd-", "docker-", "crio-"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let text = text.strip_suffix(".scope").unwrap_or(text);
    let fits = (12..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_in_many_forms() {
        let full = "ab".repeat(32);
        for text in [
            full.clone(),
            full.to_uppercase(),
            format!("docker://{full}"),
            format!("cri-o://{full}"),
            format!("cri-containerd-{full}.scope"),
            format!("/kubepods.slice/docker-{full}.scope"),
        ] {
            assert_eq!(hint(Some(&text), None).id.as_deref(), Some(full.as_str()), "{text}");
        }
        assert_eq!(hint(Some("3F9A2C71D0B4"), None).id.as_deref(), Some("3f9a2c71d0b4"));
    }

    #[test]
    fn what_is_no_id_is_a_name_and_nothing_is_the_node() {
        for text in ["3f9a2c71d0b", "web-1", &"a".repeat(65), "../../etc", "g".repeat(12).as_str()] {
            let hint = hint(Some(text), None);
            assert_eq!((hint.id, hint.name.as_deref(), hint.host), (None, Some(text), false));
        }
        assert!(hint(Some("host"), Some("host".to_owned())).host);
        assert!(hint(None, None).host && hint(Some(" "), None).host);
        assert!(!hint(None, Some("web".to_owned())).host);
    }
}
