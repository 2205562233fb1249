//! `isp_candidates.json`: the provider's hops that were found and suggested.

use serde_json::Value;

/// Addresses of the suggestions, in the order of the file. `None` when the text is no such file.
pub fn read(text: &str) -> Option<Vec<String>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let suggestions = value.get("suggestions")?.as_array()?;
    suggestions.iter().map(|suggestion| suggestion.get("ip")?.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_read_and_nothing_else() {
        let text = r#"{"seen": {"2": {"192.0.2.1": 12}}, "suggestions": [{"hop": 2, "ip": "192.0.2.1", "seen": 12}]}"#;
        assert_eq!(Some(vec!["192.0.2.1".to_owned()]), read(text));
        assert_eq!(Some(Vec::new()), read(r#"{"seen": {}, "suggestions": []}"#));
        for other in ["", "{}", "[]", r#"{"suggestions": 1}"#, r#"{"suggestions": [{"hop": 2}]}"#] {
            assert_eq!(None, read(other), "{other}");
        }
    }
}
