//! Every panel in every size, both languages and both themes: no text is cut or drawn over another one.

use eframe::egui::{Key, Modifiers, Theme};
use egui_kittest::{Harness, kittest::Queryable as _};
use network_logging::gui::{App, Language, Start};
use network_logging_gui_tests::{settle, unreadable, wait_until};

/// Sizes in pixels, and how large everything is shown.
const SIZES: [(f32, f32, f32); 4] =
    [(1280.0, 800.0, 1.0), (1920.0, 1080.0, 1.0), (1920.0, 1080.0, 2.0), (1280.0, 800.0, 1.6)];

const PANELS: [(&str, Key); 4] =
    [("activity", Key::Num3), ("path", Key::Num4), ("scheduler", Key::Num7), ("settings", Key::Num8)];

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

/// Draws until none of these is there, ten seconds at most.
fn until_gone(harness: &mut Harness<'static, App>, labels: &[&str]) {
    for _ in 0..400 {
        // A panel is drawn in the frame after the key.
        harness.run_steps(2);
        if labels.iter().all(|label| harness.query_all_by_label_contains(label).next().is_none()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
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
            if what == "scheduler" {
                until_gone(&mut harness, &["Asking the system", "Das System wird gefragt"]);
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
