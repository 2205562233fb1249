//! `netlog completions` and `netlog man`: made of the declaration of the command line itself, so they cannot differ from it.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Args, FINE};

const EXAMPLES: &str = "\
Examples:
  netlog completions bash > ~/.local/share/bash-completion/completions/netlog
  netlog completions zsh > ~/.zfunc/_netlog
  netlog completions fish > ~/.config/fish/completions/netlog.fish
  netlog completions powershell >> $PROFILE";

/// Arguments of `netlog completions`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Arguments of `netlog man`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ManArgs {
    /// Folder the pages are written to, one for each subcommand
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn completions(args: &CompletionsArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "netlog", &mut text);
    out.write_all(&text)?;
    Ok(ExitCode::from(FINE))
}

pub(super) fn man(args: &ManArgs, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    clap_mangen::generate_to(Args::command().disable_help_subcommand(true), &args.out)
        .with_context(|| format!("cannot write to {}", args.out.display()))?;
    writeln!(out, "the manual is in {}", args.out.display())?;
    Ok(ExitCode::from(FINE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_can_complete_and_every_command_has_a_page() {
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let mut text = Vec::new();
            completions(&CompletionsArgs { shell: shell.parse().unwrap() }, &mut text).unwrap();
            let text = String::from_utf8(text).unwrap();
            assert!(text.contains("schedule") && text.contains("log-dir"), "{shell}");
        }
        let dir = tempfile::tempdir().unwrap();
        man(&ManArgs { out: dir.path().to_owned() }, &mut Vec::new()).unwrap();
        let page = std::fs::read_to_string(dir.path().join("netlog-schedule-install.1")).unwrap();
        assert!(page.contains("netlog schedule install") && page.contains("mon\\-fri"), "{page}");
        let main = std::fs::read_to_string(dir.path().join("netlog.1")).unwrap();
        assert!(main.contains("netlog\\-trace(1)") && !main.contains("netlog\\-man(1)"), "{main}");
    }
}
