//! Names of keys, as each system and language writes them.

use eframe::egui::os::OperatingSystem;

use super::Text;

impl Text {
    /// A key pressed together with Ctrl, on macOS with Cmd: `Ctrl+K`, `Strg+K`, `Cmd+K`.
    pub(crate) fn with_ctrl(self, key: &str) -> String {
        self.with_ctrl_on(key, OperatingSystem::default().is_mac())
    }

    fn with_ctrl_on(self, key: &str, is_mac: bool) -> String {
        match (is_mac, self.is_german()) {
            (true, _) => format!("Cmd+{key}"),
            (false, true) => format!("Strg+{key}"),
            (false, false) => format!("Ctrl+{key}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::text::Language;

    #[test]
    fn keys_are_named_as_the_keyboard_has_them() {
        let (english, german) = (Text::new(Language::English), Text::new(Language::German));
        assert_eq!(["Ctrl+K", "Strg+K"], [english, german].map(|text| text.with_ctrl_on("K", false)));
        assert_eq!(["Cmd+1", "Cmd+1"], [english, german].map(|text| text.with_ctrl_on("1", true)));
    }
}
