//! What the window remembers: its looks, not what is measured.

use eframe::egui;

use super::{text::Language, wish::Panel};

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

/// All of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
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
    /// The renderer that worked last time.
    pub(crate) renderer: Option<super::Renderer>,
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
            renderer: None,
        }
    }
}

/// Its name in the window's own store.
pub(crate) const KEY: &str = "window";
