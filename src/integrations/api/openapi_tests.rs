//! The description of the API says what the program does.

use serde_json::Value;

use super::{OPENAPI, routes::routes};
use crate::{
    codec::state_json,
    integrations::{fixtures, shared::EventKind},
    model::{
        charge::Charged,
        ledger::GapReason,
        verdict::{Confidence, Evidence, FaultDomain},
    },
};

fn openapi() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// The words of a schema, null left out.
fn words(openapi: &Value, schema: &str) -> Vec<String> {
    let words = openapi["components"]["schemas"][schema]["enum"].as_array().unwrap();
    words.iter().filter(|word| !word.is_null()).map(|word| word.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_route_is_described_and_no_other() {
    let openapi = openapi();
    let mut described = Vec::new();
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        described.extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    described.sort();
    let mut routes: Vec<(String, String)> =
        routes().iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    routes.sort();
    assert_eq!(routes, described);
}

#[test]
fn the_enums_are_those_of_the_program() {
    let openapi = openapi();
    for (schema, expected) in [
        ("State", state_json::STATES.to_vec()),
        ("Status", state_json::STATUSES.to_vec()),
        ("RootCause", state_json::ROOT_CAUSES.to_vec()),
        ("NotMonitoredReason", GapReason::ALL.iter().map(|reason| reason.as_str()).collect()),
        ("FaultDomain", FaultDomain::ALL.iter().map(|domain| domain.as_str()).collect()),
        ("Charged", Charged::ALL.iter().map(|charged| charged.as_str()).collect()),
        ("Confidence", Confidence::ALL.iter().map(|confidence| confidence.as_str()).collect()),
        ("Evidence", Evidence::ALL.iter().map(|(_, code, _)| *code).collect()),
        ("EventType", EventKind::ALL.iter().map(|kind| kind.as_str()).collect()),
    ] {
        assert_eq!(expected, words(&openapi, schema), "{schema}");
    }
}

/// Complaints about a value by the parts of JSON Schema that the description uses.
fn complaints(openapi: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return complaints(openapi, openapi.pointer(name.strip_prefix('#').unwrap()).unwrap(), value, place);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let all: Vec<Vec<String>> = choices.iter().map(|choice| complaints(openapi, choice, value, place)).collect();
        let n_fit = all.iter().filter(|choice| choice.is_empty()).count();
        return if n_fit == 1 { Vec::new() } else { vec![format!("{place}: {n_fit} choices fit: {all:?}")] };
    }
    let mut found = Vec::new();
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
        lone => vec![lone.as_str().unwrap()],
    };
    if !(kinds.contains(&kind) || kind == "integer" && kinds.contains(&"number")) {
        found.push(format!("{place}: {kind} is none of {kinds:?}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        found.push(format!("{place}: {value} is no word of it"));
    }
    if let Value::Array(items) = value {
        found.extend(items.iter().flat_map(|item| complaints(openapi, &schema["items"], item, &format!("{place}[]"))));
    }
    if let (Value::Object(fields), Some(described)) = (value, schema["properties"].as_object()) {
        let (mut names, mut wanted): (Vec<_>, Vec<_>) = (fields.keys().collect(), described.keys().collect());
        names.sort();
        wanted.sort();
        if names != wanted {
            found.push(format!("{place}: {names:?} instead of {wanted:?}"));
        }
        for (name, schema) in described {
            let field = fields.get(name).unwrap_or(&Value::Null);
            found.extend(complaints(openapi, schema, field, &format!("{place}.{name}")));
        }
    }
    found
}

#[test]
fn the_document_is_as_described() {
    let openapi = openapi();
    let schema = &openapi["components"]["schemas"]["StateDocument"];
    let mut document = fixtures::document();
    document.notices.push((FaultDomain::Destination, document.time));
    document.outage.clone_from(&document.last_outage);
    document.charged = Some(Charged::Provider);
    let full = state_json::to_json(&document);
    assert_eq!(Vec::<String>::new(), complaints(&openapi, schema, &full, "state"));
    assert_eq!(1, full["notices"].as_array().unwrap().len());
    let mut bare = full.clone();
    for name in ["started", "last_check", "fault_domain", "confidence", "gateway_ok", "outage", "last_outage"] {
        bare[name] = Value::Null;
    }
    assert_eq!(Vec::<String>::new(), complaints(&openapi, schema, &bare, "state"));
    // The check itself can complain.
    for (name, value) in [("state", Value::from("sideways")), ("site", Value::Null), ("gateway_ms", Value::from("1"))] {
        let mut wrong = full.clone();
        wrong[name] = value;
        assert!(!complaints(&openapi, schema, &wrong, "state").is_empty(), "{name}");
    }
    let (mut more, mut less) = (full.clone(), full);
    more["extra"] = Value::from(1);
    less.as_object_mut().unwrap().shift_remove("time").unwrap();
    for wrong in [more, less] {
        assert!(!complaints(&openapi, schema, &wrong, "state").is_empty());
    }
}
