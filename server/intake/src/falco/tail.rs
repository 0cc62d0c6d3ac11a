//! What can be read from Falco's text when the fields are missing.
//!
//! The text is `<clock>: <Priority> <sentence> | key=value …` (until 2024 `<sentence> (key=value …)`). Values contain blanks
//! and equals signs and are the attacker's, so it is read from the right: what Falco itself appends stands last.

/// Keys that may follow a value with blanks in it.
const KEYS: &[&str] = &[
    "terminal",
    "exe_flags",
    "container_id",
    "container_name",
    "container_image",
    "container_image_repository",
    "image",
    "parent",
    "process",
    "proc_exepath",
    "command",
    "cmdline",
    "user",
    "user_uid",
    "user_loginuid",
    "file",
    "connection",
    "k8s_ns",
    "k8s_ns_name",
    "k8s_pod_name",
    "k8s.ns",
    "k8s.pod",
    "container",
    "evt_type",
    "gparent",
    "ggparent",
    "proc_pcmdline",
    "pcmdline",
    "lport",
    "rport",
];

/// The value of the last `key=` in the text, up to the next blank.
pub(super) fn last<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let value = after_last(text, key)?;
    let value = value.split(char::is_whitespace).next().unwrap_or_default();
    Some(value.trim_end_matches(')'))
}

/// The value of the last `key=`, with its blanks, up to the next key that is known.
pub(super) fn phrase<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let value = after_last(text, key)?;
    let end = value
        .match_indices('=')
        .find_map(|(at, _)| {
            let (before, name) = value[..at].rsplit_once(' ')?;
            KEYS.contains(&name).then_some(before.len())
        })
        .unwrap_or(value.len());
    Some(value[..end].trim())
}

fn after_last<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.rmatch_indices(key).find_map(|(at, _)| {
        let starts = at == 0 || matches!(text.as_bytes()[at - 1], b' ' | b'(');
        text[at + key.len()..].strip_prefix('=').filter(|_| starts)
    })
}

/// The text without `13:12:32.137915184: Critical `.
pub(super) fn without_clock(output: &str) -> &str {
    let Some((clock, rest)) = output.split_once(": ") else { return output };
    if clock.len() > 40 || !clock.starts_with(|c: char| c.is_ascii_digit()) || clock.contains(' ') {
        return output;
    }
    match rest.split_once(' ') {
        Some((word, message)) if super::priority(word).is_some() => message,
        _ => rest,
    }
}

/// The sentence alone, without the keys and values behind it: those are in the alarm's other parts.
pub(super) fn sentence(message: &str) -> &str {
    [" | ", " ("].iter().find_map(|sign| keys_behind(message, sign)).unwrap_or(message).trim_end()
}

fn keys_behind<'a>(message: &'a str, sign: &str) -> Option<&'a str> {
    message.match_indices(sign).find_map(|(at, _)| {
        let name = message[at + sign.len()..].split('=').next().filter(|name| name.len() < 64 && at > 0)?;
        let is_key = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._[]".contains(&b));
        (is_key && message[at + sign.len()..].len() > name.len()).then(|| &message[..at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_counts() {
        let text = "1:2: Notice x | command=sh -c container_id=aaaaaaaaaaaa terminal=0 container_id=bbbbbbbbbbbb container_name=web)";
        assert_eq!(last(text, "container_id"), Some("bbbbbbbbbbbb"));
        assert_eq!(last(text, "container_name"), Some("web"));
        assert_eq!(last("xcontainer_id=1", "container_id"), None);
        assert_eq!(last("(container_id=1)", "container_id"), Some("1"));
        assert_eq!(phrase("command=openssl rehash . a=b terminal=3", "command"), Some("openssl rehash . a=b"));
    }

    #[test]
    fn the_sentence_is_cut_out() {
        let now = "2025-10-26T16:15:25.193767615+0000: Notice A shell (really) | evt_type=execve user=root";
        assert_eq!(sentence(without_clock(now)), "A shell (really)");
        assert_eq!(sentence(without_clock("19:27:21.002873265: Error File opened (user=root a=b)")), "File opened");
        assert_eq!(sentence("no keys | here (or there)"), "no keys | here (or there)");
        assert_eq!(without_clock("This: is no clock"), "This: is no clock");
        assert_eq!(without_clock(""), "");
    }
}
