//! Wishes come true here.

use std::path::{Path, PathBuf};

use eframe::egui;

use super::{App, Source};
use crate::{
    engine::Command,
    gui::{
        jobs::{
            bell::{self, Tone},
            files, logs as log_jobs, outages as outage_jobs, path as path_jobs, reports as report_jobs,
            settings as settings_jobs,
        },
        logs::LogsWish,
        outages::OutagesWish,
        reports::ReportsWish,
        text::{T, Text},
        view_model::{Mode, standing::ConfigFault},
        wish::{Panel, Wish, log_file},
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

impl App {
    pub(super) fn fulfil(&mut self, ctx: &egui::Context, wish: Wish) {
        match wish {
            Wish::Go(panel) => self.panel = panel,
            Wish::Start => self.start(),
            Wish::Stop => self.stop(),
            Wish::Pause => self.pause(true),
            Wish::Resume => self.pause(false),
            Wish::TestNow => {
                self.ask(Command::RunOnce);
                self.toast.say(self.text.of(T::Testing));
            }
            Wish::Copy(text, what) => {
                ctx.copy_text(text);
                self.toast.say(self.text.of(what));
            }
            Wish::CopyPicture(part) => {
                let (to, from) = crossbeam_channel::bounded(1);
                let taken = move |image| drop(to.try_send(image));
                ctx.send_viewport_cmd(egui::ViewportCommand::Screenshot(egui::ScreenshotCallback::new(taken)));
                self.under_way.picture = Some((from, part, ctx.pixels_per_point()));
            }
            Wish::OpenLogFolder => self.open_folder(Some(self.settings.log_dir.clone())),
            Wish::OpenConfigFolder => self.open_folder(self.settings.file.parent().map(Path::to_owned)),
            Wish::OpenConfigFile => self.open_file(Some(self.settings.file.clone())),
            Wish::OpenLog(name) => {
                self.logs.choose(&name);
                self.panel = Panel::Logs;
            }
            Wish::Logs(LogsWish::List) => {
                self.under_way.list = Some(log_jobs::list(&mut self.jobs, self.settings.log_dir.clone()));
            }
            Wish::Logs(LogsWish::Export { name, part }) => {
                if let Some(path) = log_file(&self.settings.log_dir, &name) {
                    self.under_way.export = Some(log_jobs::export(&mut self.jobs, path, part));
                }
            }
            Wish::Outages(wish) => self.of_outages(wish),
            Wish::Reports(wish) => self.report(wish),
            Wish::Schedule(wish) => self.schedule(wish),
            Wish::OpenElsewhere(name) => self.open_file(log_file(&self.settings.log_dir, &name)),
            Wish::LookAt(at) => {
                self.panel = Panel::Dashboard;
                self.dashboard.look_at(at);
            }
            Wish::ShowOutage(start) => {
                self.panel = Panel::Outages;
                self.outages.show(start);
            }
            Wish::ClearActivity => self.view.activity.clear(),
            Wish::Trace(_) | Wish::StopTrace | Wish::Discover | Wish::Adopt(_) | Wish::Connect { .. } => {
                self.use_tool(wish);
            }
            Wish::Save(config) => self.save(*config),
            Wish::SaveShown => {
                if let Some(wish) = self.save_shown() {
                    self.fulfil(ctx, wish);
                }
            }
            Wish::Import => self.under_way.import = Some(settings_jobs::import(&mut self.jobs)),
            Wish::Find => {
                self.under_way.find = Some(settings_jobs::find(&mut self.jobs, self.settings.log_dir.clone()));
            }
            Wish::Theme(_)
            | Wish::Language(_)
            | Wish::Notify(_)
            | Wish::Sound(_)
            | Wish::Tray(_)
            | Wish::OnClose(_) => self.prefer(ctx, &wish),
            Wish::Palette => self.palette.open(),
            Wish::Quit => self.quit(ctx),
            Wish::DismissWarning => self.view.warning = None,
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
    fn prefer(&mut self, ctx: &egui::Context, wish: &Wish) {
        match *wish {
            Wish::Theme(choice) => {
                self.prefs.theme = choice;
                ctx.set_theme(choice.as_preference());
            }
            Wish::Language(language) => {
                self.prefs.language = Some(language);
                self.text = Text::new(language);
            }
            Wish::Notify(notifies) => self.prefs.notifies = notifies,
            Wish::Sound(sounds) => {
                self.prefs.sounds = sounds;
                if sounds {
                    // So that it is known what to listen for.
                    bell::ring(Tone::Bad);
                }
            }
            Wish::Tray(is_there) => self.prefs.tray = is_there,
            Wish::OnClose(choice) => self.prefs.set_on_close(choice),
            _ => {}
        }
    }

    /// Traces, the search for hops, and connections.
    fn use_tool(&mut self, wish: Wish) {
        match wish {
            Wish::Trace(wanted) => {
                self.path.tracing(&wanted);
                self.under_way.trace = Some(path_jobs::trace(&mut self.jobs, wanted));
            }
            Wish::StopTrace => {
                if let Some((job, _)) = &self.under_way.trace {
                    job.progress.cancel();
                }
            }
            Wish::Discover => {
                let (config, folder) = (self.settings.config.clone(), self.settings.log_dir.clone());
                self.path.discovering();
                self.under_way.discover = Some(path_jobs::discover(&mut self.jobs, config, folder));
            }
            Wish::Adopt(hops) => {
                let hops = hops.iter().map(ToString::to_string).collect();
                self.save(Config { isp_targets: hops, ..self.settings.config.clone() });
            }
            Wish::Connect { hosts, with_tls } => {
                let (wait, folder) = (self.settings.config.tcp_timeout_sec, self.settings.log_dir.clone());
                self.path.connecting();
                self.under_way.connect = Some(path_jobs::connect(&mut self.jobs, hosts, with_tls, wait, folder));
            }
            _ => {}
        }
    }

    /// The demo keeps its diary in memory, and has no files.
    fn of_outages(&mut self, wish: OutagesWish) {
        let folder = self.settings.log_dir.clone();
        match wish {
            OutagesWish::ShowTickets => {
                self.panel = Panel::Outages;
                self.outages.show_tickets();
            }
            OutagesWish::Change(change) if self.is_demo => self.view.diary.change(&change),
            OutagesWish::Change(change) => {
                self.under_way.diary = Some(outage_jobs::change(&mut self.jobs, folder, change));
            }
            OutagesWish::FindPaths(..) if self.is_demo => self.outages.take_paths(Vec::new()),
            OutagesWish::FindPaths(start, end) => {
                self.under_way.paths = Some(outage_jobs::paths(&mut self.jobs, folder, start, end));
            }
        }
    }

    fn report(&mut self, wish: ReportsWish) {
        let folder = self.settings.log_dir.clone();
        match wish {
            ReportsWish::Make(order) => {
                let config = self.settings.config.clone();
                self.under_way.report = Some(report_jobs::make(&mut self.jobs, order, folder, config));
            }
            ReportsWish::Save(format) => {
                if let Some(made) = self.reports.made() {
                    self.under_way.save_report = Some(report_jobs::save(&mut self.jobs, made, format));
                }
            }
            ReportsWish::Open(path) => self.open_file(Some(path)),
            ReportsWish::SaveSoon(format) => {
                self.panel = Panel::Reports;
                self.reports.save_soon(format);
            }
            ReportsWish::Pack(order) => {
                let config = self.settings.config.clone();
                self.reports.packs(None);
                self.under_way.pack = Some(report_jobs::pack(&mut self.jobs, order, folder, config));
            }
            ReportsWish::CancelPack => {
                if let Some(job) = &self.under_way.pack {
                    job.progress.cancel();
                }
            }
            ReportsWish::Verify(what) => {
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
            self.report(ReportsWish::Verify(report_jobs::What::File(path)));
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
        false
    }
}
