//! Running one command with an administrator's rights, for which the system asks in a dialog of its own: polkit on
//! Linux, macOS' own question for a password, User Account Control on Windows.

use std::time::Duration;

use super::command::{self, CommandError};

/// A person who is asked for a password may look for it.
const LIMIT: Duration = Duration::from_mins(5);

/// Reason for which a command was not run as an administrator, or failed as one.
#[derive(Debug, thiserror::Error)]
pub enum ElevateError {
    /// Whoever was asked said no, or may not say yes.
    #[error("the administrator's permission was not given")]
    Declined,
    /// There is nobody to ask: no dialog can be shown here.
    #[error("the system cannot ask for the administrator's permission here{}", if .0.is_empty() { String::new() } else { format!(" ({})", .0) })]
    NoDialog(String),
    /// It was run, and failed.
    #[error("it was not done: {0}")]
    Failed(String),
    /// It could not be run.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// A way to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Polkit,
    AppleScript,
    Uac,
}

/// Runs a program with an administrator's rights and waits until it has ended. What it printed, where the system hands
/// that over.
///
/// # Errors
///
/// When the permission is not given, nobody can be asked, or the program fails.
pub fn run(words: &[String]) -> Result<String, ElevateError> {
    let way = if cfg!(windows) {
        Way::Uac
    } else if cfg!(target_os = "macos") {
        Way::AppleScript
    } else {
        Way::Polkit
    };
    match command::run_for(&way.spell(words), "", LIMIT) {
        Ok(output) => way.read(output),
        Err(error) if error.is_missing() => Err(ElevateError::NoDialog(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

impl Way {
    /// The command that asks, and runs `words` then.
    fn spell(self, words: &[String]) -> Vec<String> {
        match self {
            Self::Polkit => {
                // Without this it would ask on a terminal that nobody looks at.
                let ask = ["pkexec", "--disable-internal-agent"].map(str::to_owned);
                ask.into_iter().chain(words.iter().cloned()).collect()
            }
            Self::AppleScript => {
                let script = shell(words).replace('\\', "\\\\").replace('"', "\\\"");
                let script = format!("do shell script \"{script}\" with administrator privileges");
                vec!["osascript".into(), "-e".into(), script]
            }
            Self::Uac => {
                let (program, args) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
                let args: Vec<String> = args.iter().map(|word| command::quote_for_windows(word)).collect();
                let list = if args.is_empty() {
                    String::new()
                } else {
                    format!(" -ArgumentList {}", for_powershell(&args.join(" ")))
                };
                // 126 is what polkit says too when somebody said no.
                let script = format!(
                    "try {{ $p = Start-Process -FilePath {}{list} -Verb RunAs -WindowStyle Hidden -Wait -PassThru \
                     -ErrorAction Stop }} catch {{ [Console]::Error.WriteLine($_.Exception.Message); exit 126 }}; \
                     exit $p.ExitCode",
                    for_powershell(program)
                );
                ["powershell", "-NoProfile", "-NonInteractive", "-Command", &script].map(str::to_owned).to_vec()
            }
        }
    }

    /// Reads the result of the command: its standard output, or the reason for which it was not run or failed.
    fn read(self, output: command::Output) -> Result<String, ElevateError> {
        let said = [&output.stderr, &output.stdout].map(|text| text.trim().to_owned());
        let said = said.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        match (self, output.code) {
            (_, Some(0)) => Ok(output.stdout),
            (Self::Polkit | Self::Uac, Some(126)) => Err(ElevateError::Declined),
            // pkexec(1): not authorised (a no with some agents, a wrong password with all), or there is no agent to
            // ask.
            (Self::Polkit, Some(127)) if said.contains("Not authorized") => Err(ElevateError::Declined),
            (Self::Polkit, Some(127)) => Err(ElevateError::NoDialog(said)),
            (Self::AppleScript, _) if said.contains("(-128)") => Err(ElevateError::Declined),
            (_, code) if said.is_empty() => Err(ElevateError::Failed(
                code.map_or_else(|| "a signal ended it".into(), |code| format!("exit code {code}")),
            )),
            _ => Err(ElevateError::Failed(said)),
        }
    }
}

/// A text as `PowerShell` reads it back, which takes four more characters for the quote that ends it.
fn for_powershell(text: &str) -> String {
    let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    let mut literal = String::from("'");
    for character in text.chars() {
        literal.extend(std::iter::repeat_n(character, if is_quote(character) { 2 } else { 1 }));
    }
    literal + "'"
}

/// Words as a shell reads them back.
pub fn shell(words: &[String]) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@+".contains(c);
    let quote = |word: &String| {
        if !word.is_empty() && word.chars().all(is_plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{command::Output, *};

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn commands_are_spelled_so_that_a_shell_reads_them_back() {
        let words = words(&["netlog", "--log-dir", "/home/it's me", "", "a=b"]);
        assert_eq!("netlog --log-dir '/home/it'\\''s me' '' a=b", shell(&words));
    }

    #[test]
    fn each_system_is_asked_in_its_own_way() {
        let command = words(&["/opt/my app/netlog", "schedule", "it's \"x\""]);
        assert_eq!(
            words(&["pkexec", "--disable-internal-agent", "/opt/my app/netlog", "schedule", "it's \"x\""]),
            Way::Polkit.spell(&command)
        );
        assert_eq!(
            "do shell script \"'/opt/my app/netlog' schedule 'it'\\\\''s \\\"x\\\"'\" with administrator privileges",
            Way::AppleScript.spell(&command)[2]
        );
        let uac = Way::Uac.spell(&command).remove(4);
        assert!(
            uac.contains(
                "Start-Process -FilePath '/opt/my app/netlog' -ArgumentList 'schedule \"it''s \\\"x\\\"\"' -Verb RunAs"
            ),
            "{uac}"
        );
    }

    #[test]
    fn no_quote_ends_a_text_for_powershell() {
        for (expected, text) in [
            ("'plain'", "plain"),
            ("'O\u{2019}\u{2019}Brien'", "O\u{2019}Brien"),
            ("'a''b\u{2018}\u{2018}c\u{201a}\u{201a}d\u{201b}\u{201b}'", "a'b\u{2018}c\u{201a}d\u{201b}"),
        ] {
            assert_eq!(expected, for_powershell(text));
        }
    }

    #[test]
    fn a_no_is_told_from_a_failure() {
        let output = |code, stderr: &str| Output {
            code: Some(code),
            stderr: stderr.into(),
            is_exact: true,
            ..Output::default()
        };
        assert!(matches!(Way::Polkit.read(output(126, "dismissed")), Err(ElevateError::Declined)));
        let no =
            output(127, "Error executing command as another user: Not authorized\n\nThis incident has been reported.");
        assert!(matches!(Way::Polkit.read(no), Err(ElevateError::Declined)));
        let nobody = output(127, "Error executing command as another user: No authentication agent found.");
        assert!(matches!(Way::Polkit.read(nobody), Err(ElevateError::NoDialog(_))));
        assert!(matches!(Way::Uac.read(output(126, "canceled")), Err(ElevateError::Declined)));
        let canceled = output(1, "execution error: User canceled. (-128)");
        assert!(matches!(Way::AppleScript.read(canceled), Err(ElevateError::Declined)));
        let failed = Way::Polkit.read(output(2, "netlog: no")).unwrap_err();
        assert_eq!("it was not done: netlog: no", failed.to_string());
        assert!(Way::Polkit.read(output(0, "")).is_ok());
    }
}
