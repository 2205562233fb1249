//! The README says what the program does.

use std::{fs, path::Path};

use network_logging::codec::settings_table;

#[test]
fn the_settings_in_the_readme_are_those_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let renewed = settings_table::renew(&text).expect("README.md lacks the lines around the settings");
    if std::env::var_os("UPDATE_DOCS").is_some() && renewed != text {
        fs::write(&path, &renewed).unwrap();
    } else {
        assert!(
            renewed == text,
            "the settings in README.md are old: run the tests with UPDATE_DOCS=1, or paste\n{}",
            settings_table::markdown()
        );
    }
}
