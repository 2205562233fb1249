//! `network-logging`: the window of Network Logging. Without a display it monitors in the terminal.

#![cfg_attr(all(windows, feature = "gui", not(debug_assertions)), windows_subsystem = "windows")]

use std::{ffi::OsString, process::ExitCode};

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    if let Some(args) = network_logging::cli::in_background(&args) {
        return network_logging::cli::run(args);
    }
    let args = match network_logging::cli::WindowArgs::parse(args) {
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
            renderer: args.renderer,
            monitors: args.start,
            ..gui::Start::default()
        };
        match gui::run(&start) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(why) if args.demo => return args.tell_no_demo(&why),
            Err(why) => args.tell_no_window(&why),
        }
    }
    if args.demo {
        return args.tell_no_demo(&"this program was built without its window");
    }
    args.run_in_terminal()
}
