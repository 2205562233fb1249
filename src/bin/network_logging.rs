//! `network-logging`: the window of Network Logging. Without one it monitors in the terminal.

use std::process::ExitCode;

fn main() -> ExitCode {
    network_logging::cli::run_without_window(std::env::args_os())
}
