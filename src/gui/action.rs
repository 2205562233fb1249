//! Requests of the panels to the window.

use std::{net::IpAddr, path::PathBuf};

use super::{
    jobs::{
        path::Wanted,
        reports::{ReportOrder, What},
        schedule,
    },
    panel::Panel,
    prefs::{OnClose, ThemeChoice},
    text::{Language, T},
    view_model::{diary::DiaryChange, integrations::SecretChange, series::Millis},
};
use crate::{
    log_view::export::Part,
    model::{config::Config, time::Timestamp},
    report::Format,
};

/// Request of a panel, a key or a menu.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
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
    /// Request of the panel of logs.
    Logs(LogsAction),
    /// Request of the panel of outages.
    Outages(OutagesAction),
    /// Request of the panel of reports.
    Reports(ReportsAction),
    /// Request of the panel of the scheduler.
    Schedule(ScheduleAction),
    /// A request of the panel of the integrations.
    Integrations(IntegrationsAction),
    /// Show the settings of this group.
    SettingsOf(&'static str),
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

/// Request of the panel of outages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum OutagesAction {
    /// Show the diary of fault reports.
    ShowTickets,
    /// Write into the diary.
    Change(DiaryChange),
    /// Look into the files of traces for the paths around the outage from then until then.
    FindPaths(Timestamp, Timestamp),
}

/// Request of the panel of logs.
#[derive(Debug, Clone)]
pub(crate) enum LogsAction {
    /// Read the list of files.
    List,
    /// Write a part of a log to a file that the user chooses.
    Export { name: String, part: Part },
}

/// Request of the panel of reports.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ReportsAction {
    Make(ReportOrder),
    Save(Format),
    /// The same as soon as there is a report.
    SaveSoon(Format),
    /// Make an evidence pack.
    Pack(ReportOrder),
    /// Make no pack after all.
    CancelPack,
    /// Open a file that was written.
    Open(PathBuf),
    Verify(What),
}

/// Request of the panel of the scheduler.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ScheduleAction {
    /// Ask the scheduler what it has in hand.
    Look,
    /// Work out what would be installed.
    Plan(schedule::Order),
    /// Install it, and perhaps take away what schedules the original program.
    Install(Box<schedule::Wanted>, bool),
    /// Take away what is installed.
    Remove(Vec<schedule::Installed>),
}

/// Request of the panel of the integrations.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum IntegrationsAction {
    /// Look at the sinks and the secrets.
    Look,
    /// Send a test to the sink of this name.
    Test(String),
    /// Change the secrets.
    Change(SecretChange),
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
