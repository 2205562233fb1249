//! JSON of which there is one spelling only (RFC 8785), so that it can be signed and compared byte by byte.

use serde_json::Value;

/// The value in its one spelling: no blanks, keys in the order of their UTF-16 units.
///
/// Numbers have to be whole and below 2^53, as all of ours are; the spelling of others is not RFC 8785's.
pub fn render(value: &Value) -> String {
    let mut text = String::new();
    add(value, &mut text);
    text
}

fn add(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().collect();
            keys.sort_by(|one, other| one.encode_utf16().cmp(other.encode_utf16()));
            text.push('{');
            for (idx, key) in keys.into_iter().enumerate() {
                if idx > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                add(object.get(key).unwrap_or(&Value::Null), text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (idx, item) in items.iter().enumerate() {
                if idx > 0 {
                    text.push(',');
                }
                add(item, text);
            }
            text.push(']');
        }
        // Texts are escaped as RFC 8785 wants them: no more than JSON demands, in lower case.
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_in_the_order_of_the_standard_and_texts_escaped_as_it_says() {
        // The example of RFC 8785, section 3.2.3.
        let value = json!({
            "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet With Dagesh", "1": "One",
            "\u{1f600}": "Emoji: Grinning Face", "\u{80}": "Control", "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        let text = render(&value);
        let order = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let places: Vec<usize> = order.iter().map(|word| text.find(word).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
        // Section 3.2.2.2.
        let value = json!({ "b": [1, true, null], "a": "\u{20ac}$\u{0f}\nA'B\"\\\\\"/" });
        assert_eq!(r#"{"a":"€$\u000f\nA'B\"\\\\\"/","b":[1,true,null]}"#, render(&value));
    }
}
