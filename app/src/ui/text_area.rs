//! The text area. The one place that may write a `textarea` or set inner HTML: the framework writes a text area's
//! children unescaped, so they are escaped here.

use leptos::{html::textarea, prelude::*};

/// Escapes text so that it can stand between the tags of a text area.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    // A text area swallows one newline at its start.
    if text.starts_with('\n') {
        out.push('\n');
    }
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// A text area with a value that may hold anything, for a few sentences.
pub fn text_area(
    id: impl Into<String>,
    name: impl Into<String>,
    value: &str,
    rows: u8,
    described_by: Option<String>,
    invalid: bool,
) -> AnyView {
    area((id.into(), name.into()), value, rows, "4000", described_by, invalid)
}

/// The same for a list with a line for each entry, which may be much longer.
pub fn list_area(
    id: impl Into<String>,
    name: impl Into<String>,
    value: &str,
    rows: u8,
    described_by: Option<String>,
    invalid: bool,
) -> AnyView {
    area((id.into(), name.into()), value, rows, "20000", described_by, invalid)
}

fn area(
    (id, name): (String, String),
    value: &str,
    rows: u8,
    most: &'static str,
    described_by: Option<String>,
    invalid: bool,
) -> AnyView {
    textarea()
        .id(id)
        .name(name)
        .rows(rows.to_string())
        .maxlength(most)
        .aria_describedby(described_by)
        .aria_invalid(invalid.then_some("true"))
        .inner_html(escaped(value))
        .into_any()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_text() {
        let html = text_area("t", "text", "</textarea><script>alert(1)</script>&amp;", 3, None, false).to_html();
        assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</textarea>"), "{html}");
        assert_eq!(html.matches("<script").count(), 0);
        assert_eq!(html.matches("</textarea>").count(), 1);
    }

    #[test]
    fn a_newline_at_the_start_survives() {
        assert_eq!(escaped("\nx"), "\n\nx");
    }
}
