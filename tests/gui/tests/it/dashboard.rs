//! The dashboard: the sentence, the chain, figures, the plot, and a moment looked at closely.

use eframe::egui::accesskit::Toggled;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use network_logging_gui_tests::{demo, wait_until};

#[test]
fn the_sentence_and_the_chain_are_told_in_words() {
    let mut harness = demo(1280.0, 800.0);
    harness.get_by_label("Everything works");
    harness.get_by_label_contains("This PC: works");
    harness.get_by_label_contains("Router: works");
    harness.get_by_label_contains("Provider: works");
    harness.get_by_label_contains("Internet: works");
    harness.get_by_label_contains("DNS + web: works");
    harness.run_steps(1);
}

#[test]
fn the_figures_have_names_and_values() {
    let harness = demo(1280.0, 800.0);
    harness.get_by_label_contains("Availability: 9");
    harness.get_by_label_contains("Downtime: ");
    harness.get_by_label_contains("Latency now: ");
    harness.get_by_label_contains("Packet loss: ");
}

#[test]
fn a_range_is_chosen_and_the_downtime_changes() {
    let mut harness = demo(1280.0, 800.0);
    let downtime = |harness: &egui_kittest::Harness<'static, network_logging::gui::App>| {
        let node = harness.get_by_label_contains("Downtime: ");
        node.value().or(node.accesskit_node().label()).unwrap_or_default()
    };
    let day = downtime(&harness);
    harness.get_by_label("1 h").click();
    harness.run_steps(4);
    assert_ne!(day, downtime(&harness));
}

#[test]
fn a_line_is_hidden_and_shown_again() {
    let mut harness = demo(1280.0, 800.0);
    for expected in [Toggled::False, Toggled::True] {
        harness.get_by_label("Cloudflare").click();
        harness.run_steps(3);
        assert_eq!(Some(expected), harness.get_by_label("Cloudflare").accesskit_node().toggled());
    }
}

#[test]
fn an_outage_of_the_list_leads_to_its_evidence() {
    let mut harness = demo(1280.0, 800.0);
    harness.get_by_label("Show last outage").click();
    harness.run_steps(5);
    harness.get_by_label("Copy for the provider");
    harness.get_by_label("Evidence");
}

#[test]
fn before_the_first_start_there_is_one_button_and_what_it_does() {
    let dir = tempfile::tempdir().unwrap();
    let mut harness = network_logging_gui_tests::in_folder(dir.path());
    wait_until(&mut harness, |app| !app.is_loading());
    harness.get_by_label("Start monitoring");
    harness.get_by_label("Is it me, or is it the line?");
}
