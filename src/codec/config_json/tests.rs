use proptest::prelude::*;

use super::*;

const EXAMPLE: &str = include_str!("../../../tests/data/config.example.json");

fn told(text: &str) -> Vec<String> {
    read(text).1.iter().map(Problem::to_string).collect()
}

#[test]
fn the_example_of_the_original_has_no_problems() {
    let (config, problems) = read(EXAMPLE);
    assert_eq!(Vec::<Problem>::new(), problems);
    assert_eq!("192.168.1.1", config.gateway);
    assert_eq!(["1.1.1.1", "8.8.8.8", "9.9.9.9", "8.8.4.4"], config.targets.as_slice());
    assert_eq!(["88.79.29.66"], config.isp_targets.as_slice());
    assert_eq!("./logs", config.log_dir);
    assert_eq!(60, config.mtr_baseline_count);
}

#[test]
fn an_empty_object_means_defaults() {
    assert_eq!((Config::default(), Vec::new()), read("{}"));
    assert_eq!((Config::default(), Vec::new()), read("\u{feff}{ }\r\n"));
}

#[test]
fn what_is_no_json_is_told_and_means_defaults() {
    let (config, problems) = read("{\n  \"targets\": [\"1.1.1.1\",]\n}");
    assert_eq!(Config::default(), config);
    assert_eq!(Severity::Wrong, problems[0].severity);
    assert_eq!(
        "line 2, column 24: remove the comma before ]; until then all defaults are used",
        problems[0].to_string()
    );
}

#[test]
fn a_wrong_value_costs_one_setting() {
    let (config, problems) = read("{\"ping_interval_sec\": \"abc\", \"tcp_test_port\": 8443}");
    assert_eq!(1, problems.len());
    assert_eq!(Config { tcp_test_port: 8443, ..Config::default() }, config);
}

#[test]
fn no_number_is_too_large_to_be_told() {
    for number in ["1e999", "-1e999", "123456789012345678901234567890", "1e-999"] {
        let problems = told(&format!("{{\"tcp_test_port\": {number}}}"));
        let said = format!(
            "tcp_test_port: {number} cannot be used: allowed is a whole number from 1 to 65535; until then the default 443 is used"
        );
        assert_eq!(vec![said], problems);
    }
}

#[test]
fn nesting_and_nul_bytes_are_survived() {
    let deep = format!("{{\"gateway\": {}1{}, \"tcp_test_port\": 1}}", "[".repeat(9999), "]".repeat(9999));
    let (config, problems) = read(&deep);
    assert_eq!((1, 1), (config.tcp_test_port, problems.len()));
    assert!(problems[0].to_string().len() < 300);
    assert_eq!(1, told("\0{}").len());
    assert_eq!(1, told("{\"gateway\": \"\0\"}").len());
    assert_eq!(1, told("{\"gateway\": \"\\u0000\"}").len());
    assert_eq!(1, told("{\"gateway\": \"\\ud800\"}").len());
}

#[test]
fn a_message_cannot_command_a_terminal() {
    let problems = told("{\"a\\u001b[2J\\u202e\": 1, \"gateway\": \"\u{9b}2J\u{202e}\"}");
    assert_eq!(2, problems.len());
    assert!(!problems.concat().contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{problems:?}");
}

#[test]
fn an_unknown_key_is_a_note_and_an_underscore_a_comment() {
    let (_, problems) = read("{\"_note\": 1, \"_note\": 2, \"ping_intervall_sec\": 20, \"xyz\": null}");
    assert!(problems.iter().all(|problem| problem.severity == Severity::Note));
    let told: Vec<String> = problems.iter().map(Problem::to_string).collect();
    assert_eq!(
        [
            "ping_intervall_sec: unknown key, not used; did you mean ping_interval_sec?",
            "xyz: unknown key, not used; begin it with _ if it is a comment"
        ],
        told.as_slice()
    );
}

#[test]
fn of_a_key_that_stands_twice_the_last_counts() {
    let (config, problems) = read("{\"tcp_test_port\": \"x\", \"tcp_test_port\": 80}");
    assert_eq!(80, config.tcp_test_port);
    assert_eq!(Severity::Note, problems[0].severity);
    assert_eq!(
        "tcp_test_port: \"x\" is not used: the key stands again further down; remove one of them",
        problems[0].to_string()
    );
}

#[test]
fn programs_get_the_problems_as_json() {
    let (_, problems) = read("{\"xyz\": 1}");
    let json: serde_json::Value = serde_json::from_str(&write_problems(&problems)).unwrap();
    assert_eq!(("note", "xyz"), (json[0]["severity"].as_str().unwrap(), json[0]["key"].as_str().unwrap()));
    assert_eq!("[]\n", write_problems(&[]));
}

#[test]
fn a_file_of_something_else_is_not_told_line_by_line() {
    let entries: Vec<String> = (0..60_000).map(|n| format!("\"ping_{n}\": 1")).collect();
    let problems = told(&format!("{{{}}}", entries.join(",")));
    assert_eq!(MAX_PROBLEMS + 1, problems.len());
    assert_eq!("59950 more keys are not used: is this the right file?", problems[MAX_PROBLEMS]);
}

#[test]
fn a_new_file_has_every_setting_in_the_order_of_the_table() {
    let text = write(&Config::default(), None);
    assert!(text.starts_with("{\n  \"gateway\": \"auto\",\n  \"targets\": [\"1.1.1.1\", \"8.8.8.8\""), "{text}");
    assert!(text.contains("\n  \"ping_interval_sec\": 20,\n"), "{text}");
    assert!(text.ends_with("\n}\n"), "{text}");
    assert_eq!(SETTINGS.len() + 2, text.lines().count());
    assert_eq!((Config::default(), Vec::new()), read(&text));
}

#[test]
fn writing_keeps_what_it_does_not_change() {
    let original =
        "{ \"_c\": \"ä\", \"tcp_test_port\": 80.0, \"mine\": {\"a\": [1e5]}, \"_c\": 2, \"gateway\": \"auto\",
        \"trace_cooldown_sec\": 5, \"gateway\": \"auto\" }";
    let mut config = read(original).0;
    config.trace_cooldown_sec = std::time::Duration::from_millis(1500);
    config.log_dir = "C:\\logs".into();
    let text = write(&config, Some(original));
    let expected = "{
  \"_c\": \"ä\",
  \"tcp_test_port\": 80.0,
  \"mine\": {\"a\": [1e5]},
  \"_c\": 2,
  \"gateway\": \"auto\",
  \"trace_cooldown_sec\": 1.5,
  \"log_dir\": \"C:\\\\logs\"
}
";
    assert_eq!(expected, text);
    assert_eq!(config, read(&text).0);
    assert_eq!(text, write(&config, Some(&text)));
}

#[test]
fn writing_over_what_is_no_json_begins_anew() {
    assert_eq!(write(&Config::default(), None), write(&Config::default(), Some("{,}")));
}

/// Values of every kind, allowed or not.
fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        ".*",
        "[a-z]{1,9}(\\.[a-z]{1,9}){0,2}",
        "https?://[a-z.]{1,20}",
        "[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]\\.[0-9]",
        Just("auto".to_owned()),
        Just(String::new()),
    ];
    prop_oneof![
        any::<bool>().prop_map(Value::Switch),
        any::<f64>().prop_map(Value::Number),
        (0.0..90_000.0).prop_map(Value::Number),
        (0..2000_u32).prop_map(|number| Value::Number(number.into())),
        text.clone().prop_map(Value::Text),
        prop::collection::vec(text, 0..4).prop_map(Value::List),
    ]
}

fn configs() -> impl Strategy<Value = Config> {
    prop::collection::vec((0..SETTINGS.len(), values()), 0..400).prop_map(|changes| {
        let mut config = Config::default();
        for (idx, value) in changes {
            let before = config.clone();
            if SETTINGS[idx].set(&mut config, value).is_err() {
                assert_eq!(before, config);
            }
        }
        config
    })
}

proptest! {
    #[test]
    fn any_text_is_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_json_like_text_is_read(text in "[\\[\\]{}:,\"'0-9eE+./#\\\\ua-c\\n\u{feff} -]{0,60}") {
        read(&text);
    }

    #[test]
    fn mutated_json_is_read(at in any::<prop::sample::Index>(), gone in 0..9_usize, new in "[\\[\\]{},:\"0-9\\\\\\x00-\\x20ä-]{0,4}") {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        let at = at.index(bytes.len());
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, new.bytes());
        let text = String::from_utf8_lossy(&bytes);
        let (config, problems) = read(&text);
        for problem in &problems {
            let line = problem.to_string();
            prop_assert!(line.len() < 1000 && !line.contains(char::is_control), "{line:?}");
        }
        prop_assert_eq!(&config, &read(&write(&config, Some(&text))).0);
    }

    #[test]
    fn any_value_of_any_key_is_read_and_if_wrong_told(idx in 0..SETTINGS.len(), value in values()) {
        let setting = &SETTINGS[idx];
        // A number that is none has no spelling in JSON.
        prop_assume!(!matches!(value, Value::Number(number) if !number.is_finite()));
        let (config, problems) = read(&format!("{{\"{}\": {}}}", setting.key, render(&value)));
        let mut expected = Config::default();
        let fits = setting.set(&mut expected, value).is_ok();
        prop_assert_eq!(fits, problems.is_empty(), "{:?}", problems);
        prop_assert_eq!(expected, config);
        for problem in problems {
            prop_assert_eq!(Severity::Wrong, problem.severity);
            prop_assert_eq!(Some(setting.key), problem.key.as_deref());
        }
    }

    #[test]
    fn every_configuration_survives_the_file(config in configs()) {
        prop_assert_eq!((config.clone(), Vec::new()), read(&write(&config, None)));
        prop_assert_eq!((config.clone(), Vec::new()), read(&write(&config, Some(EXAMPLE))));
    }
}

#[test]
fn what_others_read_holds_no_secret() {
    let config = Config {
        http_proxy: "http://anna:pass@word@proxy.example:8080/".into(),
        http_urls: vec!["https://example.com/a?token=1#x".into(), "https://u@example.org".into()],
        ..Config::default()
    };
    let text = write_for_others(&config);
    assert!(text.contains("\"http_proxy\": \"http://proxy.example:8080/\""), "{text}");
    assert!(text.contains("[\"https://example.com/a\", \"https://example.org\"]"), "{text}");
    assert!(["anna", "pass", "word", "token"].iter().all(|word| !text.contains(word)), "{text}");
    assert_eq!(Vec::<Problem>::new(), read(&text).1);
}
