//! What a panel may ask for.

use std::{net::IpAddr, path::PathBuf};

use super::{
    jobs::path::Wanted,
    logs::LogsWish,
    outages::OutagesWish,
    prefs::{OnClose, ThemeChoice},
    reports::ReportsWish,
    scheduler::ScheduleWish,
    text::{Language, T},
    view_model::series::Millis,
};
use crate::model::{config::Config, time::Timestamp};

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
    Settings,
}

impl Panel {
    /// Every panel in the order of the navigation.
    pub(crate) const ALL: [Self; 8] = [
        Self::Dashboard,
        Self::Outages,
        Self::Activity,
        Self::Path,
        Self::Logs,
        Self::Reports,
        Self::Scheduler,
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
            Self::Settings => T::Settings,
        }
    }
}

/// What the user wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wish {
    Go(Panel),
    Start,
    Stop,
    Pause,
    Resume,
    TestNow,
    /// Put this into the clipboard, and say what it was.
    Copy(String, T),
    /// Put a picture of this part of the window into the clipboard.
    CopyPicture(eframe::egui::Rect),
    OpenLogFolder,
    OpenConfigFolder,
    OpenConfigFile,
    /// Look into a file of the log folder.
    OpenLog(String),
    /// Open a file of the log folder with the system's program for it.
    OpenElsewhere(String),
    /// What the panel of logs needs.
    Logs(LogsWish),
    /// What the panel of outages needs.
    Outages(OutagesWish),
    /// What the panel of reports needs.
    Reports(ReportsWish),
    /// What the panel of the scheduler needs.
    Schedule(ScheduleWish),
    /// Show what was around this point.
    LookAt(Millis),
    /// Show the outage that began at this time.
    ShowOutage(Timestamp),
    ClearActivity,
    Trace(Wanted),
    StopTrace,
    Discover,
    /// Watch these hops of the provider.
    Adopt(Vec<IpAddr>),
    Connect {
        hosts: Vec<String>,
        with_tls: bool,
    },
    Save(Box<Config>),
    /// Save what is shown, where it can be saved.
    SaveShown,
    Import,
    /// Look again at what this computer says of its network.
    Find,
    Theme(ThemeChoice),
    Language(Language),
    /// Tell the desktop of outages, or do not.
    Notify(bool),
    /// Make a sound at the begin and the end of outages, or do not.
    Sound(bool),
    /// Have an icon among those of the system, or do not.
    Tray(bool),
    /// Effect of closing the window while it monitors.
    OnClose(OnClose),
    Palette,
    Quit,
    DismissWarning,
}

/// A file of the log folder.
pub(crate) fn log_file(folder: &std::path::Path, name: &str) -> Option<PathBuf> {
    // A row may be of a hostile log: only plain names are joined to the folder.
    let is_plain = !name.is_empty() && std::path::Path::new(name).file_name().is_some_and(|file| file == name);
    is_plain.then(|| folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_log_does_not_leave_its_folder() {
        let folder = std::path::Path::new("/logs");
        assert_eq!(Some("/logs/mtr_1_1_1_1.log".into()), log_file(folder, "mtr_1_1_1_1.log"));
        for name in ["../x", "/etc/passwd", "", "..", "a/b"] {
            assert_eq!(None, log_file(folder, name), "{name}");
        }
    }
}
