//! `network-logging`: the window of Network Logging. Without a display it monitors in the terminal.

#![cfg_attr(all(windows, feature = "gui", not(debug_assertions)), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match network_logging::cli::WindowArgs::parse(std::env::args_os()) {
        Ok(args) => args,
        Err(code) => return code,
    };
    #[cfg(feature = "gui")]
    if !args.terminal {
        use network_logging::gui;
        let start = gui::Start {
            config: args.config(),
            log_dir: args.log_dir(),
            demo_days: args.demo.then_some(30),
            renderer: None,
            monitors: args.start,
        };
        match gui::run(&start) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(why) => args.tell_no_window(&why),
        }
    }
    args.run_in_terminal()
}
