//! State of the window, and its turn in each frame. `actions.rs` does what panels ask for, `source.rs` takes the events
//! of the monitor.

mod actions;
mod closing;
mod integrations;
mod keys;
mod schedule;
mod source;
mod standing;
mod tray;

use std::{sync::Arc, time::Duration};

use eframe::egui;

use self::{integrations::IntegrationJobs, source::Source};
use super::{
    action::Action,
    activity, dashboard, integrations as integrations_panel,
    jobs::{
        Job, Jobs,
        demo::Demo,
        files::{NoDialog, NotOpened},
        graphics::{self, Renderer},
        monitor::Began,
        notify::DesktopNotifier,
        path as path_jobs, schedule as schedule_jobs, settings as settings_jobs,
        tray::TrayIcon,
        viewer::{self, FolderWatcher},
    },
    logs,
    options::Start,
    outages, palette,
    panel::Panel,
    path,
    prefs::{self, Prefs},
    reports, scheduler, settings, shell,
    text::{Language, TITLE, Text},
    theme,
    toast::Toast,
    view_model::{History, LineDoubt, Mode, ViewModel},
    widgets,
};
use crate::model::{event::Event, isp::IspCandidates, tcp_probe::TcpProbeReport, time::Moment, trace::Trace};

/// The window.
#[expect(clippy::struct_excessive_bools, reason = "they have nothing to do with each other")]
pub struct App {
    view: ViewModel,
    text: Text,
    prefs: Prefs,
    panel: Panel,
    settings: settings_jobs::Settings,
    source: Source,
    /// While nobody monitors: whether somebody begins to.
    folder_watcher: Option<FolderWatcher>,
    jobs: Jobs,
    under_way: UnderWay,
    dashboard: dashboard::State,
    outages: outages::State,
    activity: activity::State,
    path: path::State,
    logs: logs::State,
    reports: reports::State,
    scheduler: scheduler::State,
    integrations: integrations_panel::State,
    form: settings::State,
    palette: palette::State,
    toast: Toast,
    notifier: DesktopNotifier,
    silence: schedule::Silence,
    /// Time of the last look at a settings file with faults, by the clock that never goes back.
    reread: Option<Duration>,
    /// True where there may be an icon among those of the system: not in a test, which has no window.
    has_tray: bool,
    tray: Option<TrayIcon>,
    /// The window is to close, not to be put away.
    quits: bool,
    /// The question that is asked before closing the window ends monitoring.
    question: Option<closing::Question>,
    /// Renderer of the window until it has drawn for the first time; `None` after that.
    unproven: Option<Renderer>,
    has_drawn: bool,
    /// As the system shows it.
    title: String,
    is_demo: bool,
    stands_at: Option<Moment>,
    /// Start again when the engine has stopped: settings changed that need it.
    restarts: bool,
}

/// Jobs whose results the window waits for without waiting.
#[derive(Default)]
struct UnderWay {
    start: Option<Job<Began>>,
    stop: Option<Job<Vec<Event>>>,
    history: Option<Job<Result<History, String>>>,
    demo: Option<Job<Demo>>,
    trace: Option<(Job<Result<Trace, String>>, path_jobs::Live)>,
    discover: Option<Job<Result<IspCandidates, path_jobs::NoHops>>>,
    connect: Option<Job<Result<TcpProbeReport, String>>>,
    save: Option<Job<Result<settings_jobs::Saved, String>>>,
    import: Option<Job<Result<Option<settings_jobs::Imported>, NoDialog>>>,
    find: Option<Job<settings_jobs::Found>>,
    read_again: Option<Job<settings_jobs::Settings>>,
    open: Option<Job<Result<(), NotOpened>>>,
    /// A picture of the window that is on its way, and which part of it is wanted.
    picture: Option<(crossbeam_channel::Receiver<Arc<egui::ColorImage>>, egui::Rect, f32)>,
    copy: Option<Job<Option<String>>>,
    list: Option<Job<Result<Vec<crate::log_view::listing::LogFile>, String>>>,
    diary: Option<Job<Result<super::view_model::diary::Diary, String>>>,
    paths: Option<Job<Vec<crate::report::input::OutagePath>>>,
    report: Option<Job<Result<Arc<super::jobs::reports::Made>, super::jobs::reports::NotMade>>>,
    save_report: Option<Job<Option<Result<std::path::PathBuf, String>>>>,
    pack: Option<Job<Option<Result<super::jobs::reports::Packed, super::jobs::reports::NotMade>>>>,
    check: Option<Job<Result<Option<super::jobs::findings::Checked>, NoDialog>>>,
    export: Option<Job<Option<Result<std::path::PathBuf, String>>>>,
    schedule: ScheduleJobs,
    integrations: IntegrationJobs,
}

/// Those of the scheduler.
#[derive(Default)]
struct ScheduleJobs {
    look: Option<Job<Result<schedule_jobs::Known, String>>>,
    plan: Option<Job<Result<schedule_jobs::Wanted, String>>>,
    install: Option<Job<Result<schedule_jobs::Done, String>>>,
    remove: Option<Job<Result<(), String>>>,
    check: Option<Job<Option<schedule_jobs::Health>>>,
}

impl App {
    /// The window as eframe makes it.
    pub fn new(cc: &eframe::CreationContext<'_>, start: &Start, renderer: Renderer) -> Self {
        let prefs = cc.storage.and_then(|storage| eframe::get_value(storage, prefs::KEY)).unwrap_or_default();
        let mut app = Self::with(&cc.egui_ctx, start, prefs);
        (app.has_tray, app.unproven) = (true, Some(renderer));
        app
    }

    /// The window with what it remembers at its defaults.
    pub fn fresh(ctx: &egui::Context, start: &Start, language: Language, is_dark: bool) -> Self {
        let theme = if is_dark { prefs::ThemeChoice::Dark } else { prefs::ThemeChoice::Light };
        Self::with(ctx, start, Prefs::looking(language, theme))
    }

    fn with(ctx: &egui::Context, start: &Start, prefs: Prefs) -> Self {
        theme::install(ctx);
        ctx.set_theme(prefs.theme.as_preference());
        ctx.set_zoom_factor(prefs.zoom.clamp(0.5, 3.0));
        let locale = sys_locale::get_locale().unwrap_or_default();
        let language = prefs.language.unwrap_or_else(|| Language::of_locale(&locale));
        let waker = ctx.clone();
        // A delay of nothing would draw twice.
        let mut jobs = Jobs::new(Arc::new(move || waker.request_repaint_after(Duration::from_millis(5))));
        let now = start.stands_at.unwrap_or_else(viewer::now);
        let mut view = ViewModel::new(now);
        let settings = settings_jobs::read(start.config.as_deref(), start.log_dir.as_deref());
        let mut under_way = UnderWay::default();
        if let Some(days) = start.demo_days {
            view.mode = Mode::Demo;
            under_way.demo = Some(super::jobs::demo::load(&mut jobs, now, days));
            under_way.find = Some(settings_jobs::find(&mut jobs, settings.log_dir.clone()));
        }
        let form = settings::State::new(&settings);
        let mut app = Self {
            view,
            text: Text::new(language),
            panel: prefs.panel,
            settings,
            source: Source::None,
            folder_watcher: None,
            jobs,
            under_way,
            dashboard: dashboard::State::default(),
            outages: outages::State::default(),
            activity: activity::State::default(),
            path: path::State::default(),
            logs: logs::State::default(),
            reports: reports::State::default(),
            scheduler: scheduler::State::default(),
            integrations: integrations_panel::State::default(),
            form,
            palette: palette::State::default(),
            toast: Toast::default(),
            notifier: DesktopNotifier::new(),
            silence: schedule::Silence::default(),
            reread: None,
            has_tray: false,
            tray: None,
            quits: false,
            question: None,
            unproven: None,
            has_drawn: false,
            title: TITLE.to_owned(),
            is_demo: start.demo_days.is_some(),
            stands_at: start.stands_at,
            restarts: false,
            prefs,
        };
        if !app.is_demo {
            app.read_past();
            app.tell_faults();
            app.look_for_others();
            if start.monitors || app.prefs.was_running {
                app.start();
            }
        }
        app
    }

    /// Takes the news, and sees to it that the window is drawn again when there may be more.
    fn turn(&mut self, ctx: &egui::Context) {
        self.view.now = self.stands_at.unwrap_or_else(viewer::now);
        self.take_news();
        self.poll_jobs();
        self.watch_folder();
        self.poll_schedule();
        self.poll_integrations();
        self.watch_settings(ctx);
        self.tray(ctx);
        self.closing(ctx);
        self.name_window(ctx);
        let waits = match self.view.mode {
            Mode::Stopped => Duration::from_secs(20),
            _ => Duration::from_secs(1),
        };
        ctx.request_repaint_after(waits);
    }

    /// The title of the window says what is broken, so that it can be seen where the window cannot.
    fn name_window(&mut self, ctx: &egui::Context) {
        let state = self.view.state();
        let title = match (self.view.verdict(), self.view.doubt) {
            (Some(verdict), _) if state.is_down() => {
                format!("{} – {TITLE}", self.text.headline(state, Some(verdict)))
            }
            (_, Some(doubt @ LineDoubt::Silent)) => format!("{} – {TITLE}", self.text.doubt(doubt)),
            _ => TITLE.to_owned(),
        };
        if title != self.title {
            self.title.clone_from(&title);
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title));
        }
    }

    fn draw(&mut self, ui: &mut egui::Ui) {
        let mut actions = self.keys(ui);
        actions.extend(shell::navigation(ui, &self.view, self.text, self.panel, &self.prefs));
        let tokens = theme::tokens(ui.ctx());
        let frame = egui::Frame::new().fill(tokens.page).inner_margin(egui::Margin {
            left: 20,
            right: 20,
            top: 15,
            bottom: 16,
        });
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            let (action, ()) = shell::header(ui, &self.view, self.text, self.panel, |ui| match self.panel {
                Panel::Dashboard => dashboard::range_ui(ui, &self.view, self.text, &mut self.dashboard),
                Panel::Outages => outages::page_ui(ui, self.text, &mut self.outages),
                _ => {}
            });
            actions.extend(action);
            ui.add_space(theme::gap::M);
            actions.extend(shell::warning(ui, &self.view, self.text));
            actions.extend(self.panel_ui(ui));
        });
        actions.extend(palette::ui(ui.ctx(), &mut self.palette, &self.view, self.text));
        self.question_ui(ui.ctx());
        self.jobs_ui(ui.ctx());
        self.toast.ui(ui.ctx());
        self.drops(ui);
        for action in actions {
            self.handle_action(ui.ctx(), action);
        }
    }

    /// Says what happens to a file while it is dragged over the window, and takes one that is dropped on it.
    fn drops(&mut self, ui: &egui::Ui) {
        let (is_over, dropped) = ui.input(|input| {
            let dropped = input.raw.dropped_files.first().map(|file| file.path().to_owned());
            (!input.raw.hovered_files.is_empty(), dropped)
        });
        if is_over {
            shell::drop_here(ui.ctx(), self.text);
        }
        if let Some(path) = dropped {
            self.dropped(path);
        }
    }

    fn panel_ui(&mut self, ui: &mut egui::Ui) -> Option<Action> {
        if self.panel != Panel::Integrations {
            self.integrations.hide();
        }
        let (view, text) = (&self.view, self.text);
        match self.panel {
            Panel::Dashboard => dashboard::ui(ui, view, text, &mut self.dashboard, &self.settings),
            Panel::Outages => outages::ui(ui, view, text, &mut self.outages),
            Panel::Activity => activity::ui(ui, view, text, &mut self.activity),
            Panel::Path => path::ui(ui, view, text, &mut self.path, &self.settings.config),
            Panel::Logs => logs::ui(ui, view, text, &mut self.logs, &self.settings.log_dir),
            Panel::Reports => reports::ui(ui, text, &mut self.reports, &self.settings.config),
            Panel::Scheduler => scheduler::ui(ui, view, text, &mut self.scheduler),
            Panel::Integrations => {
                let found = self.form.found.as_ref();
                integrations_panel::ui(ui, view, text, &mut self.integrations, &self.settings, found)
            }
            Panel::Settings => settings::ui(ui, view, text, &mut self.form, &self.settings, &self.prefs),
        }
    }

    /// Draws the first of the jobs that are being worked on, at the foot of the window.
    fn jobs_ui(&mut self, ctx: &egui::Context) {
        let running = self.jobs.running();
        let Some((name, progress)) = running.first() else { return };
        let tokens = theme::tokens(ctx);
        let place = egui::Area::new(egui::Id::unique("jobs")).anchor(egui::Align2::RIGHT_BOTTOM, [-24.0, -20.0]);
        place.order(egui::Order::Foreground).show(ctx, |ui| {
            widgets::frame(tokens.button, tokens.border_strong, 10.0).show(ui, |ui| {
                ui.horizontal(|ui| {
                    widgets::progress(ui, progress.share(), 90.0);
                    let note = progress.note();
                    let name = self.text.of(*name);
                    let label = if note.is_empty() { name.to_owned() } else { format!("{name}: {note}") };
                    widgets::line(ui, label, theme::font::small(), tokens.text);
                    if widgets::icon_button(ui, super::icons::X, self.text.of(super::text::T::Cancel)).clicked() {
                        progress.cancel();
                    }
                });
            });
        });
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.turn(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
        self.prove(ui.ctx());
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.prefs.panel = self.panel;
        self.prefs.was_running = matches!(self.view.mode, Mode::Running | Mode::Starting | Mode::Paused);
        eframe::set_value(storage, prefs::KEY, &self.prefs);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

impl App {
    /// Takes note that the renderer works: a second turn comes after the first picture has been shown.
    fn prove(&mut self, ctx: &egui::Context) {
        match self.unproven {
            Some(_) if !std::mem::replace(&mut self.has_drawn, true) => ctx.request_repaint(),
            Some(renderer) => {
                self.unproven = None;
                drop(self.jobs.start_unseen(move |_| graphics::works(renderer)));
            }
            None => {}
        }
    }

    /// True while earlier days, the demo, or what this computer says of its network are still being read.
    pub fn is_loading(&self) -> bool {
        self.under_way.history.is_some() || self.under_way.demo.is_some() || self.under_way.find.is_some()
    }

    /// True while this window is the monitor and monitoring is not paused.
    pub fn is_monitoring(&self) -> bool {
        self.view.mode == Mode::Running
    }

    /// True while the mode is `Stopped`: nobody monitors.
    pub fn is_stopped(&self) -> bool {
        self.view.mode == Mode::Stopped
    }
}
