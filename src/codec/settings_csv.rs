//! The history of settings as CSV (RFC 4180): which had another value from when on.

use super::{csv_text, json_value::time};
use crate::model::diary::ConfigChange;

/// Changes in their order, with a line that names the columns. Values are JSON; what the first run began with has none
/// before.
pub fn render(changes: &[ConfigChange]) -> String {
    let mut text = "utc_timestamp,key,before,after\r\n".to_owned();
    for change in changes {
        let before = change.from.as_deref().unwrap_or_default();
        text.push_str(&csv_text::line([&time(change.at), &change.key, before, &change.to]));
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    #[test]
    fn values_are_quoted_where_need_be() {
        let change = |from: Option<&str>, to: &str| ConfigChange {
            at: Timestamp::UNIX_EPOCH,
            key: "targets".into(),
            from: from.map(str::to_owned),
            to: to.into(),
        };
        let text = render(&[change(None, "5"), change(Some("5"), "[\"1.1.1.1\"]")]);
        assert_eq!(
            "utc_timestamp,key,before,after\r\n1970-01-01T00:00:00.000Z,targets,,5\r\n\
             1970-01-01T00:00:00.000Z,targets,5,\"[\"\"1.1.1.1\"\"]\"\r\n",
            text
        );
    }
}
