//! The main panels as pictures, which are compared with those in `tests/gui/pictures`, pixel by pixel.
//!
//! After a change that is meant: `UPDATE_SNAPSHOTS=1 cargo test -p network-logging-gui-tests pictures`, and look at each.

use std::{env, path::Path, process::Command, time::Duration};

use eframe::egui::{Key, Modifiers, Theme};
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use network_logging::{
    gui::{App, Language, Start},
    model::time::Moment,
};
use network_logging_gui_tests::{Raster, wait_until};

/// Name, key, and the size it is drawn in.
const PANELS: [(&str, Key, [f32; 2]); 5] = [
    ("dashboard", Key::Num1, [1280.0, 800.0]),
    ("outages", Key::Num2, [960.0, 600.0]),
    ("activity", Key::Num3, [760.0, 520.0]),
    ("path", Key::Num4, [1120.0, 640.0]),
    ("reports", Key::Num6, [960.0, 640.0]),
];

#[test]
fn panels_look_as_they_did() {
    // Times on the wall are in the pictures, and the time zone of a process is set before it starts.
    if env::var_os("TZ").is_none_or(|zone| zone != "UTC") {
        let mut command = Command::new(env::current_exe().unwrap());
        let command = command.args(["--exact", "pictures::panels_look_as_they_did", "--nocapture"]).env("TZ", "UTC");
        let done = command.output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures");
    let options = SnapshotOptions::new().output_path(folder);
    let mut results = SnapshotResults::new();
    for (theme, language) in [("dark", Language::English), ("light", Language::German)] {
        let mut harness = standing_still(language, theme == "dark");
        wait_until(&mut harness, |app| !app.is_loading());
        for (panel, key, size) in PANELS {
            harness.set_size(size.into());
            harness.key_press_modifiers(Modifiers::COMMAND, key);
            // Whatever moves into its place has arrived by then.
            harness.run_steps(20);
            results.add(harness.try_snapshot_options(format!("{panel}_{theme}"), &options));
        }
    }
    results.unwrap();
}

/// The demo at one moment that does not pass.
fn standing_still(language: Language, is_dark: bool) -> Harness<'static, App> {
    let day = Duration::from_hours(24);
    let stands_at = Moment { wall: "2026-03-18T14:35:00Z".parse().unwrap(), mono: day, awake: day };
    let start = Start { demo_days: Some(3), stands_at: Some(stands_at), ..Start::default() };
    Harness::builder()
        .with_theme(if is_dark { Theme::Dark } else { Theme::Light })
        .renderer(Raster::default())
        .build_eframe(move |cc| App::fresh(&cc.egui_ctx, &start, language, is_dark))
}
