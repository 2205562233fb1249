//! Times a frame of every panel: all that the window's thread does but drawing. `panels LOGS` looks at this folder of logs;
//! prints the name of each panel and the median of its frames, in milliseconds.

#![expect(clippy::print_stdout, reason = "a tool of the terminal")]

use eframe::egui::{Key, Modifiers};
use network_logging::{clock, gui::Start};
use network_logging_gui_tests::{wait_until, window};

const FRAMES: usize = 101;

const PANELS: [(&str, Key); 9] = [
    ("Dashboard", Key::Num1),
    ("Outages", Key::Num2),
    ("Activity", Key::Num3),
    ("Path", Key::Num4),
    ("Logs", Key::Num5),
    ("Reports", Key::Num6),
    ("Scheduler", Key::Num7),
    ("Integrations", Key::Num8),
    ("Settings", Key::Num9),
];

fn main() {
    let logs = std::env::args().skip(1).find(|arg| arg != "--bench").map(Into::into);
    let mut harness = window(1280.0, 800.0, Start { log_dir: logs, ..Start::default() });
    wait_until(&mut harness, |app| !app.is_loading());
    for (name, key) in PANELS {
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        // What it has to read is read by then.
        for _ in 0..40 {
            harness.run_steps(1);
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let mut times: Vec<f64> = (0..FRAMES)
            .map(|_| {
                let begin = clock::now().mono;
                harness.step();
                let shapes = harness.output().shapes.clone();
                let scale = harness.ctx.pixels_per_point();
                std::hint::black_box(harness.ctx.tessellate(shapes, scale));
                clock::now().mono.saturating_sub(begin).as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{name} {:.2}", times.get(FRAMES / 2).copied().unwrap_or_default());
    }
}
