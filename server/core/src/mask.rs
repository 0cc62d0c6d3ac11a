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
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::String(text) => mask_text(text),
        _ => {}
    }
}

/// `KEY=value` as in environments, `--key=value` as in command lines, and credentials inside URLs.
fn mask_text(text: &mut String) {
    if let Some((name, value)) = text.split_once('=')
        && is_secret_name(name)
        && !value.is_empty()
    {
        *text = format!("{name}={MARK}");
        return;
    }
    if let Some((head, rest)) = text.split_once("://")
        && let Some((credentials, tail)) = rest.split_once('@')
        && credentials.contains(':')
        && !credentials.contains('/')
    {
        *text = format!("{head}://{MARK}@{tail}");
    }
}

fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 9] =
        ["pass", "secret", "token", "apikey", "api_key", "private", "credential", "auth", "access_key"];
    let name = name.to_ascii_lowercase();
    PARTS.iter().any(|part| name.contains(part)) || name.ends_with("_key") || name.ends_with("dsn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_is_kept() {
        let shown = preview(
            br#"{"Env":["PATH=/bin","DB_PASSWORD=hunter2","URL=postgres://u:hunter2@db/x","API_KEY=hunter2"],
                 "Labels":{"auth-token":"hunter2","name":"web"},"Cmd":["sh","--password=hunter2"]}"#,
        );
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("PATH=/bin") && shown.contains("\"web\"") && shown.contains("@db/x"), "{shown}");
    }
}
