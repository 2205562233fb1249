//! Every panel in every size, both languages and both themes: no text is cut or drawn over another one.

use eframe::egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Theme, TouchPhase, Vec2, accesskit::Role};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::{App, Language, Start};
use network_logging_gui_tests::{comes_true, gaps, only_here, request_close, settle, unreadable, wait_until};

/// Sizes in pixels, and how large everything is shown.
const SIZES: [(f32, f32, f32); 4] =
    [(1280.0, 800.0, 1.0), (1920.0, 1080.0, 1.0), (1920.0, 1080.0, 2.0), (1280.0, 800.0, 1.6)];

const PANELS: [(&str, Key); 5] = [
    ("activity", Key::Num3),
    ("path", Key::Num4),
    ("scheduler", Key::Num7),
    ("integrations", Key::Num8),
    ("settings", Key::Num9),
];

fn open((width, height, zoom): (f32, f32, f32), language: Language, is_dark: bool) -> Harness<'static, App> {
    let size = [width / zoom, height / zoom];
    let theme = if is_dark { Theme::Dark } else { Theme::Light };
    let builder = Harness::builder().with_size(size).with_theme(theme).with_pixels_per_point(zoom);
    let mut harness = builder.build_eframe(move |cc| {
        App::fresh(&cc.egui_ctx, &Start { demo_days: Some(3), ..Start::default() }, language, is_dark)
    });
    wait_until(&mut harness, |app| !app.is_loading());
    harness
}

fn look(harness: &mut Harness<'static, App>, what: &str, faults: &mut Vec<String>) {
    harness.run_steps(6);
    faults.extend(unreadable(harness).into_iter().map(|fault| format!("{what}: {fault}")));
}

/// Draws until none of these is there.
#[track_caller]
fn until_gone(harness: &mut Harness<'static, App>, labels: &[&str]) {
    let is_gone = |harness: &Harness<'static, App>, label| harness.query_all_by_label_contains(label).next().is_none();
    assert!(comes_true(harness, |harness| labels.iter().all(|label| is_gone(harness, label))), "{labels:?} stayed");
}

fn check(language: Language, is_dark: bool) {
    let mut faults = Vec::new();
    let (tickets, list, first) = match language {
        Language::English => ("Fault reports", "Outages", "Show last outage"),
        Language::German => ("Störungsmeldungen", "Ausfälle", "Letzten Ausfall zeigen"),
    };
    for size in SIZES {
        let mut harness = open(size, language, is_dark);
        let mut at = |harness: &mut Harness<'static, App>, what: &str| {
            look(harness, &format!("{what} {size:?} {language:?}"), &mut faults);
        };
        at(&mut harness, "dashboard");
        harness.get_by_label(first).click();
        at(&mut harness, "an outage");
        harness.get_by_label(tickets).click();
        at(&mut harness, "fault reports");
        harness.get_all_by_label(list).last().unwrap().click();
        for (what, key) in PANELS {
            harness.key_press_modifiers(Modifiers::COMMAND, key);
            match what {
                "scheduler" => until_gone(&mut harness, &["Asking the system", "Das System wird gefragt"]),
                "integrations" => {
                    until_gone(&mut harness, &["Looking at the integrations", "Anbindungen werden abgefragt"]);
                }
                _ => {}
            }
            at(&mut harness, what);
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_text_is_cut_or_covered_in_english_and_dark() {
    check(Language::English, true);
}

#[test]
fn no_text_is_cut_or_covered_in_german_and_light() {
    check(Language::German, false);
}

/// Sizes in which the settings are narrow: small windows, and large letters.
const NARROW: [(f32, f32, f32); 5] =
    [(900.0, 600.0, 1.0), (960.0, 640.0, 1.0), (1920.0, 1080.0, 2.0), (1920.0, 1080.0, 3.0), (760.0, 520.0, 1.0)];

#[test]
fn the_settings_have_no_broken_words_and_no_holes_where_they_are_narrow() {
    let mut faults = Vec::new();
    for size in NARROW {
        for language in [Language::English, Language::German] {
            let mut harness = open(size, language, true);
            harness.key_press_modifiers(Modifiers::COMMAND, Key::Num9);
            let what = format!("settings {size:?} {language:?}");
            // Page by page, down to the last setting.
            for page in 0..30 {
                let mut seen = Vec::new();
                look(&mut harness, &format!("{what} page {page}"), &mut seen);
                // A field shows the beginning of what is longer than it.
                faults.extend(seen.into_iter().filter(|fault| !fault.contains("cut: \"https://")));
                faults.extend(gaps(&harness, 70.0).into_iter().map(|fault| format!("{what} page {page}: {fault}")));
                let middle = harness.ctx.content_rect().center();
                harness.event(Event::PointerMoved(middle));
                let delta = Vec2::new(0.0, -0.8 * harness.ctx.content_rect().height());
                harness.event(Event::MouseWheel {
                    unit: MouseWheelUnit::Point,
                    delta,
                    phase: TouchPhase::Move,
                    source: MouseWheelSource::Unknown,
                    modifiers: Modifiers::NONE,
                });
            }
        }
    }
    faults.dedup();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_question_before_closing_can_be_read_where_the_window_is_small() {
    let dir = tempfile::tempdir().unwrap();
    only_here(dir.path()).unwrap();
    let mut faults = Vec::new();
    for (width, height) in [(1280.0, 800.0), (760.0, 520.0), (640.0, 400.0)] {
        for language in [Language::English, Language::German] {
            let (config, log_dir) = (dir.path().join("config.json"), dir.path().join("logs"));
            let start = Start { config: Some(config), log_dir: Some(log_dir), monitors: true, ..Start::default() };
            let mut harness = Harness::builder()
                .with_size([width, height])
                .build_eframe(move |cc| App::fresh(&cc.egui_ctx, &start, language, true));
            wait_until(&mut harness, App::is_monitoring);
            harness.key_press_modifiers(Modifiers::COMMAND, Key::Num9);
            harness.run_steps(3);
            request_close(&mut harness);
            harness.run_steps(3);
            let screen = harness.ctx.content_rect();
            let names = match language {
                Language::English => [(Role::Label, "Keep watching the line?"), (Role::Button, "Do not close")],
                Language::German => [(Role::Label, "Leitung weiter beobachten?"), (Role::Button, "Nicht schließen")],
            };
            for (role, name) in names {
                let place = harness.get_by_role_and_label(role, name).rect();
                if !screen.contains_rect(place) {
                    faults.push(format!("{name:?} at {place:?} is not in {screen:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_text_of_reports_and_logs_is_cut_or_covered() {
    let dir = crate::reports::folder();
    let mut faults = Vec::new();
    for (width, height, zoom) in SIZES {
        for language in [Language::English, Language::German] {
            let (config, log_dir) = (dir.path().join("config.json"), dir.path().join("logs"));
            let start = Start { config: Some(config), log_dir: Some(log_dir), ..Start::default() };
            let size = [width / zoom, height / zoom];
            let mut harness = Harness::builder()
                .with_size(size)
                .with_pixels_per_point(zoom)
                .build_eframe(move |cc| App::fresh(&cc.egui_ctx, &start, language, true));
            wait_until(&mut harness, |app| !app.is_loading());
            let what = format!("{size:?} {language:?}");
            look(&mut harness, &format!("first page {what}"), &mut faults);
            harness.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
            let (all, title) = match language {
                Language::English => ("All that was logged", "Availability"),
                Language::German => ("Alles Protokollierte", "Verfügbarkeit"),
            };
            harness.run_steps(3);
            harness.get_by_label(all).click();
            settle(&mut harness, title);
            // What says that a report is being made lies over it.
            until_gone(&mut harness, &["Making the report", "Bericht wird erstellt"]);
            look(&mut harness, &format!("reports {what}"), &mut faults);
            harness.key_press_modifiers(Modifiers::COMMAND, Key::Num5);
            // The list is read in another thread, and a narrow window shows it on request alone.
            for _ in 0..20 {
                harness.run_steps(1);
                std::thread::sleep(std::time::Duration::from_millis(25));
            }
            look(&mut harness, &format!("logs {what}"), &mut faults);
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
