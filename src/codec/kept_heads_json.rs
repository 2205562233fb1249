//! Heads of the logs of one folder as they are kept beside the key, so that a log that was rolled back, or lost its
//! signature, is noticed.

use serde_json::{Value, json};

use super::{
    chain_head_json::{self, Signed},
    netlog_csv::Link,
};

/// The last known head of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptHead {
    /// Hash of the first chained row of the file `netlog.csv`, by which one log is told from another of the same folder.
    pub first: Link,
    /// The head.
    pub signed: Signed,
}

/// One line of JSON, LF included. `log_dir` is for people who look into the file.
pub fn render(log_dir: &str, heads: &[KeptHead]) -> String {
    let head = |kept: &KeptHead| {
        let head: Option<Value> = serde_json::from_str(&chain_head_json::render(&kept.signed)).ok();
        json!({ "first": kept.first.to_string(), "head": head })
    };
    format!("{}\n", json!({ "log_dir": log_dir, "heads": heads.iter().map(head).collect::<Vec<_>>() }))
}

/// Reads such a line. Heads that cannot be read are left out.
pub fn parse(text: &str) -> Vec<KeptHead> {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let heads = value.get("heads").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let head = |value: &Value| {
        let first = Link::parse(value.get("first")?.as_str()?.as_bytes())?;
        Some(KeptHead { first, signed: chain_head_json::parse(&value.get("head")?.to_string())? })
    };
    heads.iter().filter_map(head).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::chain_head_json::Head;

    #[test]
    fn kept_heads_read_back_as_themselves() {
        let at = "2026-11-22T11:31:44.872Z".parse().unwrap();
        let first = Link::START.after(b"x");
        let head = Head { at, before: first, link: first.after(b"y"), is_written: true };
        let kept = KeptHead { first, signed: Signed { head, signature: Some((vec![1; 32], vec![2; 64])) } };
        let heads = vec![kept.clone(), kept];
        assert_eq!(heads, parse(&render("/logs", &heads)));
        for text in ["", "{}", "[]", "{\"heads\":[{}]}"] {
            assert_eq!(Vec::<KeptHead>::new(), parse(text), "{text}");
        }
    }
}
