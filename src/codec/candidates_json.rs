//! `isp_candidates.json`, as the original writes it:
//! `{"seen": {"<hop>": {"<address>": count}}, "suggestions": [{"hop": 2, "ip": "<address>", "seen": count}]}`.

use std::{collections::BTreeMap, net::IpAddr};

use serde_json::{Map, Value, json};

use super::json_fault;
use crate::model::isp::{IspCandidates, IspSuggestion};

/// Reason why a text is no such file, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}; find the hops anew with: netlog discover")]
pub struct CandidatesError {
    fault: String,
}

/// The whole file, indented as the original's.
pub fn render(candidates: &IspCandidates) -> String {
    let seen: Map<String, Value> = candidates
        .seen
        .iter()
        .map(|(hop, hosts)| {
            let hosts: Map<String, Value> =
                hosts.iter().map(|(addr, count)| (addr.to_string(), (*count).into())).collect();
            (hop.to_string(), hosts.into())
        })
        .collect();
    let suggestions: Vec<Value> = candidates
        .suggestions
        .iter()
        .map(|suggestion| json!({ "hop": suggestion.hop, "ip": suggestion.addr.to_string(), "seen": suggestion.seen }))
        .collect();
    format!("{:#}\n", json!({ "seen": seen, "suggestions": suggestions }))
}

/// Reads such a file; unknown keys are let be.
///
/// # Errors
///
/// When it is no JSON, or `seen` or `suggestions` is missing or holds something else.
pub fn parse(text: &str) -> Result<IspCandidates, CandidatesError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: Map<String, Value> =
        serde_json::from_str(text).map_err(|err| CandidatesError { fault: json_fault::explain(text, &err) })?;
    let field = |key: &str| file.get(key).ok_or_else(|| fault(key, "is missing"));

    let mut seen = BTreeMap::new();
    for (hop, hosts) in field("seen")?.as_object().ok_or_else(|| fault("seen", "must be an object"))? {
        let place = format!("seen, hop {}", short(hop));
        let hop = hop.parse().map_err(|_not_a_number| fault(&place, "must be a number from 0 to 255"))?;
        let hosts = hosts.as_object().ok_or_else(|| fault(&place, "must be an object"))?;
        let hosts: Result<Vec<_>, _> =
            hosts.iter().map(|(addr, n)| Ok((address(&place, addr)?, count(&place, n)?))).collect();
        seen.insert(hop, hosts?);
    }
    let list = field("suggestions")?.as_array().ok_or_else(|| fault("suggestions", "must be a list"))?;
    let suggestions: Result<_, _> = list.iter().enumerate().map(|(idx, value)| suggestion(idx, value)).collect();
    Ok(IspCandidates { seen, suggestions: suggestions? })
}

fn suggestion(idx: usize, value: &Value) -> Result<IspSuggestion, CandidatesError> {
    let place = format!("suggestion {}", idx + 1);
    let field = |key: &str| value.get(key).ok_or_else(|| fault(&place, &format!("has no {key}")));
    let hop = field("hop")?.as_u64().and_then(|hop| u8::try_from(hop).ok());
    let addr = field("ip")?.as_str().ok_or_else(|| fault(&place, "has an ip that is no text"))?;
    Ok(IspSuggestion {
        hop: hop.ok_or_else(|| fault(&place, "has a hop that is no number from 0 to 255"))?,
        addr: address(&place, addr)?,
        seen: count(&place, field("seen")?)?,
    })
}

fn address(place: &str, text: &str) -> Result<IpAddr, CandidatesError> {
    text.parse().map_err(|_not_an_address| fault(place, &format!("has {}, which is no address", short(text))))
}

fn count(place: &str, value: &Value) -> Result<usize, CandidatesError> {
    let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
    count.ok_or_else(|| fault(place, "has a count that is no whole number"))
}

fn fault(place: &str, what: &str) -> CandidatesError {
    CandidatesError { fault: format!("{place} {what}") }
}

/// The beginning of a text, for a message.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As Python's `json.dump(..., indent=2)` writes it.
    const ORIGINAL: &str = r#"{
  "seen": {
    "2": {
      "88.79.130.1": 12
    },
    "3": {
      "88.79.28.2": 7,
      "2001:db8::1": 5
    }
  },
  "suggestions": [
    {
      "hop": 2,
      "ip": "88.79.130.1",
      "seen": 12
    },
    {
      "hop": 3,
      "ip": "88.79.28.2",
      "seen": 7
    }
  ]
}"#;

    fn candidates() -> IspCandidates {
        let addr = |text: &str| text.parse().unwrap();
        IspCandidates {
            seen: BTreeMap::from([
                (2, vec![(addr("88.79.130.1"), 12)]),
                (3, vec![(addr("88.79.28.2"), 7), (addr("2001:db8::1"), 5)]),
            ]),
            suggestions: vec![
                IspSuggestion { hop: 2, addr: addr("88.79.130.1"), seen: 12 },
                IspSuggestion { hop: 3, addr: addr("88.79.28.2"), seen: 7 },
            ],
        }
    }

    #[test]
    fn the_file_is_the_originals() {
        assert_eq!(ORIGINAL, render(&candidates()).trim_end());
        assert_eq!(Ok(candidates()), parse(ORIGINAL));
        assert_eq!(Ok(candidates()), parse(&format!("\u{feff}{ORIGINAL}")));
        let empty = IspCandidates::default();
        assert_eq!("{\n  \"seen\": {},\n  \"suggestions\": []\n}\n", render(&empty));
        assert_eq!(Ok(empty), parse("{\"seen\": {}, \"suggestions\": [], \"ours\": 1}"));
    }

    #[test]
    fn garbage_is_named_with_its_remedy() {
        for (text, said) in [
            ("", "the file is empty"),
            ("[]", "the file must hold one JSON object"),
            ("{\"seen\": {},}", "remove the comma"),
            ("{\"suggestions\": []}", "seen is missing"),
            ("{\"seen\": {}}", "suggestions is missing"),
            ("{\"seen\": [], \"suggestions\": []}", "seen must be an object"),
            ("{\"seen\": {\"x\": {}}, \"suggestions\": []}", "seen, hop x must be a number"),
            ("{\"seen\": {\"256\": {}}, \"suggestions\": []}", "seen, hop 256 must be a number"),
            ("{\"seen\": {\"2\": {\"*\": 3}}, \"suggestions\": []}", "seen, hop 2 has *, which is no address"),
            ("{\"seen\": {\"2\": {\"::1\": -3}}, \"suggestions\": []}", "seen, hop 2 has a count"),
            ("{\"seen\": {}, \"suggestions\": {}}", "suggestions must be a list"),
            ("{\"seen\": {}, \"suggestions\": [1]}", "suggestion 1 has no hop"),
            ("{\"seen\": {}, \"suggestions\": [{\"hop\": 2, \"ip\": 4, \"seen\": 1}]}", "suggestion 1 has an ip"),
            (
                "{\"seen\": {}, \"suggestions\": [{\"hop\": 2.5, \"ip\": \"::1\", \"seen\": 1}]}",
                "suggestion 1 has a hop",
            ),
        ] {
            let message = parse(text).unwrap_err().to_string();
            assert!(message.contains(said) && message.ends_with("netlog discover"), "{text}: {message}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_reads_back(
            seen in proptest::collection::btree_map(
                any::<u8>(), proptest::collection::btree_map(any::<IpAddr>(), 0_usize..1 << 40, 0..4), 0..5),
            suggestions in proptest::collection::vec((any::<u8>(), any::<IpAddr>(), 0_usize..1 << 40), 0..5),
        ) {
            let seen = seen.into_iter().map(|(hop, hosts)| (hop, hosts.into_iter().collect())).collect();
            let suggestions = suggestions.into_iter().map(|(hop, addr, seen)| IspSuggestion { hop, addr, seen }).collect();
            let candidates = IspCandidates { seen, suggestions };
            prop_assert_eq!(Ok(candidates.clone()), parse(&render(&candidates)));
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            prop_assert!(parse(&text).is_err());
        }
    }
}
