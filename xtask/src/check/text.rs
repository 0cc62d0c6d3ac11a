//! Text that must not appear: each rule looks at one file.

use super::{
    Source,
    lex::{self, Kind},
};

/// The one safe text area of the user interface.
const TEXT_AREA: &str = "app/src/ui/text_area.rs";
// Joined at compile time, so that this file does not break its own rules.
const LATER: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Every rule on one file.
pub fn all(source: &Source) -> Vec<String> {
    let rules: [fn(&Source) -> Vec<String>; 6] =
        [raw_markup, sql_outside_store, module_files, unfinished, ignored_tests, action_form];
    rules.iter().flat_map(|rule| rule(source)).collect()
}

/// `<textarea>` and `inner_html` are unescaped in the framework: one file may use them.
pub fn raw_markup(source: &Source) -> Vec<String> {
    let Source { path, text } = source;
    if path == TEXT_AREA || path.starts_with("tests/") || path.starts_with("xtask/") {
        return Vec::new();
    }
    if path.ends_with(".js") {
        return if text.contains("innerHTML") { vec![format!("{path}: innerHTML is not used")] } else { Vec::new() };
    }
    let word = |text: &str| ["<textarea", "inner_html"].into_iter().find(|word| text.contains(word));
    found(source, |kind| kind != Kind::Comment, word, "is only in app/src/ui/text_area.rs")
}

/// SQL lives in the store.
pub fn sql_outside_store(source: &Source) -> Vec<String> {
    let allowed = ["server/store/", "migrations/", "tests/", "xtask/"];
    if allowed.iter().any(|folder| source.path.starts_with(folder)) {
        return Vec::new();
    }
    let word = |text: &str| {
        let statement = |word: &str| text.trim_start().starts_with(word) || text.contains(&format!("({word}"));
        let update = statement("UPDATE ") && text.contains(" SET ");
        ["SELECT ", "INSERT INTO ", "DELETE FROM "]
            .into_iter()
            .find(|word| statement(word))
            .or(update.then_some("UPDATE "))
    };
    found(source, |kind| kind == Kind::Text, word, "is SQL: it belongs to server/store")
}

/// `foo.rs` beside `foo/`, never a file whose name says nothing.
pub fn module_files(source: &Source) -> Vec<String> {
    let broken = source.path.ends_with("/mod.rs");
    if broken { vec![format!("{}: name the module file after its module", source.path)] } else { Vec::new() }
}

/// What is not done is an issue, not a comment.
pub fn unfinished(source: &Source) -> Vec<String> {
    let Source { path, text } = source;
    if path.ends_with(".rs") {
        let word = |text: &str| LATER.into_iter().find(|word| text.contains(word));
        let mut broken = found(source, |kind| kind == Kind::Comment, word, "in a comment: open an issue instead");
        let call = |text: &str| ["todo!", "unimplemented!"].into_iter().find(|word| text.contains(word));
        broken.extend(found(source, |kind| kind == Kind::Code, call, "is not left in code"));
        return broken;
    }
    let lines = text.lines().enumerate().filter(|(_, line)| LATER.iter().any(|word| line.contains(word)));
    lines.map(|(at, _)| format!("{path}:{}: open an issue instead", at + 1)).collect()
}

/// A test that does not run shows nothing.
pub fn ignored_tests(source: &Source) -> Vec<String> {
    let word = |text: &str| text.contains("#[ignore").then_some("#[ignore");
    found(source, |kind| kind == Kind::Code, word, "…] is not used: a test runs or is removed")
}

/// Forms are plain forms; the framework's own has traps.
pub fn action_form(source: &Source) -> Vec<String> {
    let word = |text: &str| text.contains("ActionForm").then_some("ActionForm");
    found(source, |kind| kind == Kind::Code, word, "is not used: forms are plain forms")
}

fn found(
    source: &Source,
    look_at: impl Fn(Kind) -> bool,
    word: impl Fn(&str) -> Option<&'static str>,
    why: &str,
) -> Vec<String> {
    if !source.path.ends_with(".rs") {
        return Vec::new();
    }
    let pieces = lex::split(&source.text);
    let hits = pieces.iter().filter(|piece| look_at(piece.kind)).filter_map(|piece| {
        let word = word(piece.text)?;
        let offset = piece.text.find(word).map_or(0, |at| piece.text[..at].matches('\n').count());
        Some(format!("{}:{}: {} {why}", source.path, piece.line + offset, word.trim()))
    });
    hits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(rule: fn(&Source) -> Vec<String>, path: &str, text: &str) -> usize {
        rule(&Source { path: path.into(), text: text.into() }).len()
    }

    #[test]
    fn raw_markup_has_one_file() {
        let view = "view! { <textarea name=\"x\">{t}</textarea> }";
        assert_eq!(broken(raw_markup, "app/src/pages/note.rs", view), 1);
        assert_eq!(broken(raw_markup, "app/src/pages/note.rs", "<div inner_html=x/>"), 1);
        assert_eq!(broken(raw_markup, "app/src/pages/note.rs", "// no <textarea here\n<p/>"), 0);
        assert_eq!(broken(raw_markup, TEXT_AREA, view), 0);
        assert_eq!(broken(raw_markup, "frontend/boot.js", "x.innerHTML = y"), 1);
    }

    #[test]
    fn sql_stays_in_the_store() {
        for text in
            ["\"SELECT 1\"", "\"INSERT INTO t VALUES (1)\"", "\"UPDATE t SET a = 1\"", "r#\"\n  DELETE FROM t\"#"]
        {
            assert_eq!(broken(sql_outside_store, "server/core/src/portal.rs", text), 1, "{text}");
            assert_eq!(broken(sql_outside_store, "server/store/src/sql/alarm.rs", text), 0, "{text}");
        }
        assert_eq!(broken(sql_outside_store, "app/src/lib.rs", "\"Select a node\" // SELECT 1"), 0);
    }

    #[test]
    fn unfinished_work_is_found() {
        let comment = format!("// {}: later", LATER[0]);
        assert_eq!(broken(unfinished, "app/src/lib.rs", &comment), 1);
        assert_eq!(broken(unfinished, "style/base.css", &format!("/* {} */", LATER[1])), 1);
        assert_eq!(broken(unfinished, "app/src/lib.rs", "fn f() { todo!() }"), 1);
        assert_eq!(broken(unfinished, "app/src/lib.rs", "// done"), 0);
    }

    #[test]
    fn the_small_rules_find_their_word() {
        assert_eq!(broken(module_files, "app/src/ui/mod.rs", ""), 1);
        assert_eq!(broken(module_files, "app/src/ui.rs", ""), 0);
        assert_eq!(broken(ignored_tests, "tests/it/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}"), 1);
        assert_eq!(broken(ignored_tests, "tests/it/a.rs", "#[test]\nfn a() {}"), 0);
        assert_eq!(broken(action_form, "app/src/a.rs", "view! { <ActionForm action/> }"), 1);
        assert_eq!(broken(action_form, "app/src/a.rs", "// not ActionForm"), 0);
    }

    #[test]
    fn a_hit_names_its_line() {
        let source = Source { path: "app/src/a.rs".into(), text: "fn a() {}\n\nfn b() { todo!() }".into() };
        assert!(unfinished(&source)[0].starts_with("app/src/a.rs:3:"));
    }
}
