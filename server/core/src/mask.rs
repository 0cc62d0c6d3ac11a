//! Showing kept JSON without giving away secrets: the kept bytes stay whole, the page shows marks.

use serde_json::Value;

const MARK: &str = "•••• (masked on the page, whole in the item)";

/// Pretty JSON with values masked that look like secrets; escaped text when it is not JSON.
#[must_use]
pub fn preview(bytes: &[u8]) -> String {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            mask(&mut value);
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if is_secret_name(name) && !text.is_empty() => MARK.clone_into(text),
                    other => mask(other),
                }
            }
        }
        Value::Array(items) => {
            let mut after_flag = false;
            for item in items {
                match item {
                    Value::String(text) if after_flag => {
                        MARK.clone_into(text);
                        after_flag = false;
                    }
                    Value::String(text) => {
                        after_flag = is_secret_flag(text);
                        *text = setting(text).unwrap_or_else(|| words(text));
                    }
                    other => mask(other),
                }
            }
        }
        Value::String(text) => *text = words(text),
        _ => {}
    }
}

/// An entry `NAME=value` with a secret name, masked to its end: a password may hold spaces, commas and lines.
fn setting(text: &str) -> Option<String> {
    let (name, value) = text.split_once('=')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    (is_name && is_secret_name(name) && !value.is_empty()).then(|| format!("{name}={MARK}"))
}

/// A text with the secrets in it masked: `name=value` and `name: value` anywhere, what follows a secret-named flag, and
/// what stands before the `@` of a URL.
#[must_use]
pub fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut hide_next = false;
    for part in text.split_inclusive([' ', '\n', '\t', ';', '&', ',']) {
        let word = part.trim_end_matches([' ', '\n', '\t', ';', '&', ',']);
        let end = &part[word.len()..];
        if word.is_empty() {
            out.push_str(end);
            continue;
        }
        let bearer = matches!(word.to_ascii_lowercase().as_str(), "bearer" | "basic");
        match (hide_next, word.split_once(['=', ':'])) {
            (true, _) if bearer => out.push_str(word),
            (true, _) => {
                out.push_str(MARK);
                hide_next = false;
            }
            (false, Some((name, value))) if is_secret_name(name) && !value.starts_with("//") => {
                out.push_str(&word[..=name.len()]);
                hide_next = value.is_empty();
                if !hide_next {
                    out.push_str(MARK);
                }
            }
            _ => {
                hide_next = bearer || is_secret_flag(word);
                out.push_str(&without_userinfo(word));
            }
        }
        out.push_str(end);
    }
    out
}

fn is_secret_flag(word: &str) -> bool {
    word.starts_with('-') && !word.contains('=') && is_secret_name(word)
}

fn without_userinfo(word: &str) -> String {
    let Some((head, rest)) = word.split_once("://") else { return word.to_owned() };
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match host.rsplit_once('@') {
        Some((userinfo, _)) => format!("{head}://{MARK}{}", &rest[userinfo.len()..]),
        None => word.to_owned(),
    }
}

fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 9] =
        ["pass", "secret", "token", "apikey", "api_key", "private", "credential", "auth", "access_key"];
    const ENDS: [&str; 4] = ["_key", "-key", "dsn", "pwd"];
    let name = name.to_ascii_lowercase();
    // The working directory is no secret.
    !matches!(name.as_str(), "pwd" | "oldpwd")
        && (PARTS.iter().any(|part| name.contains(part)) || ENDS.iter().any(|end| name.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_setting_is_masked_to_its_end() {
        for (name, value) in [
            ("DB_PASSWORD", "s3cret,hunter2"),
            ("PASSPHRASE", "correct hunter2 battery"),
            ("TLS_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----"),
            ("MYSQL_PWD", "hunter2"),
            ("spring.datasource.password", "a;hunter2&hunter2"),
            ("--password", "two hunter2"),
            ("AUTH", "\thunter2 = hunter2"),
        ] {
            let shown = preview(serde_json::json!({ "Env": [format!("{name}={value}")] }).to_string().as_bytes());
            assert!(shown.contains(&format!("\"{name}={MARK}\"")), "{shown}");
        }
        for kept in ["PWD=/srv", "OLDPWD=/", "PATH=/bin:/sbin", "TOKEN="] {
            assert!(preview(serde_json::json!([kept]).to_string().as_bytes()).contains(kept), "{kept}");
        }
    }

    #[test]
    fn secrets_are_masked_and_the_rest_is_kept() {
        let shown = preview(
            br#"{"Env":["PATH=/bin","DB_PASSWORD=hunter2","URL=postgres://u:hunter2@db/x","API_KEY=hunter2"],
                 "Labels":{"auth-token":"hunter2","name":"web"},"Cmd":["sh","--password=hunter2","--token","hunter2"]}"#,
        );
        assert!(!shown.contains("hunter2"), "{shown}");
        for text in [
            "java -Dx=1 -Ddb.password=hunter2",
            "Server=x;Password=hunter2",
            "sh -c A=1 DB_PASSWORD=hunter2 run",
            "curl -H Authorization: Bearer hunter2 x",
            "tool --token hunter2 --verbose",
            "git clone https://hunter2@host/x",
            "a=postgres://u:hunter2@db/x b",
        ] {
            let masked = words(text);
            assert!(!masked.contains("hunter2"), "{masked}");
        }
        assert_eq!(words("ls -la /tmp; echo a:b"), "ls -la /tmp; echo a:b");
        assert!(shown.contains("PATH=/bin") && shown.contains("\"web\"") && shown.contains("@db/x"), "{shown}");
    }
}
