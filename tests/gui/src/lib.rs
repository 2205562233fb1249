//! What the tests of the window share: a window in a harness, with the demo or with a folder of its own.

mod raster;

use std::{path::Path, time::Duration};

use eframe::egui::{Rect, Shape, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::{App, Language, Start};

pub use raster::Raster;

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

/// Writes a configuration that asks nobody but this computer.
///
/// # Errors
///
/// When the folder cannot be written to.
pub fn only_here(folder: &Path) -> std::io::Result<()> {
    let config = r#"{
        "gateway": "127.0.0.1", "targets": ["127.0.0.2", "127.0.0.3"], "ipv6_targets": [],
        "isp_targets": ["127.0.0.4"], "dns_servers": ["127.0.0.1"], "public_resolvers": [], "tcp_test_ip": "",
        "http_url": "http://127.0.0.1:9", "http_urls": [], "http_ip_url": "", "captive_portal_url": "",
        "trace_host": "127.0.0.2", "mtr_targets": [], "mtr_baseline_enabled": false, "ping_interval_sec": 2
    }"#;
    std::fs::write(folder.join("config.json"), config)
}

/// A window as it opens.
pub fn window(width: f32, height: f32, start: Start) -> Harness<'static, App> {
    Harness::builder()
        .with_size([width, height])
        .build_eframe(move |cc| App::fresh(&cc.egui_ctx, &start, Language::English, true))
}

/// Begins to monitor, by the button at the upper right.
pub fn start_monitoring(harness: &mut Harness<'static, App>) {
    harness.get_by_label("Start").click();
    wait_until(harness, App::is_monitoring);
}

/// Asks the window to close, as the desktop does. Gives what the window asks of the desktop in turn.
pub fn request_close(harness: &mut Harness<'static, App>) -> Vec<ViewportCommand> {
    harness.input_mut().viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
    harness.step();
    commands(harness)
}

/// What the window asked of the desktop in the last frame.
pub fn commands(harness: &Harness<'static, App>) -> Vec<ViewportCommand> {
    let output = harness.output().viewport_output.get(&ViewportId::ROOT);
    output.map(|output| output.commands.clone()).unwrap_or_default()
}

/// Looks until a wait for work of other threads is given up: two minutes. A busy disk may take half a minute to save one
/// file.
const LOOKS: u32 = 4800;
/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Draws until something holds, for some minutes at most. False when it never does.
#[must_use]
pub fn comes_true(harness: &mut Harness<'static, App>, holds: impl Fn(&Harness<'static, App>) -> bool) -> bool {
    for _ in 0..LOOKS {
        // A panel is drawn in the frame after the key.
        harness.run_steps(2);
        if holds(harness) {
            return true;
        }
        std::thread::sleep(PAUSE);
    }
    false
}

/// Draws until the window is in some state.
///
/// # Panics
///
/// When it is not within two minutes.
#[track_caller]
pub fn wait_until(harness: &mut Harness<'static, App>, holds: impl Fn(&App) -> bool) {
    assert!(comes_true(harness, |harness| holds(harness.state())), "it never happened");
    harness.run_steps(2);
}

/// Texts of the last frame that cannot be read: drawn over each other, cut at a side, or half out of the window.
/// Icons are no texts, and what is cut above or below is being scrolled.
pub fn unreadable(harness: &Harness<'static, App>) -> Vec<String> {
    let screen = harness.ctx.content_rect();
    let mut texts: Vec<(String, Rect)> = Vec::new();
    let mut faults = Vec::new();
    for clipped in &harness.output().shapes {
        let clip = clipped.clip_rect.intersect(screen);
        each_text(&clipped.shape, &mut |text, ink, is_cut_short| {
            if is_cut_short && ink.right() < NAVIGATION {
                faults.push(format!("cut short: {text:?}"));
            }
            let seen = ink.intersect(clip);
            if seen.width() <= 1.0 || seen.height() <= 1.0 {
                return;
            }
            if ink.left() < clip.left() - 1.0 || ink.right() > clip.right() + 1.0 {
                faults.push(format!("cut: {text:?} at {ink:?} by {clip:?}"));
            }
            let is_over = |(other, place): &&(String, Rect)| {
                let both = place.intersect(seen);
                // The same text at the same place is drawn twice where something is marked.
                both.width() > 1.5 && both.height() > 1.5 && (other != text || place.distance_to_pos(seen.min) > 0.5)
            };
            if let Some((other, place)) = texts.iter().find(is_over) {
                faults.push(format!("over each other: {other:?} at {place:?} and {text:?} at {seen:?}"));
            }
            texts.push((text.to_owned(), seen));
        });
    }
    if texts.len() <= 10 {
        faults.push(format!("hardly anything was drawn: {texts:?}"));
    }
    faults
}

/// Words of the last frame that are broken in their middle, as by a column that is narrower than they are, and stretches
/// without any text, higher than `most`, between texts beside the navigation. Names of files may be broken anywhere.
pub fn gaps(harness: &Harness<'static, App>, most: f32) -> Vec<String> {
    let screen = harness.ctx.content_rect();
    let mut faults = Vec::new();
    let mut rows: Vec<(f32, f32, String)> = Vec::new();
    for clipped in &harness.output().shapes {
        let clip = clipped.clip_rect.intersect(screen);
        each_galley(&clipped.shape, &mut |text| {
            let said = text.galley.text();
            let place = text.galley.rect.translate(text.pos.to_vec2());
            if place.left() < 64.0 || !place.intersects(clip) {
                return;
            }
            rows.push((place.top(), place.bottom(), said.to_owned()));
            let lines: Vec<String> =
                text.galley.rows.iter().map(|row| row.glyphs.iter().map(|glyph| glyph.chr).collect()).collect();
            for (above, below) in lines.iter().zip(lines.iter().skip(1)) {
                let end = above.split_whitespace().next_back().unwrap_or_default();
                let is_file = |word: &str| word.contains(['/', '\\', '.', ':', '_']);
                let is_broken = above.ends_with(char::is_alphanumeric) && below.starts_with(char::is_alphanumeric);
                if is_broken && !is_file(end) && !is_file(below) {
                    faults.push(format!("broken: {above:?} and {below:?} of {said:?}"));
                }
            }
        });
    }
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut end = rows.first().map_or(0.0, |row| row.0);
    for (top, bottom, said) in rows {
        if top - end > most {
            faults.push(format!("{:.0} points without text above {said:?}", top - end));
        }
        end = end.max(bottom);
    }
    faults
}

/// All texts of a shape.
fn each_galley(shape: &Shape, take: &mut impl FnMut(&eframe::epaint::TextShape)) {
    match shape {
        Shape::Vec(all) => all.iter().for_each(|shape| each_galley(shape, take)),
        Shape::Text(text) => take(text),
        _ => {}
    }
}

/// So wide is the navigation where it has words; all of them are short enough.
const NAVIGATION: f32 = 204.0;

/// All texts of a shape with the place of their ink, and whether they end in "…".
fn each_text(shape: &Shape, take: &mut impl FnMut(&str, Rect, bool)) {
    match shape {
        Shape::Vec(all) => all.iter().for_each(|shape| each_text(shape, take)),
        Shape::Text(text) => {
            let said = text.galley.text();
            let is_icon = said.chars().all(|c| c.is_whitespace() || ('\u{e000}'..='\u{f8ff}').contains(&c));
            if !is_icon && text.angle == 0.0 {
                for row in &text.galley.rows {
                    let said: String = row.glyphs.iter().map(|glyph| glyph.chr).collect();
                    let ink = row.visuals.mesh_bounds.translate(text.pos.to_vec2() + row.pos.to_vec2());
                    take(&said, ink, text.galley.elided);
                }
            }
        }
        _ => {}
    }
}

/// Draws until something of this name is there.
///
/// # Panics
///
/// When it is not within two minutes.
#[track_caller]
pub fn settle(harness: &mut Harness<'static, App>, label: &str) {
    let shows = |harness: &Harness<'static, App>| harness.query_all_by_label_contains(label).next().is_some();
    assert!(comes_true(harness, shows), "{label:?} never showed");
}
