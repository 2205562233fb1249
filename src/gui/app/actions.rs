//! Does what the panels ask for.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::{App, Source};
use crate::{
    engine::Command,
    gui::{
        action::{Action, LogsAction, OutagesAction, ReportsAction, log_file},
        jobs::{
            bell::{self, Tone},
            files, logs as log_jobs, outages as outage_jobs, path as path_jobs, reports as report_jobs,
            settings as settings_jobs,
        },
        panel::Panel,
        text::{T, Text},
        view_model::{Mode, standing::ConfigFault},
    },
    model::config::{Config, SETTINGS},
};

/// Settings that a running monitor takes up at its next start only.
const AT_START: &[&str] = &[
    "log_dir",
    "http_proxy",
    "stun_server",
    "stun_port",
    "retention_days",
    "retention_max_mib",
    "analyze_on_outage",
    "analyze_cooldown_sec",
    "analyze_timeout_sec",
];

/// Groups of settings that the integrations are made of.
const INTEGRATIONS: &[&str] = &["Local API", "MQTT", "Metrics", "Notifications"];

impl App {
    pub(super) fn handle_action(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Go(panel) => self.panel = panel,
            Action::Start => self.start(),
            Action::Stop => self.stop(),
            Action::Pause => self.pause(true),
            Action::Resume => self.pause(false),
            Action::TestNow => {
                self.ask(Command::RunOnce);
                self.toast.say(self.text.of(T::Testing));
            }
            Action::Copy(text, what) => {
                ctx.copy_text(text);
                self.toast.say(self.text.of(what));
            }
            Action::CopyPicture(part) => {
                let (to, from) = crossbeam_channel::bounded(1);
                let taken = move |image| drop(to.try_send(image));
                ctx.send_viewport_cmd(egui::ViewportCommand::Screenshot(egui::ScreenshotCallback::new(taken)));
                self.under_way.picture = Some((from, part, ctx.pixels_per_point()));
            }
            Action::OpenLogFolder => self.open_folder(Some(self.settings.log_dir.clone())),
            Action::OpenConfigFolder => self.open_folder(self.settings.file.parent().map(Path::to_owned)),
            Action::OpenConfigFile => self.open_file(Some(self.settings.file.clone())),
            Action::OpenLog(name) => {
                self.logs.choose(&name);
                self.panel = Panel::Logs;
            }
            Action::Logs(LogsAction::List) => {
                self.under_way.list = Some(log_jobs::list(&mut self.jobs, self.settings.log_dir.clone()));
            }
            Action::Logs(LogsAction::Export { name, part }) => {
                if let Some(path) = log_file(&self.settings.log_dir, &name) {
                    self.under_way.export = Some(log_jobs::export(&mut self.jobs, path, part));
                }
            }
            Action::Outages(action) => self.of_outages(action),
            Action::Reports(action) => self.report(action),
            Action::Schedule(action) => self.schedule(action),
            Action::Integrations(action) => self.of_integrations(action),
            Action::SettingsOf(group) => {
                self.panel = Panel::Settings;
                self.form.find(self.text.group(group));
            }
            Action::OpenElsewhere(name) => self.open_file(log_file(&self.settings.log_dir, &name)),
            Action::LookAt(at) => {
                self.panel = Panel::Dashboard;
                self.dashboard.look_at(at);
            }
            Action::ShowOutage(start) => {
                self.panel = Panel::Outages;
                self.outages.show(start);
            }
            Action::ClearActivity => self.view.activity.clear(),
            Action::Trace(_) | Action::StopTrace | Action::Discover | Action::Adopt(_) | Action::Connect { .. } => {
                self.use_tool(action);
            }
            Action::Save(config) => self.save(*config),
            Action::SaveShown => {
                if let Some(action) = self.save_shown() {
                    self.handle_action(ctx, action);
                }
            }
            Action::Import => self.under_way.import = Some(settings_jobs::import(&mut self.jobs)),
            Action::Find => {
                self.under_way.find = Some(settings_jobs::find(&mut self.jobs, self.settings.log_dir.clone()));
            }
            Action::Theme(_)
            | Action::Language(_)
            | Action::Notify(_)
            | Action::Sound(_)
            | Action::Tray(_)
            | Action::OnClose(_) => self.prefer(ctx, &action),
            Action::Palette => self.palette.open(),
            Action::Quit => self.quit(ctx),
            Action::DismissWarning => self.view.warning = None,
        }
    }

    /// Opens a file with the system's program for it.
    fn open_file(&mut self, path: Option<PathBuf>) {
        if let Some(path) = path {
            self.under_way.open = Some(files::open_file(&mut self.jobs, path));
        }
    }

    /// Opens a folder with the system's program for it, and makes it before if it is not there.
    fn open_folder(&mut self, path: Option<PathBuf>) {
        if let Some(path) = path {
            self.under_way.open = Some(files::open_folder(&mut self.jobs, path));
        }
    }

    /// Appearance of the window, and its ways to tell of outages.
    fn prefer(&mut self, ctx: &egui::Context, action: &Action) {
        match *action {
            Action::Theme(choice) => {
                self.prefs.theme = choice;
                ctx.set_theme(choice.as_preference());
            }
            Action::Language(language) => {
                self.prefs.language = Some(language);
                self.text = Text::new(language);
            }
            Action::Notify(notifies) => self.prefs.notifies = notifies,
            Action::Sound(sounds) => {
                self.prefs.sounds = sounds;
                if sounds {
                    // So that it is known what to listen for.
                    bell::ring(Tone::Bad);
                }
            }
            Action::Tray(is_there) => self.prefs.tray = is_there,
            Action::OnClose(choice) => self.prefs.set_on_close(choice),
            _ => {}
        }
    }

    /// Traces, the search for hops, and connections.
    fn use_tool(&mut self, action: Action) {
        match action {
            Action::Trace(wanted) => {
                self.path.tracing(&wanted);
                self.under_way.trace = Some(path_jobs::trace(&mut self.jobs, wanted));
            }
            Action::StopTrace => {
                if let Some((job, _)) = &self.under_way.trace {
                    job.progress.cancel();
                }
            }
            Action::Discover => {
                let (config, folder) = (self.settings.config.clone(), self.settings.log_dir.clone());
                self.path.discovering();
                self.under_way.discover = Some(path_jobs::discover(&mut self.jobs, config, folder));
            }
            Action::Adopt(hops) => {
                let hops = hops.iter().map(ToString::to_string).collect();
                self.save(Config { isp_targets: hops, ..self.settings.config.clone() });
            }
            Action::Connect { hosts, with_tls } => {
                let (wait, folder) = (self.settings.config.tcp_timeout_sec, self.settings.log_dir.clone());
                self.path.connecting();
                self.under_way.connect = Some(path_jobs::connect(&mut self.jobs, hosts, with_tls, wait, folder));
            }
            _ => {}
        }
    }

    /// The demo keeps its diary in memory, and has no files.
    fn of_outages(&mut self, action: OutagesAction) {
        let folder = self.settings.log_dir.clone();
        match action {
            OutagesAction::ShowTickets => {
                self.panel = Panel::Outages;
                self.outages.show_tickets();
            }
            OutagesAction::Change(change) if self.is_demo => self.view.diary.change(&change),
            OutagesAction::Change(change) => {
                self.under_way.diary = Some(outage_jobs::change(&mut self.jobs, folder, change));
            }
            OutagesAction::FindPaths(..) if self.is_demo => self.outages.take_paths(Vec::new()),
            OutagesAction::FindPaths(start, end) => {
                self.under_way.paths = Some(outage_jobs::paths(&mut self.jobs, folder, start, end));
            }
        }
    }

    fn report(&mut self, action: ReportsAction) {
        let folder = self.settings.log_dir.clone();
        match action {
            ReportsAction::Make(order) => {
                let config = self.settings.config.clone();
                self.under_way.report = Some(report_jobs::make(&mut self.jobs, order, folder, config));
            }
            ReportsAction::Save(format) => {
                if let Some(made) = self.reports.made() {
                    self.under_way.save_report = Some(report_jobs::save(&mut self.jobs, made, format));
                }
            }
            ReportsAction::Open(path) => self.open_file(Some(path)),
            ReportsAction::SaveSoon(format) => {
                self.panel = Panel::Reports;
                self.reports.save_soon(format);
            }
            ReportsAction::Pack(order) => {
                let config = self.settings.config.clone();
                self.reports.packs(None);
                self.under_way.pack = Some(report_jobs::pack(&mut self.jobs, order, folder, config));
            }
            ReportsAction::CancelPack => {
                if let Some(job) = &self.under_way.pack {
                    job.progress.cancel();
                }
            }
            ReportsAction::Verify(what) => {
                self.panel = Panel::Reports;
                self.reports.verifies();
                self.under_way.check = Some(report_jobs::check(&mut self.jobs, what, folder));
            }
        }
    }

    /// A configuration that was dropped on the window is imported, everything else verified.
    pub(super) fn dropped(&mut self, path: PathBuf) {
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            self.panel = Panel::Settings;
            self.under_way.import = Some(settings_jobs::import_from(&mut self.jobs, path));
        } else {
            self.report(ReportsAction::Verify(report_jobs::What::File(path)));
        }
    }

    fn ask(&self, command: Command) {
        if let Source::Engine(engine) = &self.source {
            engine.ask(command);
        }
    }

    fn pause(&mut self, rests: bool) {
        match (&self.view.mode, rests) {
            (Mode::Running, true) => {
                self.ask(Command::Pause);
                self.view.mode = Mode::Paused;
            }
            (Mode::Paused, false) => {
                self.ask(Command::Resume);
                self.view.mode = Mode::Running;
            }
            _ => {}
        }
    }

    fn save(&mut self, config: Config) {
        if self.is_demo {
            self.toast.complain(self.text.of(T::DemoSavesNothing));
            return;
        }
        let file = self.settings.file.clone();
        self.under_way.save = Some(settings_jobs::save(&mut self.jobs, file, config));
    }

    /// The configuration is on the disk, in a file with these faults: the monitor takes it up.
    pub(super) fn saved(&mut self, config: Config, faults: Vec<ConfigFault>) {
        self.settings.is_found = true;
        // It may have been read before this was written.
        self.under_way.read_again = None;
        self.form.is_on_disk(&config, faults.clone());
        self.take_faults(faults);
        let restarts = self.take_up(config);
        self.toast.say(self.text.of(if restarts { T::SavedRestarts } else { T::Saved }));
    }

    /// Uses this configuration from now on. Returns whether the monitor starts again for it.
    pub(super) fn take_up(&mut self, config: Config) -> bool {
        let changed = |key: &&&str| {
            let setting = SETTINGS.iter().find(|setting| setting.key == **key);
            setting.is_some_and(|setting| setting.get(&config) != setting.get(&self.settings.config))
        };
        let is_told_otherwise =
            SETTINGS.iter().any(|setting| INTEGRATIONS.contains(&setting.group) && changed(&&setting.key));
        let needs_start = AT_START.iter().any(|key| changed(&key));
        let log_dir = settings_jobs::log_dir_of(&config, &self.settings);
        self.settings.config = config.clone();
        if needs_start && matches!(self.source, Source::Engine(_)) {
            self.settings.log_dir = log_dir;
            self.restarts = true;
            self.stop();
            return true;
        }
        if self.is_stopped() && log_dir != self.settings.log_dir {
            self.settings.log_dir = log_dir;
            self.read_past();
        }
        self.ask(Command::Apply(Box::new(config)));
        if let (true, Source::Engine(engine)) = (is_told_otherwise, &self.source) {
            engine.apply_integrations(&self.settings);
        }
        false
    }
}
