//! An icon among those of the system, with a menu. Where the system has no place for one there is none, and nothing
//! waits for it.

cfg_select! {
    target_os = "linux" => {
        mod linux;
        use linux as imp;
    }
    _ => {
        mod other;
        use other as imp;
    }
}

use std::sync::Arc;

/// Content of the icon and of its menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Rows of red, green, blue and opacity.
    pub pixels: Vec<u8>,
    /// Width and height of it.
    pub size: u32,
    /// Text that is shown when the icon is pointed at.
    pub tip: String,
    /// The entry that opens the window.
    pub open: String,
    /// The entry that starts or stops; `None` where neither is possible now.
    pub run: Option<String>,
    /// The entry that ends the program.
    pub quit: String,
}

/// Request that was made there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Show the window.
    Open,
    /// Start or stop, whichever was offered.
    Run,
    /// End the program.
    Quit,
}

/// Called from any thread when something was asked for.
type OnAsked = Arc<dyn Fn(Asked) + Send + Sync>;

/// The icon, until dropped.
pub struct Tray {
    imp: imp::Tray,
}

impl Tray {
    /// Puts it there as soon as the system has a place for it. To be called in the thread of the window.
    pub fn new(look: Look, on: impl Fn(Asked) + Send + Sync + 'static) -> Self {
        Self { imp: imp::Tray::new(look, Arc::new(on)) }
    }

    /// Shows this from now on.
    pub fn show(&mut self, look: Look) {
        self.imp.show(look);
    }

    /// True while the icon can be seen. Only then may the window be put away there.
    pub fn is_there(&self) -> bool {
        self.imp.is_there()
    }
}
