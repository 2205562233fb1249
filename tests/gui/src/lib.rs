//! What the tests of the window share: a window in a harness, with the demo or with a folder of its own.

use std::{path::Path, time::Duration};

use egui_kittest::Harness;
use network_logging::gui::{App, Language, Start};

/// A window of this size, in English and dark, that shows the demo.
pub fn demo(width: f32, height: f32) -> Harness<'static, App> {
    let mut harness = window(width, height, Start { demo_days: Some(3), ..Start::default() });
    wait_until(&mut harness, |app| !app.is_loading());
    harness
}

/// A window that has its configuration and its logs in this folder.
pub fn in_folder(folder: &Path) -> Harness<'static, App> {
    let start =
        Start { config: Some(folder.join("config.json")), log_dir: Some(folder.join("logs")), ..Start::default() };
    let mut harness = window(1280.0, 800.0, start);
    wait_until(&mut harness, |app| !app.is_loading());
    harness
}

/// A window as it opens.
pub fn window(width: f32, height: f32, start: Start) -> Harness<'static, App> {
    Harness::builder()
        .with_size([width, height])
        .build_eframe(move |cc| App::fresh(&cc.egui_ctx, &start, Language::English, true))
}

/// Draws until something holds, half a minute at most: slow work is done in other threads.
///
/// # Panics
///
/// When it never does.
pub fn wait_until(harness: &mut Harness<'static, App>, holds: impl Fn(&App) -> bool) {
    for _ in 0..600 {
        harness.run_steps(1);
        if holds(harness.state()) {
            harness.run_steps(2);
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it never happened");
}
