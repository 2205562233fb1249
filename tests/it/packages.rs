//! What the packages say of the program: one version, and names that stay.

use std::{fs, path::Path};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap().replace("\r\n", "\n")
}

/// The text of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no <{name}>"));
    rest.split_once("</").unwrap().0
}

/// The value behind this key of a property list.
fn property<'a>(plist: &'a str, key: &str) -> &'a str {
    let (_, rest) = plist.split_once(&format!("<key>{key}</key>")).unwrap_or_else(|| panic!("no {key}"));
    element(rest, "string")
}

#[test]
fn the_newest_version_told_is_that_of_the_program() {
    let changelog = read("CHANGELOG.md");
    let newest = changelog.lines().find(|line| line.starts_with("## [")).unwrap();
    assert!(newest.starts_with(&format!("## [{VERSION}] - ")), "{newest}");
    let metainfo = read("build/linux/localhost.network_logging.NetworkLogging.metainfo.xml");
    let (_, releases) = metainfo.split_once("<releases>").unwrap();
    let newest = releases.lines().find(|line| line.contains("<release ")).unwrap();
    assert!(newest.contains(&format!("version=\"{VERSION}\"")), "{newest}");
}

#[test]
fn names_that_systems_remember_are_those_of_all_releases() {
    // Another name would be another program to software centres, to the dock and to what was installed before.
    let metainfo = read("build/linux/localhost.network_logging.NetworkLogging.metainfo.xml");
    assert_eq!("localhost.network_logging.NetworkLogging", element(&metainfo, "id"));
    assert!(metainfo.contains("<launchable type=\"desktop-id\">network-logging.desktop</launchable>"));
    let plist = read("build/macos/Info.plist");
    assert_eq!("localhost.network-logging.NetworkLogging", property(&plist, "CFBundleIdentifier"));
    let installer = read("build/windows/installer.nsi");
    assert!(installer.contains("CurrentVersion\\Uninstall\\NetworkLogging\""));
    // By this the desktop knows whose window it is.
    assert!(read("build/linux/network-logging.desktop").contains("\nStartupWMClass=network-logging\n"));
    assert!(read("src/gui/start.rs").contains("const APP_ID: &str = \"network-logging\";"));
}

#[test]
fn a_manifest_of_windows_asks_for_no_rights() {
    let manifest = read("assets/windows/app.manifest");
    for wanted in
        ["level=\"asInvoker\"", ">PerMonitorV2<", "<longPathAware xmlns=\"http://schemas.microsoft.com/SMI/2016/"]
    {
        assert!(manifest.contains(wanted), "{wanted}");
    }
    let icon = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/windows/network-logging.ico")).unwrap();
    assert_eq!([0, 0, 1, 0, 7, 0], icon[..6], "seven sizes");
}
