//! The panels of the window.

use super::text::T;

/// A part of the window that fills it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) enum Panel {
    #[default]
    Dashboard,
    Outages,
    Activity,
    Path,
    Logs,
    Reports,
    Scheduler,
    Integrations,
    Settings,
}

impl Panel {
    /// Every panel in the order of the navigation.
    pub(crate) const ALL: [Self; 9] = [
        Self::Dashboard,
        Self::Outages,
        Self::Activity,
        Self::Path,
        Self::Logs,
        Self::Reports,
        Self::Scheduler,
        Self::Integrations,
        Self::Settings,
    ];

    pub(crate) fn title(self) -> T {
        match self {
            Self::Dashboard => T::Dashboard,
            Self::Outages => T::Outages,
            Self::Activity => T::Activity,
            Self::Path => T::Path,
            Self::Logs => T::Logs,
            Self::Reports => T::Reports,
            Self::Scheduler => T::Scheduler,
            Self::Integrations => T::Integrations,
            Self::Settings => T::Settings,
        }
    }
}
