//! One style sheet out of `style/main.css` and what it imports; comments and needless blanks removed.
//!
//! Knows CSS only as far as strings, comments and `@import` go. Pure: files are given by a function.

use crate::sh;

/// Bundles `main`: imports are replaced in their order by what `load(name)` gives, wrapped in their layer and media.
///
/// # Errors
/// When a file cannot be loaded, or an import has a form that is not understood.
pub fn bundle(main: &str, load: impl Fn(&str) -> sh::Result<String>) -> sh::Result<String> {
    let mut sheet = String::new();
    // Imports are found after minifying: no comment is left that could hide one.
    let mut rest = minify(main);
    while let Some(start) = rest.find("@import") {
        sheet.push_str(&rest[..start]);
        let end = start + rest[start..].find(';').ok_or("style: @import without a semicolon")?;
        sheet.push_str(&import(rest[start + "@import".len()..end].trim(), &load)?);
        rest = rest[end + 1..].to_owned();
    }
    sheet.push_str(&rest);
    Ok(sheet)
}

/// `"file.css" layer(name) media` → the file's text in its wrappings.
fn import(words: &str, load: impl Fn(&str) -> sh::Result<String>) -> sh::Result<String> {
    let bad = || format!("style: cannot read `@import {words}`");
    let words = words.strip_prefix("url(").map_or_else(|| words.to_owned(), |inner| inner.replacen(')', "", 1));
    let quote = words.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(bad)?;
    let (name, tail) = words[1..].split_once(quote).ok_or_else(bad)?;
    let name = name.trim_start_matches("./");
    let mut text = minify(&load(name)?);
    balanced(name, &text)?;
    let mut tail = tail.trim();
    let mut layer = None;
    if let Some(inner) = tail.strip_prefix("layer(") {
        let (name, media) = inner.split_once(')').ok_or_else(bad)?;
        layer = Some(name);
        tail = media.trim();
    }
    if let Some(name) = layer {
        text = format!("@layer {name}{{{text}}}");
    }
    if !tail.is_empty() {
        text = format!("@media {tail}{{{text}}}");
    }
    Ok(text)
}

/// A brace too many closes a layer early, and a browser drops the rules after it without a word.
fn balanced(name: &str, minified: &str) -> sh::Result<()> {
    let mut depth = 0_i32;
    let mut chars = minified.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => copy_string(c, &mut chars, &mut String::new()),
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            break;
        }
    }
    if depth == 0 { Ok(()) } else { Err(format!("style/{name}: the braces do not match")) }
}

/// Removes comments and the blanks that mean nothing. Strings are left as they are.
pub fn minify(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut chars = css.chars().peekable();
    let mut blank = false;
    while let Some(c) = chars.next() {
        if c == '/' && chars.peek() == Some(&'*') {
            skip_comment(&mut chars);
            continue;
        }
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        let meaningless = matches!(c, '{' | '}' | ';' | ',') || out.ends_with(['{', '}', ';', ',']) || out.is_empty();
        if blank && !meaningless {
            out.push(' ');
        }
        blank = false;
        if c == '}' && out.ends_with(';') {
            out.pop();
        }
        out.push(c);
        if matches!(c, '"' | '\'') {
            copy_string(c, &mut chars, &mut out);
        }
    }
    out
}

fn skip_comment(chars: &mut impl Iterator<Item = char>) {
    chars.next();
    let mut last = ' ';
    for c in chars {
        if last == '*' && c == '/' {
            return;
        }
        last = c;
    }
}

fn copy_string(quote: char, chars: &mut impl Iterator<Item = char>, out: &mut String) {
    let mut escaped = false;
    for c in chars {
        out.push(c);
        if c == quote && !escaped {
            return;
        }
        escaped = c == '\\' && !escaped;
    }
}

/// Gives every `url(…/name)` whose base name is known its new name, beside the sheet; data URLs stay.
pub fn rename_urls(css: &str, new_name: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(start) = rest.find("url(") {
        let (before, after) = rest.split_at(start + "url(".len());
        out.push_str(before);
        let Some(end) = after.find(')') else {
            rest = after;
            break;
        };
        let inner = after[..end].trim_matches(['"', '\'', ' ']);
        let (path, part) = inner.split_at(inner.find(['#', '?']).unwrap_or(inner.len()));
        match new_name(path.rsplit('/').next().unwrap_or(path)) {
            Some(name) => out.push_str(&format!("{name}{part}")),
            None => out.push_str(&after[..end]),
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minify_keeps_strings_and_descendant_blanks() {
        let css = "/* c */\n.a  .b ,\n.c { content: \"/* x */  y\" ; margin : 0 ; }\n";
        assert_eq!(minify(css), ".a .b,.c{content: \"/* x */  y\";margin : 0}");
    }

    #[test]
    fn imports_keep_their_order_layer_and_media() {
        let main = "@layer tokens, base;\n@import \"tokens.css\" layer(tokens);\n@import url('./print.css') layer(base) print;\n.x { color: red }";
        let sheet = bundle(main, |name| Ok(format!(".{} {{ top: 0; }}", name.replace('.', "-")))).unwrap();
        assert_eq!(
            sheet,
            "@layer tokens,base;@layer tokens{.tokens-css{top: 0}}@media print{@layer base{.print-css{top: 0}}}.x{color: red}"
        );
    }

    #[test]
    fn a_missing_import_is_an_error() {
        assert!(bundle("@import \"no.css\";", |_| Err("no such file".into())).is_err());
        assert!(bundle("@import no.css;", |_| Ok(String::new())).is_err());
    }

    #[test]
    fn a_brace_too_many_or_too_few_is_an_error() {
        let sheet = |text: &'static str| bundle("@import \"a.css\";", move |_| Ok(text.into()));
        assert!(sheet(".a { content: \"}\" }").is_ok());
        assert!(sheet(".a { top: 0 } }").unwrap_err().contains("a.css"));
        assert!(sheet("@layer x { .a { top: 0 }").is_err());
    }

    #[test]
    fn urls_get_their_hashed_names_and_data_urls_stay() {
        let known = |name: &str| (name == "a.woff2").then(|| "a.0123.woff2".to_owned());
        let css = "src:url(\"fonts/a.woff2\");x:url(/pkg/a.woff2#b);y:url(data:image/png;base64,AA)";
        assert_eq!(
            rename_urls(css, known),
            "src:url(a.0123.woff2);x:url(a.0123.woff2#b);y:url(data:image/png;base64,AA)"
        );
    }
}
