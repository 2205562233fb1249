//! Tells the desktop what a person wants to know though the window is not looked at.

use std::time::Duration;

use crossbeam_channel::{Sender, bounded};

/// Messages that wait. More than these are old news.
const WAITING: usize = 4;
/// Time between two messages, so that a line that flaps does not fill the screen.
const APART: Duration = Duration::from_secs(20);

/// Tells the desktop, and waits for it.
pub(crate) fn tell(title: &str, text: &str) {
    let mut message = notify_rust::Notification::new();
    message.summary(title).body(text).appname("Network Logging");
    // Whoever has no desktop that listens misses nothing: it is said elsewhere too.
    message.show().map(drop).ok();
}

/// The thread that speaks to the desktop, which may take its time. Without a desktop nothing is told.
pub(crate) struct DesktopNotifier {
    to: Option<Sender<(String, String)>>,
}

impl DesktopNotifier {
    /// Nobody is told anything before the first message.
    pub(crate) fn new() -> Self {
        Self { to: None }
    }

    /// Says this as soon as it may; a later message takes the place of those that wait.
    pub(crate) fn say(&mut self, title: String, text: String) {
        let to = self.to.get_or_insert_with(|| {
            let (to, from) = bounded::<(String, String)>(WAITING);
            let speak = move || {
                while let Ok(first) = from.recv() {
                    let (title, text) = from.try_iter().last().unwrap_or(first);
                    tell(&title, &text);
                    std::thread::sleep(APART);
                }
            };
            std::thread::Builder::new().name("notifier".into()).spawn(speak).ok();
            to
        });
        to.try_send((title, text)).ok();
    }
}
