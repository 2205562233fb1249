//! Position at which a text stops being JSON, and the remedy, in the words of somebody who wrote it by hand.

use serde_json::error::Category;

/// Says what is wrong with `text`, which `err` came of.
pub(super) fn explain(text: &str, err: &serde_json::Error) -> String {
    if text.trim().is_empty() {
        return "the file is empty: write {} for the defaults".into();
    }
    if err.classify() == Category::Data {
        return "the file must hold one JSON object: begin it with { and end it with }".into();
    }
    let (at, remedy) = fault(text, err);
    let before = text.get(..at).unwrap_or(text);
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.rsplit('\n').next().unwrap_or(before).chars().count();
    format!("line {line}, column {column}: {remedy}")
}

/// The byte to point at, and what to do there.
fn fault(text: &str, err: &serde_json::Error) -> (usize, String) {
    let at = offset(text, err);
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let before = before.trim_end();
    let here = after.chars().next();
    let words = err.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();

    if let (Some(bracket @ (']' | '}')), Some(rest)) = (here, before.strip_suffix(',')) {
        return (rest.len(), format!("remove the comma before {bracket}"));
    }
    if err.classify() == Category::Eof {
        return (text.trim_end().len(), "the text ends too early: close every quote, ] and }".into());
    }
    if words.contains("control character") {
        let line = text.get(..at).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let at = if line.len() < at { line.len() } else { at + after.find(char::is_control).unwrap_or(0) };
        return (at, "a text must end on the line it begins on: a closing quote may be missing".into());
    }
    let remedy = match here {
        _ if words.contains("escape") => "write \\\\ for a backslash, or / in the name of a folder".into(),
        _ if words.contains("trailing characters") => "remove what follows the closing }".into(),
        Some('\'' | '‘' | '’' | '“' | '”' | '„') => "write straight double quotes, \"".into(),
        Some('/' | '#') => "JSON has no comments: write \"_comment\": \"...\" instead".into(),
        Some(',') if words.contains("expected") => {
            "remove this comma, or write the value that is missing before it".into()
        }
        Some(_) if words.starts_with("expected `,`") => "a comma or closing bracket is missing before this".into(),
        Some('0'..='9' | '+' | '-' | '.') => "a number is written like 5 or 0.5".into(),
        Some(c) if c.is_alphabetic() => {
            "write texts and keys in double quotes, and true and false in small letters".into()
        }
        _ => format!("this is no JSON: {words}"),
    };
    (at, remedy)
}

/// The byte that `err` is about. It counts lines and, within one, bytes, both from 1.
fn offset(text: &str, err: &serde_json::Error) -> usize {
    let start: usize = text.split_inclusive('\n').take(err.line().saturating_sub(1)).map(str::len).sum();
    text.floor_char_boundary((start + err.column().saturating_sub(1)).min(text.len()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::value::RawValue;

    use super::*;

    #[track_caller]
    fn check(text: &str, said: &str) {
        let err = serde_json::from_str::<BTreeMap<String, &RawValue>>(text).unwrap_err();
        assert_eq!(said, explain(text, &err), "{err}");
    }

    #[test]
    fn a_trailing_comma_is_pointed_at() {
        check("{\n  \"a\": [1,\n  2,\n  ]\n}", "line 3, column 4: remove the comma before ]");
        check("{\n  \"a\": 1,\n}\n", "line 2, column 9: remove the comma before }");
        check("{\"ä\": 1, }", "line 1, column 8: remove the comma before }");
    }

    #[test]
    fn every_usual_slip_has_its_remedy() {
        check("", "the file is empty: write {} for the defaults");
        check(" \n", "the file is empty: write {} for the defaults");
        check("[]", "the file must hold one JSON object: begin it with { and end it with }");
        check("{\"a\": 1", "line 1, column 8: the text ends too early: close every quote, ] and }");
        check("{\"a\": \"x", "line 1, column 9: the text ends too early: close every quote, ] and }");
        check(
            "{\"a\": \"x\n}",
            "line 1, column 9: a text must end on the line it begins on: a closing quote may be missing",
        );
        check(
            "{\"a\n\": 1}",
            "line 1, column 4: a text must end on the line it begins on: a closing quote may be missing",
        );
        check("{'a': 1}", "line 1, column 2: write straight double quotes, \"");
        check("{\"a\": ’x’}", "line 1, column 7: write straight double quotes, \"");
        check("{\n// b\n\"a\": 1}", "line 2, column 1: JSON has no comments: write \"_comment\": \"...\" instead");
        check("{\"a\": 1\n\"b\": 2}", "line 2, column 1: a comma or closing bracket is missing before this");
        check(
            "{\"a\": True}",
            "line 1, column 7: write texts and keys in double quotes, and true and false in small letters",
        );
        check(
            "{\"a\": abc}",
            "line 1, column 7: write texts and keys in double quotes, and true and false in small letters",
        );
        check(
            "{\"a\": , \"b\": 1}",
            "line 1, column 7: remove this comma, or write the value that is missing before it",
        );
        check("{\"a\": 1} }", "line 1, column 10: remove what follows the closing }");
        check("{\"a\": \"C:\\Logs\"}", "line 1, column 11: write \\\\ for a backslash, or / in the name of a folder");
        check("{\"a\": .5}", "line 1, column 7: a number is written like 5 or 0.5");
    }
}
