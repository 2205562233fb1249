//! The icon among those of the system, as the window sees it.

use crossbeam_channel::{Receiver, bounded};

use super::Wake;
use crate::platform::tray::Tray;
pub(crate) use crate::platform::tray::{Asked, Look};

/// The icon, and what was asked for there.
pub(crate) struct TrayIcon {
    tray: Tray,
    asked: Receiver<Asked>,
    shown: Look,
}

impl TrayIcon {
    /// Puts it there, if the system has a place for it. Waits for nobody.
    pub(crate) fn new(look: Look, wake: Wake) -> Self {
        let (to, asked) = bounded(16);
        let on = move |asked| {
            // More clicks than a person can make are no loss.
            to.try_send(asked).ok();
            wake();
        };
        Self { tray: Tray::new(look.clone(), on), asked, shown: look }
    }

    /// Shows this, if it is another thing than before.
    pub(crate) fn show(&mut self, look: Look) {
        if look != self.shown {
            self.shown = look.clone();
            self.tray.show(look);
        }
    }

    /// Takes what was asked for since the last call.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.try_iter().collect()
    }

    /// True if the icon can be seen now.
    pub(crate) fn is_there(&self) -> bool {
        self.tray.is_there()
    }
}
