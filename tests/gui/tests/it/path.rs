//! The path: the hop table in words.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use network_logging_gui_tests::demo;

#[test]
fn the_hop_table_tells_silence_from_loss() {
    let mut harness = demo(1280.0, 800.0);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    harness.run_steps(4);
    let n = |words: &str| harness.query_all_by_label_contains(words).count();
    assert!(n("answers some probes and passes all on; no loss") > 0);
    assert!(n("answers no probe and passes all on; no loss") > 0);
    harness.get_by_label("Find the provider's hops");
    harness.get_by_label("Host or address");
}
