//! Preferences of the window: looks, notifications, sounds and tray, not what is measured.

use eframe::egui;

use super::{panel::Panel, text::Language};

/// Light, dark, or as the system is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

impl ThemeChoice {
    pub(crate) fn as_preference(self) -> egui::ThemePreference {
        match self {
            Self::System => egui::ThemePreference::System,
            Self::Light => egui::ThemePreference::Light,
            Self::Dark => egui::ThemePreference::Dark,
        }
    }
}

/// Effect of closing the window while it monitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnClose {
    /// Ask.
    Ask,
    /// Put the window away in the tray, and go on.
    Tray,
    /// Stop monitoring.
    Stop,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Prefs {
    pub(crate) theme: ThemeChoice,
    /// `None` speaks as the system does.
    pub(crate) language: Option<Language>,
    pub(crate) panel: Panel,
    /// The window was monitoring when it was closed, so it goes on when it is opened.
    pub(crate) was_running: bool,
    pub(crate) zoom: f32,
    /// The desktop is told when an outage begins and ends.
    pub(crate) notifies: bool,
    /// A sound is made when an outage begins and when it ends.
    pub(crate) sounds: bool,
    /// There is an icon among those of the system.
    pub(crate) tray: bool,
    /// Closing the window puts it away there.
    closes_to_tray: bool,
    /// Closing the window ends monitoring, unless it puts it away.
    closes_for_good: bool,
}

impl Prefs {
    /// Preferences with these looks and all else at its default.
    pub(crate) fn looking(language: Language, theme: ThemeChoice) -> Self {
        Self { language: Some(language), theme, ..Self::default() }
    }

    /// Effect of closing the window while it monitors.
    pub(crate) fn on_close(&self) -> OnClose {
        match (self.closes_to_tray, self.closes_for_good) {
            (true, _) => OnClose::Tray,
            (false, true) => OnClose::Stop,
            (false, false) => OnClose::Ask,
        }
    }

    /// Remembers it.
    pub(crate) fn set_on_close(&mut self, choice: OnClose) {
        self.closes_to_tray = choice == OnClose::Tray;
        self.closes_for_good = choice == OnClose::Stop;
    }
}

impl Default for Prefs {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            language: None,
            panel: Panel::default(),
            was_running: false,
            zoom: 1.0,
            notifies: true,
            sounds: false,
            tray: true,
            closes_to_tray: false,
            closes_for_good: false,
        }
    }
}

/// Key of the preferences in the window's own store.
pub(crate) const KEY: &str = "window";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept_and_that_of_earlier_versions_too() {
        let mut prefs = Prefs::default();
        assert_eq!(OnClose::Ask, prefs.on_close());
        for choice in [OnClose::Tray, OnClose::Stop, OnClose::Ask] {
            prefs.set_on_close(choice);
            let kept: Prefs = serde_json::from_str(&serde_json::to_string(&prefs).unwrap()).unwrap();
            assert_eq!(choice, kept.on_close());
        }
        let earlier: Prefs = serde_json::from_str("{\"closes_to_tray\": true, \"zoom\": 1.25}").unwrap();
        assert_eq!((OnClose::Tray, 1.25), (earlier.on_close(), earlier.zoom));
    }
}
