//! The README says what the program does.

use std::{collections::BTreeSet, fs, path::Path};

use assert_cmd::Command;
use network_logging::{
    analysis::{
        classify::judge,
        home::HostLayer,
        layers::{GatewayLayer, Layers, PortalLayer, Reach},
        trust::Certificates,
    },
    codec::{netlog_csv, settings_table},
    model::{
        config::{Config, SETTINGS},
        row::Tally,
        settings::Kind,
        verdict::{FaultDomain, RootCause, Status},
    },
};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap().replace("\r\n", "\n")
}

/// What stands between the two lines around a part of a document.
fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("<!-- {name}:begin -->")).unwrap_or_else(|| panic!("no {name}:begin"));
    rest.split_once(&format!("<!-- {name}:end -->")).unwrap_or_else(|| panic!("no {name}:end")).0
}

/// The rows of a table, each as its cells, without the heading.
fn table(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    rows.skip(2).map(|row| row.split('|').map(str::trim).collect()).collect()
}

/// A cell without the marks around a code.
fn code(cell: &str) -> &str {
    cell.trim_matches('`')
}

// ---------------------------------------------------------------------------------------------------------------
// Settings and columns.

#[test]
fn the_settings_in_the_readme_are_those_of_the_program() {
    let text = read("README.md");
    let renewed = settings_table::renew(&text).expect("README.md lacks the lines around the settings");
    if std::env::var_os("UPDATE_DOCS").is_some() && renewed != text {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"), &renewed).unwrap();
    } else {
        assert!(
            renewed == text,
            "the settings in README.md are old: run the tests with UPDATE_DOCS=1, or paste\n{}",
            settings_table::markdown()
        );
    }
}

#[test]
fn what_it_sends_names_every_setting_that_names_a_host_and_the_traffic_that_is_reckoned() {
    let text = read("README.md");
    let (_, rest) = text.split_once("## What it sends\n").unwrap();
    let section = rest.split("\n## ").next().unwrap();
    // These stand there in words, or are asked for and not asked.
    let in_words = [
        "gateway",
        "isp_targets",
        "dns_servers",
        "dns_test_hostname",
        "dns_known_name",
        "dns_known_addresses",
        "api_hosts",
    ];
    for setting in SETTINGS {
        let names_hosts = setting.names_hosts()
            || matches!(setting.kind, Kind::OptionalAddr | Kind::AutoAddr | Kind::Addrs | Kind::AutoAddrs);
        if names_hosts && !in_words.contains(&setting.key) {
            assert!(section.contains(&format!("`{}`", setting.key)), "{}", setting.key);
        }
    }
    let (before, _) = section.split_once(" kB/s both ways").unwrap();
    let told: f64 = before.rsplit(' ').next().unwrap().parse().unwrap();
    let reckoned = network_logging::engine::asked::traffic(&Config::default()) / 1000.0;
    assert!((told - reckoned).abs() < 0.1 * told, "README.md says {told} kB/s, the program {reckoned:.2}");
}

#[test]
fn the_columns_in_the_readme_are_those_of_the_log() {
    let text = read("README.md");
    let columns: Vec<&str> = table(between(&text, "columns")).iter().map(|row| code(row[0])).collect();
    assert_eq!(netlog_csv::HEADER, columns);
}

// ---------------------------------------------------------------------------------------------------------------
// Verdicts.

type Words = (String, String, String);

/// Status, hint and domain of every row of the README's table that leads to a row of the log.
fn documented() -> BTreeSet<Words> {
    let text = read("README.md");
    let rows = table(between(&text, "verdicts"));
    let words = |row: &Vec<&str>| (code(row[1]).to_owned(), code(row[2]).to_owned(), code(row[3]).to_owned());
    rows.iter().filter(|row| row[1].starts_with('`')).map(words).collect()
}

const fn of(up: usize, total: usize) -> Tally {
    Tally { up, total }
}

const TARGETS: [(Tally, Tally); 5] =
    [(of(0, 0), of(0, 0)), (of(0, 3), of(0, 3)), (of(1, 3), of(1, 3)), (of(3, 3), of(0, 3)), (of(3, 3), of(3, 3))];

/// Status, hint and domain of every verdict there can be.
fn possible() -> BTreeSet<Words> {
    use GatewayLayer as G;
    use HostLayer as H;
    use PortalLayer as P;
    let mut layers = vec![Layers::NONE];
    let mut vary = |change: &dyn Fn(Layers) -> Vec<Layers>| {
        layers = layers.iter().flat_map(|layers| change(*layers)).collect();
    };
    vary(&|l| [H::Ok, H::NoRoute].map(|host| Layers { host, ..l }).into());
    vary(&|l| [G::NotMeasured, G::Alive, G::Dead, G::Silent].map(|gateway| Layers { gateway, ..l }).into());
    vary(&|l| [of(0, 0), of(0, 2), of(1, 1), of(1, 2), of(2, 2)].map(|isp| Layers { isp, ..l }).into());
    vary(&|l| TARGETS.map(|(targets, echo)| Layers { targets, echo, ..l }).into());
    vary(&|l| [of(0, 0), of(0, 1), of(1, 2), of(2, 2)].map(|system_dns| Layers { system_dns, ..l }).into());
    vary(&|l| [of(0, 0), of(0, 2), of(1, 2), of(2, 2)].map(|sites| Layers { sites, ..l }).into());
    vary(&|l| [P::NotMeasured, P::Genuine, P::Foreign, P::FromHome].map(|portal| Layers { portal, ..l }).into());
    vary(&|l| [Reach::NotMeasured, Reach::Alive, Reach::Dead].map(|v6| Layers { v6, ..l }).into());
    vary(&|l| [Reach::NotMeasured, Reach::Dead].map(|large| Layers { large, ..l }).into());
    vary(&|l| {
        [Certificates::Accepted, Certificates::RefusedHere].map(|certificates| Layers { certificates, ..l }).into()
    });
    let verdicts = layers.iter().filter_map(judge);
    let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
    verdicts
        .map(|verdict| {
            let cause = verdict.cause.map(RootCause::as_str);
            (verdict.status.to_string(), word(cause), word(verdict.domain.map(FaultDomain::as_str)))
        })
        .collect()
}

/// Notices of quality, which come from a minute's figures and not from the layers.
fn is_quality((status, cause, domain): &Words) -> bool {
    use FaultDomain::{Access, Isp, Lan, SelfLoad, Upstream};
    let domains = [Lan, Access, Isp, Upstream, SelfLoad];
    status == Status::Ok.as_str() && cause.is_empty() && domains.iter().any(|of| of.as_str() == domain)
}

#[test]
fn the_verdicts_in_the_readme_are_those_of_the_program() {
    let documented: BTreeSet<Words> = documented().into_iter().filter(|words| !is_quality(words)).collect();
    let possible = possible();
    let missing: Vec<_> = possible.difference(&documented).collect();
    let invented: Vec<_> = documented.difference(&possible).collect();
    assert!(missing.is_empty() && invented.is_empty(), "missing: {missing:?}\nnever said: {invented:?}");
}

#[test]
fn every_word_of_a_verdict_is_in_the_readme() {
    let documented = documented();
    for status in Status::ALL {
        assert!(documented.iter().any(|(word, ..)| word == status.as_str()), "{status}");
    }
    for cause in RootCause::ALL {
        assert!(documented.iter().any(|(_, word, _)| word == cause.as_str()), "{cause}");
    }
    for domain in FaultDomain::ALL {
        assert!(documented.iter().any(|(.., word)| word == domain.as_str()), "{domain}");
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Commands.

fn help(subcommands: &[&str]) -> Option<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_netlog")).args(subcommands).arg("--help").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n"))
}

/// Names of the subcommands in a help text.
fn subcommands(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect()
}

/// Every `netlog ...` that a document shows as code.
fn commands(text: &str) -> Vec<Vec<&str>> {
    let code = text.split('`').skip(1).step_by(2).flat_map(str::lines);
    let prompts = code.map(|line| line.trim_start_matches("$ "));
    prompts.filter_map(|line| line.strip_prefix("netlog ")).map(|rest| rest.split_whitespace().collect()).collect()
}

/// What is wrong with a command as a document shows it.
fn fault(command: &[&str]) -> Option<String> {
    let is_word = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
    let path: Vec<&str> = command.iter().take_while(is_word).copied().collect();
    let Some(help) = help(&path) else { return Some(format!("there is no netlog {}", path.join(" "))) };
    let options = command.iter().filter(|word| word.starts_with("--"));
    let unknown: Vec<_> = options.filter(|option| !help.contains(**option)).collect();
    (!unknown.is_empty()).then(|| format!("netlog {} has no {unknown:?}", path.join(" ")))
}

#[test]
fn every_command_in_the_documents_exists() {
    for name in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"] {
        let text = read(name);
        // The first line of the output of `netlog monitor` is no command.
        let faults: Vec<String> = commands(&text)
            .iter()
            .filter(|command| command[0] != env!("CARGO_PKG_VERSION"))
            .filter_map(|command| fault(command))
            .collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}

#[test]
fn every_command_is_in_the_readme() {
    let text = read("README.md");
    let shown: BTreeSet<String> = commands(&text).iter().map(|command| command.join(" ")).collect();
    let all = help(&[]).unwrap();
    assert!(!subcommands(&all).is_empty(), "{all}");
    for name in subcommands(&all) {
        let below = help(&[name]).unwrap();
        let mut paths: Vec<String> = subcommands(&below).iter().map(|inner| format!("{name} {inner}")).collect();
        if paths.is_empty() {
            paths.push(name.to_owned());
        }
        for path in paths {
            assert!(shown.contains(&path), "README.md does not show `netlog {path}`");
        }
    }
}

/// A heading as GitHub and its like make a link of it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn headings(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| anchor(line.trim_start_matches(['#', ' ']))).collect()
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    for name in ["README.md", "GUI_USAGE.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "build/README.md"] {
        let document = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = read(name);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        for link in links.filter(|link| !link.starts_with("https://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            assert!(target.exists(), "{name}: there is no {file}");
            let is_there = || headings(&fs::read_to_string(&target).unwrap()).contains(heading);
            assert!(heading.is_empty() || is_there(), "{name}: there is no heading for {link}");
        }
    }
}

#[test]
fn the_steps_of_a_problem_with_a_provider_can_be_gone() {
    let text = read("README.md");
    let (_, rest) = text.split_once("\n## A problem with your provider, step by step\n").unwrap();
    let (steps, _) = rest.split_once("\n## ").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let netlog = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netlog"));
        // A key of its own, not that of whoever runs the tests.
        command.current_dir(folder.path()).env("HOME", folder.path()).env("XDG_DATA_HOME", folder.path().join("data"));
        command.args(args).output().unwrap()
    };
    assert!(netlog(&["demo", "--out", "demo"]).status.success());
    let mut n = 0;
    for line in steps.lines().filter_map(|line| line.trim().strip_prefix("netlog ")) {
        // Quoted words are one argument each.
        let mut args = vec!["--log-dir", "demo"];
        for (idx, part) in line.split('"').enumerate() {
            if idx % 2 == 1 { args.push(part) } else { args.extend(part.split_whitespace()) }
        }
        let output = netlog(&args);
        // 1: measured and bad, which a demo of outages is.
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)) && said.is_empty(), "netlog {line}: {output:?}");
        n += 1;
    }
    assert!(n >= 8, "{n} commands in {steps}");
    for made in ["report.pdf", "evidence.zip"] {
        assert!(folder.path().join(made).metadata().unwrap().len() > 10_000, "{made}");
    }
}

#[test]
fn every_part_that_is_blamed_is_explained() {
    let text = read("README.md");
    let (_, rest) = text.split_once("\n## Understanding what it says\n").unwrap();
    let (part, _) = rest.split_once("\n## ").unwrap();
    let explained: String = table(part).iter().map(|row| row[0]).collect();
    for domain in FaultDomain::ALL {
        assert!(
            explained.contains(&format!("`{}`", domain.as_str())),
            "README.md does not explain {}",
            domain.as_str()
        );
    }
}

#[test]
fn commands_and_options_that_do_not_exist_are_found() {
    let text = "`netlog once` and `netlog prophesy` and `x`\n```console\n$ netlog status --yaml\nnetlog config\n```\n";
    let found = commands(text);
    assert_eq!(vec![vec!["once"], vec!["prophesy"], vec!["status", "--yaml"], vec!["config"]], found);
    let faulty: Vec<bool> = found.iter().map(|command| fault(command).is_some()).collect();
    assert_eq!(vec![false, true, true, false], faulty);
}

#[test]
fn the_exit_codes_in_the_readme_are_those_of_the_help() {
    let text = read("README.md");
    let help = help(&[]).unwrap();
    let line = help.lines().find_map(|line| line.strip_prefix("Exit codes: ")).unwrap();
    let of_help: Vec<(&str, &str)> =
        line.trim_end_matches('.').split(", ").map(|part| part.split_once(' ').unwrap()).collect();
    assert_eq!(3, of_help.len(), "{line}");
    for (number, meaning) in of_help {
        assert!(text.contains(&format!("| {number} | {meaning}")), "README.md lacks exit code {number}: {meaning}");
    }
}
