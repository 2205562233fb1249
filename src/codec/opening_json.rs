//! Disclosure by the owner of a redacted pack, so that others can see what a line or a file was made of.

use serde_json::{Map, Value, json};

use super::chain_head_json::{hex, unhex};

/// Value of `format` that an opening begins with.
const FORMAT: &str = "network-logging opening 1";

/// Lines and files of one pack, each with what it was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// SHA-256 of the manifest of the pack, 64 digits.
    pub manifest_sha256: String,
    /// Lines and files that are disclosed.
    pub all: Vec<Opened>,
}

/// One line or one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The file in the pack.
    pub file: String,
    /// The line in it, from 1; `None` for the whole file.
    pub line: Option<u64>,
    /// Key of its commitment, 32 bytes. It opens this line or file and no other.
    pub salt: Vec<u8>,
    /// Bytes it was made of.
    pub original: Vec<u8>,
}

/// The opening as JSON.
pub fn render(opening: &Opening) -> String {
    let one = |opened: &Opened| {
        let mut value = Map::new();
        value.insert("file".into(), json!(opened.file));
        value.insert("line".into(), json!(opened.line));
        value.insert("salt".into(), json!(hex(&opened.salt)));
        match std::str::from_utf8(&opened.original) {
            Ok(text) => value.insert("original".into(), json!(text)),
            Err(_not_utf8) => value.insert("original_hex".into(), json!(hex(&opened.original))),
        };
        Value::from(value)
    };
    let all: Vec<Value> = opening.all.iter().map(one).collect();
    let value = json!({ "format": FORMAT, "manifest_sha256": opening.manifest_sha256, "opened": all });
    format!("{value:#}\n")
}

/// Reads an opening; `None` when it is none.
pub fn parse(text: &str) -> Option<Opening> {
    let value: Value = serde_json::from_str(text).ok()?;
    let text = |value: &Value, key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let one = |value: &Value| {
        let original = text(value, "original").map(String::into_bytes);
        Some(Opened {
            file: text(value, "file")?,
            line: match value.get("line")? {
                Value::Null => None,
                line => Some(line.as_u64()?),
            },
            salt: unhex(&text(value, "salt")?).filter(|salt| salt.len() == 32)?,
            original: original.or_else(|| unhex(&text(value, "original_hex")?))?,
        })
    };
    let all = value.get("opened")?.as_array()?.iter().map(one).collect::<Option<_>>()?;
    let manifest_sha256 = text(&value, "manifest_sha256")?;
    (value.get("format")?.as_str()? == FORMAT).then_some(Opening { manifest_sha256, all })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_reads_back_as_itself() {
        let opened = |line, original: &[u8]| Opened {
            file: "rows/netlog.csv".into(),
            line,
            salt: vec![7; 32],
            original: original.to_vec(),
        };
        let all = vec![opened(Some(3), b"a,\"b\""), opened(None, &[0xff, 0])];
        let opening = Opening { manifest_sha256: "ab".repeat(32), all };
        assert_eq!(Some(opening.clone()), parse(&render(&opening)));
        for text in ["", "{}", &render(&opening).replace("0707", "07")] {
            assert_eq!(None, parse(text), "{text}");
        }
    }
}
