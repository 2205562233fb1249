//! Whole configurations as people write them, good and bad: `tests/data/config`.

use std::{fs, path::PathBuf};

use network_logging::{
    codec::config_json::{self, Problem},
    model::config::Config,
    store::config_file,
};

/// The files of a folder of cases, in order.
fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/config").join(folder);
    let mut cases: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn valid_configurations_have_no_problems() {
    for case in cases("valid") {
        let loaded = config_file::load(&case).unwrap();
        assert_eq!(Vec::<Problem>::new(), loaded.problems, "{}", case.display());
        let text = String::from_utf8(fs::read(&case).unwrap()).unwrap();
        let again = config_json::write(&loaded.config, Some(&text));
        assert_eq!(loaded.config, config_json::read(&again).0, "{}", case.display());
    }
}

/// What each says stands beside it; `UPDATE_DOCS=1` writes it anew.
#[test]
fn invalid_configurations_say_what_to_do() {
    for case in cases("invalid") {
        let problems = config_file::load(&case).unwrap().problems;
        let said: Vec<String> =
            problems.iter().map(|problem| format!("{}: {problem}\n", problem.severity.as_str())).collect();
        let said = said.concat();
        let beside = case.with_extension("txt");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&beside, &said).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default().replace("\r\n", "\n");
        assert_eq!(expected, said, "{}", case.display());
    }
}

#[test]
fn a_wrong_value_leaves_the_other_settings_as_they_are() {
    for case in cases("invalid") {
        let loaded = config_file::load(&case).unwrap();
        let is_whole = loaded.problems.iter().any(|problem| problem.key.is_none());
        let has_port = fs::read_to_string(&case).is_ok_and(|text| text.contains("\"isp_tcp_port\": 8443"));
        let port = if has_port && !is_whole { 8443 } else { Config::default().isp_tcp_port };
        assert_eq!(port, loaded.config.isp_tcp_port, "{}", case.display());
    }
}
