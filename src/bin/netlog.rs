//! `netlog`: the command line of Network Logging.

use std::process::ExitCode;

fn main() -> ExitCode {
    network_logging::cli::run(std::env::args_os())
}
