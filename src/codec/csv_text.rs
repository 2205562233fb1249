//! Spelling of CSV (RFC 4180).

/// A field, quoted where need be.
pub fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// Fields as a line without its end.
pub fn line<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|field| quoted(field.as_ref())).collect();
    fields.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_need_be() {
        assert_eq!("a,\"b,c\",\"d \"\"e\"\"\",", line(["a", "b,c", "d \"e\"", ""]));
        assert_eq!("\"a\nb\"", quoted("a\nb"));
    }
}
