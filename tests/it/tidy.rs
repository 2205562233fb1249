//! House rules that the compiler and clippy do not check. ARCHITECTURE.md says why they are rules.
//!
//! Every rule is a function from a file to complaints, and has a test that it can complain.

use std::{fs, path::Path};

/// A file of ours: its path from the root with `/` between the parts, and what it holds.
struct File {
    path: String,
    text: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    fn read(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        Self { path: path.into(), text: text.replace("\r\n", "\n") }
    }

    /// The lines that are compiled into the programs, with their numbers, without comments and tests.
    fn product(&self) -> Vec<(usize, &str)> {
        self.product_with_comments().into_iter().map(|(number, line)| (number, without_comment(line))).collect()
    }

    /// The lines outside of tests, with their numbers.
    fn product_with_comments(&self) -> Vec<(usize, &str)> {
        if self.is_test() {
            return Vec::new();
        }
        let lines: Vec<&str> = self.text.lines().collect();
        let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests"));
        lines[..tests.unwrap_or(lines.len())].iter().enumerate().map(|(idx, line)| (idx + 1, *line)).collect()
    }

    fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || ["/tests.rs", "_tests.rs", "/fixtures.rs"].iter().any(|end| self.path.ends_with(end))
    }

    /// All code, tests included, as one text without comments.
    fn code(&self) -> String {
        self.text.lines().map(|line| without_comment(line).to_owned() + "\n").collect()
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The line up to a comment. `//` in a text, as in a web address, is none: it follows a colon.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':')).map(|(at, _)| at);
    &line[..comment.unwrap_or(line.len())]
}

/// Every Rust file below `folder`.
fn rust_files(folder: &str) -> Vec<File> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if Path::new(&path).extension().is_some_and(|extension| extension == "rs") {
                files.push(File::read(&path));
            }
        }
    }
    assert!(!files.is_empty(), "no Rust file in {folder}");
    files
}

#[track_caller]
fn check(files: &[File], rule: impl Fn(&File) -> Vec<String>) {
    let complaints: Vec<String> = files.iter().flat_map(rule).collect();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// That `rule` finds one fault in this file, and says `part` of it.
#[track_caller]
fn complains(rule: impl Fn(&File) -> Vec<String>, path: &str, text: &str, part: &str) {
    let complaints = rule(&File::new(path, text));
    assert!(complaints.len() == 1 && complaints[0].contains(part), "{path}: {complaints:?}");
}

/// That `rule` finds none.
#[track_caller]
fn is_silent(rule: impl Fn(&File) -> Vec<String>, path: &str, text: &str) {
    assert_eq!(Vec::<String>::new(), rule(&File::new(path, text)), "{path}");
}

// ---------------------------------------------------------------------------------------------------------------
// Who may use whom.

/// Modules, and those of ours that each may use besides itself. A part of a module in this list goes by its own rule.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("clock", &["model"]),
    ("analysis", &["model"]),
    ("codec", &["model"]),
    // Reports hold what the codecs spell: the figures as JSON, and texts without what identifies somebody.
    ("report", &["model", "analysis", "codec"]),
    ("simulation", &["model"]),
    ("platform", &["model", "clock"]),
    ("probe", &["model", "codec", "clock", "platform"]),
    // How files are made so that nobody else reads them differs from system to system.
    ("store", &["model", "codec", "platform"]),
    // Writes a made-up folder for the command line and for the window alike.
    ("demo", &["model", "codec", "simulation", "clock", "platform", "store"]),
    // Brings together what reports are made of, for every face.
    ("evidence", &["model", "analysis", "codec", "report", "clock", "platform", "store"]),
    // Has the system watch the line, for the command line and for the window alike.
    ("schedule", &["model", "analysis", "clock", "platform", "store"]),
    // It reads what others write: the errors are those of the disk, and threads tell progress by the clock.
    ("log_view", &["model", "codec", "clock", "platform", "store"]),
    // The state machine decides and opens nothing; the driver does and decides nothing.
    ("engine", &["model", "analysis"]),
    ("engine/monitor/tests", &["model", "analysis", "codec"]),
    ("engine/driver", &["model", "analysis", "codec", "report", "clock", "platform", "probe", "store", "evidence"]),
    // Reads the logs for those who ask, and keeps a queue of what is not delivered.
    // Deliveries are encrypted by the transport that web probes use.
    ("integrations", &["model", "analysis", "codec", "report", "clock", "platform", "probe", "store", "engine"]),
    (
        "cli",
        &[
            "model",
            "analysis",
            "codec",
            "report",
            "simulation",
            "demo",
            "clock",
            "platform",
            "probe",
            "store",
            "evidence",
            "schedule",
            "engine",
            "integrations",
        ],
    ),
    // The one panel that has a reader of its own, which never lets it wait.
    ("gui/logs", &["model", "analysis", "engine", "clock", "log_view", "codec"]),
    // The clock tells how the clock on the wall here shows a time.
    ("gui", &["model", "analysis", "engine", "clock", "log_view", "report"]),
    // What may take time is done here, and so is whatever meets the disk, the network and the system.
    (
        "gui/jobs",
        &[
            "model",
            "analysis",
            "engine",
            "clock",
            "probe",
            "store",
            "report",
            "evidence",
            "schedule",
            "platform",
            "codec",
            "simulation",
            "demo",
            "log_view",
            "integrations",
        ],
    ),
    ("bin", &["cli", "gui", "engine"]),
];

fn import_direction(file: &File) -> Vec<String> {
    let Some(module) = file.path.strip_prefix("src/").and_then(|path| path.strip_suffix(".rs")) else {
        return vec![format!("{}: no file of the library", file.path)];
    };
    if module == "lib" {
        return Vec::new();
    }
    let top = module.split('/').next().unwrap_or_default();
    let belongs = |to: &str| module == to || module.strip_prefix(to).is_some_and(|rest| rest.starts_with('/'));
    let Some((_, allowed)) = MAY_USE.iter().filter(|(of, _)| belongs(of)).max_by_key(|(of, _)| of.len()) else {
        return vec![format!("{}: no rule says what the module {top} may use", file.path)];
    };
    let code = file.code();
    let mut used = first_names(&code, "crate::");
    used.extend(first_names(&code, "network_logging::"));
    used.extend(names_above(&code, module));
    used.iter()
        .filter(|used| *used != top && !allowed.contains(&used.as_str()))
        .map(|used| format!("{}: {top} may not use {used}", file.path))
        .collect()
}

/// The first names of the paths that begin with `root`, whether alone or in braces: `a` and `c` of `crate::{a::b, c}`.
fn first_names(code: &str, root: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(root) {
        if code[..at].ends_with(is_name) {
            continue;
        }
        let rest = &code[at + root.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(first_of_each(group)),
            None => names.push(name(rest)),
        }
    }
    names.sort();
    names.dedup();
    names
}

/// The first name of each path in a group, up to its closing brace.
fn first_of_each(group: &str) -> Vec<String> {
    let (mut names, mut depth, mut expected) = (Vec::new(), 0, true);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expected = true,
            _ if expected && is_name(character) => {
                names.push(name(&group[at..]));
                expected = false;
            }
            _ => {}
        }
    }
    names
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn name(text: &str) -> String {
    text.chars().take_while(|character| is_name(*character)).collect()
}

/// Names beside the module that are reached by `super` from within it. Modules in braces count as one level more, which
/// the indentation shows.
fn names_above(code: &str, module: &str) -> Vec<String> {
    let depth = module.trim_end_matches("/mod").split('/').count();
    let mut names = Vec::new();
    let mut inner: Vec<usize> = Vec::new();
    for line in code.lines() {
        let indent = line.len() - line.trim_start().len();
        if line.trim_end() == format!("{:indent$}}}", "") && inner.last() == Some(&indent) {
            inner.pop();
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.len() >= 3 && words[words.len() - 1] == "{" && words[words.len() - 3] == "mod" {
            inner.push(indent);
        }
        let up = "super::".repeat(depth + inner.len());
        names.extend(first_names(line, &up).into_iter().filter(|name| !name.is_empty() && name != "super"));
    }
    names
}

#[test]
fn modules_use_only_those_below_them() {
    check(&rust_files("src"), import_direction);
}

#[test]
fn a_wrong_import_is_found_however_it_is_written() {
    let rule = import_direction;
    complains(rule, "src/analysis/x.rs", "use crate::engine;", "analysis may not use engine");
    complains(rule, "src/analysis/x.rs", "use crate::codec::icmp;", "analysis may not use codec");
    complains(rule, "src/codec/x/y.rs", "use crate::{\n    clock,\n    model::{host::Host},\n};", "may not use clock");
    complains(rule, "src/store/x.rs", "fn f() { crate::probe::echo::go(); }", "store may not use probe");
    complains(rule, "src/model/x.rs", "use super::super::clock;", "model may not use clock");
    complains(rule, "src/model/mod.rs", "mod tests {\n    use super::super::clock;\n}", "model may not use clock");
    complains(rule, "src/clock.rs", "use super::platform;", "clock may not use platform");
    complains(rule, "src/engine/monitor/mod.rs", "use crate::clock;", "engine may not use clock");
    complains(rule, "src/engine/driver.rs", "use crate::cli;", "engine may not use cli");
    complains(rule, "src/gui/panel.rs", "use crate::store;", "gui may not use store");
    complains(rule, "src/bin/x.rs", "fn main() { network_logging::probe::go() }", "bin may not use probe");
    complains(rule, "src/surprise/mod.rs", "", "no rule");
}

#[test]
fn a_right_import_is_let_be() {
    let rule = import_direction;
    is_silent(rule, "src/engine/driver.rs", "use crate::{clock, model::{a, b}, store::log};\n/// [`crate::gui`]");
    is_silent(rule, "src/codec/x.rs", "//! [`crate::clock`] alone reads a clock.\nuse super::dns;");
    is_silent(rule, "src/codec/mod.rs", "mod tests {\n    use super::*;\n    use super::dns;\n}");
    is_silent(rule, "src/gui/jobs.rs", "use crate::store;");
}

// ---------------------------------------------------------------------------------------------------------------
// What the core may not touch.

/// Modules that only compute.
const PURE: &[&str] = &[
    "src/model/",
    "src/analysis/",
    "src/codec/",
    "src/report/",
    "src/simulation/",
    // The parts of the log viewer that compute.
    "src/log_view/hit_map.rs",
    "src/log_view/kind.rs",
    "src/log_view/line_index.rs",
    "src/log_view/pattern.rs",
    "src/log_view/shown.rs",
    "src/log_view/spans",
    // Decisions on deliveries, and samples of events.
    "src/integrations/push/delivery.rs",
    "src/integrations/push/series",
];

fn purity(file: &File) -> Vec<String> {
    if !PURE.iter().any(|folder| file.path.starts_with(folder)) {
        return Vec::new();
    }
    let code: String = file.product().iter().map(|(_, line)| (*line).to_owned() + "\n").collect();
    let mut touched: Vec<String> = first_names(&code, "std::")
        .into_iter()
        .filter(|name| ["env", "fs", "process", "thread"].contains(&name.as_str()))
        .collect();
    let words = ["TcpStream", "TcpListener", "UdpSocket", "ToSocketAddrs", "Instant", "stdin", "stdout", "stderr"];
    touched.extend(words.iter().filter(|word| code.contains(*word)).map(ToString::to_string));
    touched.iter().map(|name| format!("{}: the core may not use {name}", file.path)).collect()
}

#[test]
fn the_core_opens_nothing_and_reads_no_clock() {
    check(&rust_files("src"), purity);
}

#[test]
fn a_core_that_opens_something_is_found() {
    complains(purity, "src/analysis/x.rs", "use std::{fs, path::Path};", "fs");
    complains(purity, "src/codec/x.rs", "fn f() { std::thread::sleep(D); }", "thread");
    complains(purity, "src/model/x.rs", "use std::net::{IpAddr, UdpSocket};", "UdpSocket");
    is_silent(purity, "src/model/x.rs", "use std::{net::IpAddr, time::Duration};");
    is_silent(purity, "src/model/x.rs", "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}");
    is_silent(purity, "src/store/x.rs", "use std::fs;");
}

// ---------------------------------------------------------------------------------------------------------------
// Where the operating system may show.

fn one_system_only(file: &File) -> Vec<String> {
    let free = ["src/platform/", "src/probe/", "src/bin/"].iter().any(|folder| file.path.starts_with(folder));
    if free || file.path == "src/clock.rs" {
        return Vec::new();
    }
    let systems = ["target_os", "target_family", "target_env", "windows", "unix"];
    let names_one = |line: &str| line.contains("cfg") && systems.iter().any(|system| line.contains(system));
    let chooses = |line: &str| line.contains("cfg_select!") || names_one(line) || line.contains("std::os::");
    file.product()
        .into_iter()
        .filter(|(_, line)| chooses(line))
        .map(|(number, line)| format!("{}:{number}: only platform and probe know systems: {}", file.path, line.trim()))
        .collect()
}

#[test]
fn only_platform_and_probe_know_the_operating_system() {
    check(&rust_files("src"), one_system_only);
}

#[test]
fn a_system_that_shows_elsewhere_is_found() {
    let rule = one_system_only;
    complains(rule, "src/store/x.rs", "fn f() {}\n#[cfg(target_os = \"linux\")]\nfn g() {}", "src/store/x.rs:2");
    complains(rule, "src/cli/x.rs", "let x = cfg!(windows);", "platform");
    complains(rule, "src/engine/x.rs", "#[cfg_attr(not(unix), allow(unused))]", "platform");
    complains(rule, "src/cli/x.rs", "use std::os::unix::fs::PermissionsExt;", "platform");
    is_silent(rule, "src/probe/x.rs", "#[cfg(windows)]\nfn f() {}");
    is_silent(rule, "src/store/x.rs", "#[cfg(feature = \"gui\")]\nfn f() {} // unlike cfg(windows)");
    is_silent(rule, "src/store/x.rs", "#[cfg(test)]\nmod tests {\n    #[cfg(unix)]\n    fn f() {}\n}");
}

// ---------------------------------------------------------------------------------------------------------------
// Length, and things left undone.

/// Lines a file may have. A longer one has more than one subject.
const MAX_LINES: usize = 600;

fn length(file: &File) -> Vec<String> {
    let n_lines = file.text.lines().count();
    if n_lines <= MAX_LINES {
        return Vec::new();
    }
    vec![format!("{}: {n_lines} lines, which is more than {MAX_LINES}: split it by subject", file.path)]
}

fn undone(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    for (idx, line) in file.text.lines().enumerate() {
        for word in ["TODO", "FIXME", "XXX"] {
            if line.split(|character| !is_name(character)).any(|found| found == word) {
                complaints.push(format!("{}:{}: {word}: do it, or leave it out", file.path, idx + 1));
            }
        }
    }
    complaints
}

fn unwraps(file: &File) -> Vec<String> {
    // A folder of tests beside a module is a test module, though the mark stands in the file above it.
    if file.path.contains("/tests/") || file.path.ends_with("/tests.rs") {
        return Vec::new();
    }
    file.product()
        .into_iter()
        .filter(|(_, line)| line.contains(".unwrap()") || line.contains(".expect("))
        .map(|(number, _)| format!("{}:{number}: what is unwrapped here can end the program", file.path))
        .collect()
}

/// First words of a doc comment that name no thing and no action.
const VAGUE: &[&str] = &["What", "Whether", "How", "Its", "Their", "Who", "Whose", "Whom", "Where", "When", "Why"];

/// Doc comments that open with such a word. Help texts of the command line, which have no full stop, may.
fn vague_openings(file: &File) -> Vec<String> {
    if file.path.contains("/tests/") {
        return Vec::new();
    }
    let lines = file.product_with_comments();
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    let mut complaints = Vec::new();
    for (idx, (number, line)) in lines.iter().enumerate() {
        let text = line.trim_start().strip_prefix("///").or_else(|| line.trim_start().strip_prefix("//!"));
        let first = text.and_then(|text| text.split_whitespace().next()).unwrap_or_default();
        if !VAGUE.contains(&first) || (idx > 0 && is_comment(lines[idx - 1].1)) {
            continue;
        }
        let last = lines[idx..].iter().take_while(|(_, line)| is_comment(line)).last();
        if !file.path.starts_with("src/cli/") || last.is_some_and(|(_, line)| line.ends_with('.')) {
            complaints.push(format!("{}:{number}: open with a noun or a verb, not with {first}", file.path));
        }
    }
    complaints
}

#[test]
fn doc_comments_open_with_a_noun_or_a_verb() {
    check(&rust_files("src"), vague_openings);
    complains(vague_openings, "src/x.rs", "/// Whether it works.\nfn f() {}", "src/x.rs:1: ");
    complains(vague_openings, "src/x.rs", "fn f() {}\n\n    /// What it\n    /// does.\nfn g() {}", "src/x.rs:3: ");
    complains(vague_openings, "src/cli/x.rs", "/// How to write\n/// it.\nstruct S;", "src/cli/x.rs:1: ");
    is_silent(vague_openings, "src/x/tests/y.rs", "/// Whether it works.\nfn f() {}");
    is_silent(vague_openings, "src/cli/x.rs", "    /// How to write it\n    #[arg(long)]");
    is_silent(vague_openings, "src/x.rs", "/// True if it works.\n/// What else it does stands there.\nfn f() {}");
}

#[test]
fn files_are_short() {
    check(&rust_files("src"), length);
    check(&rust_files("tests"), length);
}

#[test]
fn nothing_is_left_undone_and_nothing_unwrapped() {
    let files = rust_files("src");
    check(&files, undone);
    check(&files, unwraps);
}

#[test]
fn long_undone_and_careless_files_are_found() {
    complains(length, "src/x.rs", &"\n".repeat(601), "601 lines");
    is_silent(length, "src/x.rs", &"\n".repeat(600));
    complains(undone, "src/x.rs", "fn f() {}\n// TODO: more", "src/x.rs:2: TODO");
    is_silent(undone, "src/x.rs", "const TODOS: usize = 1;");
    complains(unwraps, "src/x.rs", "fn f() {\n    g().unwrap();\n}", "src/x.rs:2");
    is_silent(unwraps, "src/x.rs", "/// ```\n/// f().unwrap();\n/// ```\nfn f() {}");
    is_silent(unwraps, "src/x.rs", "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn g() { f().unwrap() }\n}");
    is_silent(unwraps, "src/x/tests.rs", "fn g() { f().unwrap() }");
}

// ---------------------------------------------------------------------------------------------------------------
// Documents that must follow the code.

/// Names of the packages that a manifest asks for directly.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim_end_matches(']').ends_with("dependencies");
        } else if inside && line.starts_with(|first: char| first.is_ascii_lowercase()) {
            names.extend(line.split([' ', '=', '.']).next().map(str::to_owned));
        }
    }
    names.sort();
    names.dedup();
    names
}

/// Dependencies without a line of their own in a document.
fn unexplained(manifest: &str, document: &str) -> Vec<String> {
    let explains =
        |name: &str| document.lines().any(|line| line.starts_with('-') && line.contains(&format!("`{name}`")));
    dependencies(manifest).into_iter().filter(|name| !explains(name)).collect()
}

#[test]
fn every_dependency_is_explained() {
    let missing = unexplained(&File::read("Cargo.toml").text, &File::read("ARCHITECTURE.md").text);
    assert!(missing.is_empty(), "ARCHITECTURE.md has no line on {missing:?}: what for, why this one, features off");
}

#[test]
fn an_unexplained_dependency_is_found() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\nserde = \"1\"\ncsv = { version = \"1\" }\n[features]\ngui = []\n\
                    [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n[dev-dependencies]\nproptest = \"1\"\n";
    assert_eq!(["csv", "libc", "proptest", "serde"].map(str::to_owned).to_vec(), dependencies(manifest));
    let document = "- `serde` reads.\n- `libc`, `proptest`: more.\nAnd `csv` besides.\n";
    assert_eq!(["csv"].map(str::to_owned).to_vec(), unexplained(manifest, document));
}

/// Whether a change log has a section on the version.
fn tells_of(changelog: &str, version: &str) -> bool {
    changelog.lines().any(|line| line.starts_with(&format!("## [{version}]")))
}

#[test]
fn the_change_log_tells_of_this_version() {
    let changelog = File::read("CHANGELOG.md").text;
    assert!(tells_of(&changelog, env!("CARGO_PKG_VERSION")));
    assert!(!tells_of(&changelog, "99.0.0"));
}
