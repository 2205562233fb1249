//! The one place that starts programs: those of the system's schedulers, for `netlog schedule` and the window's panel
//! of it, what asks for an administrator's permission, and, as root, this program again (`netlog schedule work`), which
//! becomes the account that owns a folder.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Read, Write as _},
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::clock;

/// A program of a scheduler that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(30);
/// Between two looks at whether it has ended.
const PAUSE: Duration = Duration::from_millis(10);
/// More than this is not taken from it.
const MAX_OUTPUT: u64 = 4 * 1024 * 1024;

/// Result of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Output {
    /// Exit code of the program; `None` when a signal ended it.
    pub(super) code: Option<i32>,
    /// Standard output of the program. What is no UTF-8 is replaced.
    pub(super) stdout: String,
    /// Standard error of the program. What is no UTF-8 is replaced.
    pub(super) stderr: String,
    /// True if nothing in the standard output was replaced or cut off.
    pub(super) is_exact: bool,
}

impl Output {
    pub(super) fn is_success(&self) -> bool {
        self.code == Some(0)
    }
}

/// Reason for which a program gave no result, or failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The system has no such program, or does not start it.
    #[error("cannot start \"{program}\"")]
    Start {
        /// The program.
        program: String,
        /// Error of the system.
        source: io::Error,
    },
    /// It did not end in time and was ended.
    #[error("\"{program}\" has not ended within {seconds} s and was stopped; try again later", seconds = .limit.as_secs())]
    Late {
        /// The program.
        program: String,
        /// Time that it was given.
        limit: Duration,
    },
    /// It says that it failed.
    #[error("\"{line}\" failed: {said}")]
    Failed {
        /// The program and its arguments.
        line: String,
        /// Message of the program; its exit code when it printed none.
        said: String,
    },
}

impl CommandError {
    /// True if there is no such program.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Start { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Runs a program to its end, in the C locale and in UTC, and hands it `input`.
///
/// # Errors
///
/// When it cannot be started or does not end. That it fails is none.
pub(super) fn run(words: &[String], input: &str) -> Result<Output, CommandError> {
    run_for(words, input, LIMIT)
}

/// The same with a time-out of its own.
pub(super) fn run_for(words: &[String], input: &str, limit: Duration) -> Result<Output, CommandError> {
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    run_to_end(&words, input, limit)
}

/// The same as [`run`] with words that may be no text, such as paths.
pub(super) fn run_with(words: &[OsString], input: &str) -> Result<Output, CommandError> {
    run_to_end(words, input, LIMIT)
}

fn run_to_end(words: &[OsString], input: &str, limit: Duration) -> Result<Output, CommandError> {
    let Some((program, args)) = words.split_first() else { return Ok(Output::default()) };
    let name = || program.to_string_lossy().into_owned();
    let start = |source| CommandError::Start { program: name(), source };
    let mut child = child(program, args).map_err(start)?;
    let stdout = reader(child.stdout.take()).map_err(start)?;
    let stderr = reader(child.stderr.take()).map_err(start)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that takes no input has failed, and says so.
        stdin.write_all(input.as_bytes()).ok();
    }
    let give_up = clock::now().mono + limit;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(start)? {
            break status;
        }
        if clock::now().mono >= give_up {
            child.kill().ok();
            child.wait().ok();
            return Err(CommandError::Late { program: name(), limit });
        }
        thread::sleep(PAUSE);
    };
    let bytes = |reader: JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    let (stdout, stderr) = (bytes(stdout), bytes(stderr));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let is_whole = u64::try_from(stdout.len()).is_ok_and(|length| length < MAX_OUTPUT);
    Ok(Output {
        code: status.code(),
        stdout: text(&stdout),
        stderr: text(&stderr),
        is_exact: is_whole && std::str::from_utf8(&stdout).is_ok(),
    })
}

/// The same, for one that must not fail.
///
/// # Errors
///
/// When it cannot be started, does not end, or fails.
pub(super) fn succeed(words: &[String], input: &str) -> Result<Output, CommandError> {
    check(words, run(words, input)?)
}

/// Returns the output of a program that must not fail, or the error when it did.
pub(super) fn check(words: &[String], output: Output) -> Result<Output, CommandError> {
    if output.is_success() {
        return Ok(output);
    }
    let said = [&output.stderr, &output.stdout].map(|text| text.trim().to_owned());
    let said = said.into_iter().find(|text| !text.is_empty());
    let said = said.unwrap_or_else(|| format!("exit code {}", output.code.unwrap_or(-1)));
    Err(CommandError::Failed { line: words.join(" "), said })
}

/// A word as programs on Windows take their command line apart (`CommandLineToArgvW`).
pub(super) fn quote_for_windows(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '"']) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for character in word.chars() {
        if character == '"' {
            quoted.push_str(&"\\".repeat(backslashes + 1));
        }
        backslashes = if character == '\\' { backslashes + 1 } else { 0 };
        quoted.push(character);
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted + "\""
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
fn child(program: &OsStr, args: &[OsString]) -> io::Result<Child> {
    let mut command = Command::new(place(program));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("LC_ALL", "C.UTF-8").env("LANGUAGE", "").env("TZ", "UTC").env("SYSTEMD_PAGER", "");
    #[cfg(windows)]
    {
        // No console of its own that could flash.
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NO_WINDOW);
    }
    command.spawn()
}

/// The program as the system is asked for it.
#[cfg(not(windows))]
fn place(program: &OsStr) -> &OsStr {
    program
}

/// The program as the system is asked for it: a bare name is that of a tool of Windows, and is not looked for beside
/// this program, where somebody may have put another.
#[cfg(windows)]
fn place(program: &OsStr) -> OsString {
    use std::path::Path;

    let Some(system) = super::imp::system_folder().filter(|_| Path::new(program).components().count() == 1) else {
        return program.to_owned();
    };
    let folder = if program == "powershell" { system.join("WindowsPowerShell\\v1.0") } else { system };
    folder.join(program).with_extension("exe").into_os_string()
}

fn reader(from: Option<impl Read + Send + 'static>) -> io::Result<JoinHandle<Vec<u8>>> {
    thread::Builder::new().name("output".into()).stack_size(256 * 1024).spawn(move || {
        let mut bytes = Vec::new();
        if let Some(from) = from {
            // Whatever came until then.
            from.take(MAX_OUTPUT).read_to_end(&mut bytes).ok();
        }
        bytes
    })
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_program_gets_its_input_and_tells_its_outcome() {
        let output = run(&sh("cat; echo bad >&2; exit 3"), "in").unwrap();
        let expected = Output { code: Some(3), stdout: "in".into(), stderr: "bad\n".into(), is_exact: true };
        assert_eq!(expected, output);
        let output = run(&sh("echo $LC_ALL $TZ"), "").unwrap();
        assert_eq!(("C.UTF-8 UTC\n", true), (output.stdout.as_str(), output.is_success()));
    }

    #[test]
    fn what_is_no_utf_8_is_told() {
        let output = run(&sh("printf 'f\\374r'"), "").unwrap();
        assert_eq!(("f\u{fffd}r", false), (output.stdout.as_str(), output.is_exact));
    }

    #[test]
    fn what_fails_says_what_it_said() {
        let error = succeed(&sh("echo no >&2; exit 1"), "").unwrap_err();
        assert_eq!("\"sh -c echo no >&2; exit 1\" failed: no", error.to_string());
        let error = run(&["no-such-program-at-all".into()], "").unwrap_err();
        assert!(error.is_missing(), "{error}");
    }
}
