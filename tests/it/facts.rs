//! `netlog doctor --facts`, as this machine answers it.

use assert_cmd::Command;
use serde_json::Value;

fn netlog(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_facts_of_this_machine_are_told_in_sections() {
    let (code, text, said) = netlog(&["doctor", "--facts"]);
    assert_eq!((Some(0), ""), (code, said.as_str()), "{text}");
    for title in ["interfaces", "routes", "neighbours", "resolvers", "addresses used", "counters", "hints", "system"] {
        assert_eq!(1, text.matches(&format!("\n==== {title} ====\n")).count(), "{title}\n{text}");
    }
    assert!(text.contains("kind=loopback") && text.contains("127.0.0.1"), "{text}");
    assert!(text.contains(concat!("\nprogram=\"network-logging ", env!("CARGO_PKG_VERSION"), "\"\n")), "{text}");
    assert!(!text.contains("\nsystem=-\n") && !text.contains("redacted=yes"), "{text}");
}

#[test]
fn redacted_facts_hold_no_hardware_address_of_this_machine() {
    let (code, whole, _) = netlog(&["doctor", "--facts", "--json"]);
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!((Some(0), &Value::Bool(false)), (code, &whole["redacted"]));
    let links = whole["interfaces"].as_array().unwrap();
    assert!(!links.is_empty());
    let (code, cut, _) = netlog(&["doctor", "--facts", "--redact"]);
    assert!(code == Some(0) && cut.contains("\nredacted=yes"), "{cut}");
    for link in links {
        if let Some(mac) = link["mac"].as_str() {
            assert!(!cut.contains(mac), "{mac}\n{cut}");
        }
    }
    let (code, json, _) = netlog(&["doctor", "--facts", "--redact", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((Some(0), &Value::Bool(true)), (code, &json["redacted"]));
    assert_eq!(links.len(), json["interfaces"].as_array().unwrap().len());
}

#[test]
fn only_facts_can_be_redacted() {
    let (code, text, said) = netlog(&["doctor", "--redact"]);
    assert_eq!((Some(2), ""), (code, text.as_str()));
    assert!(said.contains("--facts"), "{said}");
}
