//! The manifest of an evidence pack: what is in it, and what it is bound to. It is signed as it stands.

use serde_json::{Map, Value, json};

use super::{
    canonical_json,
    chain_head_json::{self, Signed, hex, unhex},
    json_value::time,
    netlog_csv::Link,
};
use crate::model::time::Timestamp;

/// Name of the manifest in a pack.
pub const MANIFEST: &str = "manifest.json";
/// Name of its signature (Ed25519, RFC 8032; 64 bytes over the manifest as it stands).
pub const SIGNATURE: &str = "manifest.sig";
/// Value of `format` in a manifest; another version of the format has another number.
const FORMAT: &str = "network-logging evidence pack 1";

/// All that a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Version of the program that made the pack.
    pub version: String,
    /// Time at which it was made, by that computer's clock.
    pub made: Timestamp,
    /// Start of the period that was asked for; `None` for the beginning of the log.
    pub from: Option<Timestamp>,
    /// End of that period; `None` for the end of the log.
    pub to: Option<Timestamp>,
    /// The time zone of the reports in it.
    pub zone: String,
    /// The time that all entries of the archive carry.
    pub file_time: Timestamp,
    /// Redaction of the pack, if anything was taken out.
    pub redaction: Option<Redaction>,
    /// Chain to which the rows are bound; `None` when no row in it has a hash.
    pub chain: Option<Chain>,
    /// Faults of the log when the pack was made.
    pub found: Vec<String>,
    /// Rows in it that were made up for a demonstration.
    pub n_demo: u64,
    /// The key that verifies the signature.
    pub public_key: Vec<u8>,
    /// Every file but manifest and signature, in the order of the archive.
    pub files: Vec<FileRecord>,
}

/// Record of the values that were taken out of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// Different addresses, hardware addresses and names that were replaced.
    pub n_replaced: u64,
    /// SHA-256 of the seed of all salts, 64 digits.
    pub seed: String,
}

/// Chain that holds the rows together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Files of rows that follow each other.
    pub files: Vec<String>,
    /// Rows with a hash in them.
    pub n_rows: u64,
    /// The hash that the first of them follows.
    pub before: Link,
    /// The hash of the last of them.
    pub end: Link,
    /// Rows of the log behind the last one in the pack, of which only digests are in it.
    pub n_after: u64,
    /// The head of the log; `None` in a redacted pack, and when the log has none.
    pub head: Option<Signed>,
}

/// One file in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    /// Name of the file, with `/` between folders.
    pub name: String,
    /// Length of the file in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, 64 digits.
    pub sha256: String,
    /// Length of the file in bytes as it is in the archive.
    pub packed_size: u64,
    /// SHA-256 of its bytes as they are in the archive, 64 digits.
    pub packed_sha256: String,
    /// In a redacted pack: what the unredacted file can be recognised by, by whoever has the salt. 64 digits.
    pub original: Option<String>,
}

/// The manifest in its one spelling (RFC 8785).
pub fn render(manifest: &Manifest) -> String {
    let mut value = json!({
        "format": FORMAT,
        "product": { "name": "network-logging", "version": manifest.version },
        "made_utc": time(manifest.made),
        "period": { "from": manifest.from.map(time), "to": manifest.to.map(time) },
        "time_zone": manifest.zone,
        "file_time_utc": time(manifest.file_time),
        "redaction": manifest.redaction.as_ref().map(redaction),
        "chain": manifest.chain.as_ref().map(chain),
        "found_when_made": manifest.found,
        "public_key": hex(&manifest.public_key),
        "files": manifest.files.iter().map(file).collect::<Vec<_>>(),
    });
    if let (true, Some(object)) = (manifest.n_demo > 0, value.as_object_mut()) {
        object.insert("demo_rows".into(), json!(manifest.n_demo));
    }
    canonical_json::render(&value)
}

fn redaction(redaction: &Redaction) -> Value {
    json!({
        "rules": "README.txt",
        "replaced": redaction.n_replaced,
        "seed_sha256": redaction.seed,
    })
}

fn chain(chain: &Chain) -> Value {
    let head = chain.head.as_ref().and_then(|head| serde_json::from_str(&chain_head_json::render(head)).ok());
    json!({
        "files": chain.files,
        "rows": chain.n_rows,
        "before": chain.before.to_string(),
        "end": chain.end.to_string(),
        "rows_after": chain.n_after,
        "head": head.unwrap_or(Value::Null),
    })
}

fn file(file: &FileRecord) -> Value {
    let mut value = Map::new();
    value.insert("name".into(), json!(file.name));
    value.insert("size".into(), json!(file.size));
    value.insert("sha256".into(), json!(file.sha256));
    value.insert("packed_size".into(), json!(file.packed_size));
    value.insert("packed_sha256".into(), json!(file.packed_sha256));
    if let Some(original) = &file.original {
        value.insert("original".into(), json!(original));
    }
    value.into()
}

/// Reason why a text is no manifest that this program can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is none.
    NoManifest,
    /// A newer program made it.
    Newer,
}

/// Reads a manifest.
///
/// # Errors
///
/// When it is none, or a newer program made it.
pub fn parse(text: &str) -> Result<Manifest, Unreadable> {
    let value: Value = serde_json::from_str(text).map_err(|_not_json| Unreadable::NoManifest)?;
    match value.get("format").and_then(Value::as_str) {
        Some(FORMAT) => manifest(&value).ok_or(Unreadable::NoManifest),
        Some(other) if other.starts_with("network-logging evidence pack ") => Err(Unreadable::Newer),
        _ => Err(Unreadable::NoManifest),
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()
}

fn when(value: &Value, key: &str) -> Option<Timestamp> {
    time_of(value.get(key)?)
}

fn time_of(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn texts(value: &Value, key: &str) -> Option<Vec<String>> {
    value.get(key)?.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Returns the value under a key as `read` reads it, `None` if it is `null`; the error is that it is neither.
fn optional<T>(value: &Value, key: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, Unreadable> {
    match value.get(key).ok_or(Unreadable::NoManifest)? {
        Value::Null => Ok(None),
        inner => read(inner).map(Some).ok_or(Unreadable::NoManifest),
    }
}

fn manifest(value: &Value) -> Option<Manifest> {
    let period = value.get("period")?;
    Some(Manifest {
        version: text(value.get("product")?, "version")?,
        made: when(value, "made_utc")?,
        from: optional(period, "from", time_of).ok()?,
        to: optional(period, "to", time_of).ok()?,
        zone: text(value, "time_zone")?,
        file_time: when(value, "file_time_utc")?,
        redaction: optional(value, "redaction", |redaction| {
            Some(Redaction { n_replaced: number(redaction, "replaced")?, seed: text(redaction, "seed_sha256")? })
        })
        .ok()?,
        chain: optional(value, "chain", read_chain).ok()?,
        found: texts(value, "found_when_made")?,
        // A pack of measured rows alone does not say it.
        n_demo: number(value, "demo_rows").unwrap_or_default(),
        public_key: unhex(&text(value, "public_key")?)?,
        files: value.get("files")?.as_array()?.iter().map(read_file).collect::<Option<_>>()?,
    })
}

fn read_chain(value: &Value) -> Option<Chain> {
    let link = |key| Link::parse(value.get(key)?.as_str()?.as_bytes());
    Some(Chain {
        files: texts(value, "files")?,
        n_rows: number(value, "rows")?,
        before: link("before")?,
        end: link("end")?,
        n_after: number(value, "rows_after")?,
        head: optional(value, "head", |head| chain_head_json::parse(&head.to_string())).ok()?,
    })
}

fn read_file(value: &Value) -> Option<FileRecord> {
    let original = match value.get("original") {
        None => None,
        Some(original) => Some(original.as_str()?.to_owned()),
    };
    Some(FileRecord {
        name: text(value, "name")?,
        size: number(value, "size")?,
        sha256: text(value, "sha256")?,
        packed_size: number(value, "packed_size")?,
        packed_sha256: text(value, "packed_sha256")?,
        original,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::chain_head_json::Head;

    fn full() -> Manifest {
        let at: Timestamp = "2026-11-22T11:31:44.872Z".parse().unwrap();
        let head = Head { at, before: Link::START, link: Link::START.after(b"x"), is_written: true };
        let file = FileRecord {
            name: "rows/netlog.csv".into(),
            size: 1,
            sha256: "aa".into(),
            packed_size: 2,
            packed_sha256: "bb".into(),
            original: Some("cc".into()),
        };
        Manifest {
            version: "0.1.0".into(),
            made: at,
            from: Some(at),
            to: None,
            zone: "Europe/Berlin".into(),
            file_time: at,
            redaction: Some(Redaction { n_replaced: 3, seed: "dd".into() }),
            chain: Some(Chain {
                files: vec!["rows/netlog.csv".into()],
                n_rows: 7,
                before: Link::START,
                end: head.link,
                n_after: 2,
                head: Some(Signed { head, signature: Some((vec![1; 32], vec![2; 64])) }),
            }),
            found: vec!["a line".into()],
            n_demo: 9,
            public_key: vec![1; 32],
            files: vec![file.clone(), FileRecord { original: None, ..file }],
        }
    }

    #[test]
    fn a_manifest_reads_back_as_itself() {
        let full = full();
        assert_eq!(Ok(full.clone()), parse(&render(&full)));
        let bare = Manifest { from: None, redaction: None, chain: None, n_demo: 0, files: Vec::new(), ..full.clone() };
        assert_eq!(Ok(bare.clone()), parse(&render(&bare)));
        assert!(render(&full).contains(r#""demo_rows":9"#) && !render(&bare).contains("demo_rows"));
        assert!(render(&bare).starts_with(r#"{"chain":null,"file_time_utc":"2026-11-22T11:31:44.872Z","files":[],"#));
    }

    #[test]
    fn what_is_no_manifest_is_told_from_a_newer_one() {
        for text in ["", "{}", "[]", r#"{"format":"network-logging evidence pack 1"}"#] {
            assert_eq!(Err(Unreadable::NoManifest), parse(text), "{text}");
        }
        assert_eq!(Err(Unreadable::Newer), parse(r#"{"format":"network-logging evidence pack 2"}"#));
    }
}
