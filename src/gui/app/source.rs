//! Sources of news: the monitor of this window, that of another process, or the demo.

use crossbeam_channel::TryRecvError;

use super::App;
use crate::{
    gui::{
        jobs::{
            bell::{self, Tone},
            demo::Player,
            files::{NoDialog, NotOpened},
            monitor::{self, Began, Engine},
            path::NoHops,
            picture,
            reports::NotMade,
            settings as settings_jobs,
            viewer::{self, Seen, Viewer},
        },
        text::T,
        view_model::{History, Mode, activity::Level},
    },
    model::{event::Event, ledger::State, verdict::FaultDomain},
};

/// Most events taken in one turn, so that a flood does not hold up the window.
const MOST: usize = 2000;

/// Source of news.
pub(super) enum Source {
    None,
    Engine(Engine),
    Viewer(Viewer),
    Demo(Box<Player>),
}

impl App {
    /// Takes what was told since the last turn.
    pub(super) fn take_news(&mut self) {
        let mut events = Vec::new();
        let mut is_gone = false;
        match &mut self.source {
            Source::None => {}
            Source::Engine(engine) => {
                events.extend(engine.events().try_iter().take(MOST));
                is_gone = engine.is_over() && engine.events().is_empty();
            }
            Source::Viewer(viewer) => {
                for seen in viewer.seen.try_iter().take(MOST) {
                    match seen {
                        Seen::Event(event) => events.push(event),
                        Seen::Gone => is_gone = true,
                    }
                }
            }
            Source::Demo(player) => events = player.until(self.view.now.wall),
        }
        let is_viewer = matches!(self.source, Source::Viewer(_));
        for event in &events {
            self.tell_desktop(event);
            self.view.apply(event);
            if let (Event::Row(row), true) = (event, is_viewer) {
                self.view.samples_of(row);
            }
        }
        if is_gone {
            self.source_gone(is_viewer);
        }
    }

    /// Tells of the begin and the end of an outage by a sound and on the desktop, for a person who does not look at the
    /// window.
    fn tell_desktop(&mut self, event: &Event) {
        if self.is_demo {
            return;
        }
        if self.prefs.sounds {
            match event {
                Event::OutageOpened(..) => bell::ring(Tone::Bad),
                Event::OutageClosed(_) => bell::ring(Tone::Good),
                _ => {}
            }
        }
        if !self.prefs.notifies {
            return;
        }
        match event {
            Event::OutageOpened(outage, verdict) => {
                let state =
                    State::Down(verdict.domain.or_else(|| outage.domain(outage.start)).unwrap_or(FaultDomain::Access));
                let title = self.text.headline(state, Some(verdict)).to_owned();
                self.notifier.say(title, self.text.because(&verdict.evidence));
            }
            Event::OutageClosed(outage) => {
                let end = outage.end.unwrap_or(outage.start);
                let title = self.text.with(T::OutageOverAfter, &[&self.text.duration(outage.length(end))]);
                let domain = outage.blamed(end).map_or("", |domain| self.text.domain(domain));
                self.notifier.say(title, domain.to_owned());
            }
            _ => {}
        }
    }

    /// The monitor ended without being asked to.
    fn source_gone(&mut self, was_viewer: bool) {
        self.source = Source::None;
        self.view.mode = Mode::Stopped;
        let at = self.view.now.stamp();
        let text = if was_viewer { T::OtherGone } else { T::EngineGone };
        self.view.apply(&Event::Stopped(at));
        let said = self.text.of(text).to_owned();
        self.view.say(if was_viewer { Level::Info } else { Level::Warning }, said.clone());
        if was_viewer {
            self.toast.say(said);
        } else {
            self.view.warning = Some((self.view.now.wall, said));
        }
    }

    /// Begins to monitor, unless somebody does.
    pub(in crate::gui) fn start(&mut self) {
        if self.is_demo || self.under_way.start.is_some() || !matches!(self.view.mode, Mode::Stopped) {
            return;
        }
        self.view.mode = Mode::Starting;
        self.under_way.start = Some(monitor::start(&mut self.jobs, &self.settings));
    }

    /// Ends monitoring.
    pub(in crate::gui) fn stop(&mut self) {
        if let Source::Engine(engine) = std::mem::replace(&mut self.source, Source::None) {
            self.view.mode = Mode::Stopping;
            self.under_way.stop = Some(monitor::stop(&mut self.jobs, engine));
        }
    }

    /// Shows the log of another process if that one monitors the folder.
    pub(super) fn look_for_others(&mut self) {
        if let Some(holder) = monitor::holder(&self.settings.log_dir) {
            self.view_other(Some(holder.pid), Some(holder.started));
        }
    }

    /// While nobody monitors, a service may begin to: then its log is shown.
    pub(super) fn watch_folder(&mut self) {
        if self.is_demo || !matches!(self.view.mode, Mode::Stopped) || self.under_way.start.is_some() {
            self.folder_watcher = None;
            return;
        }
        let found = self.folder_watcher.as_ref().and_then(|folder_watcher| folder_watcher.found.try_recv().ok());
        if let Some(holder) = found {
            self.folder_watcher = None;
            self.view_other(Some(holder.pid), Some(holder.started));
            self.toast.say(self.text.of(T::OtherRuns));
        } else if self
            .folder_watcher
            .as_ref()
            .is_none_or(|folder_watcher| folder_watcher.log_dir != self.settings.log_dir)
        {
            self.folder_watcher = Some(viewer::watch_folder(self.settings.log_dir.clone(), self.jobs.wake()));
        }
    }

    fn view_other(&mut self, pid: Option<u32>, since: Option<crate::model::time::Timestamp>) {
        let after = self.settings.config.outage_after_sec;
        let viewer = viewer::follow(self.settings.log_dir.clone(), after, self.jobs.wake());
        self.source = Source::Viewer(viewer);
        self.view.mode = Mode::Viewing { pid, since };
    }

    /// Takes the results of jobs that are done.
    pub(super) fn poll_jobs(&mut self) {
        self.poll_start();
        if let Some(events) = take(&mut self.under_way.stop) {
            for event in events.unwrap_or_default() {
                self.view.apply(&event);
            }
            self.view.mode = Mode::Stopped;
            if std::mem::take(&mut self.restarts) {
                self.start();
            }
        }
        if let Some(Ok(result)) = take(&mut self.under_way.history) {
            match result {
                Ok(history) => self.view.take_history(history),
                Err(why) => {
                    self.view.take_history(History::default());
                    let said = self.text.with(T::HistoryFailed, &[&why]);
                    self.view.warning = Some((self.view.now.wall, said));
                }
            }
        } else if let Some(job) = &self.under_way.history {
            self.view.past = crate::gui::view_model::Past::Loading(job.progress.share());
        }
        if let Some(Ok(demo)) = take(&mut self.under_way.demo) {
            for event in &demo.recent {
                self.view.activity.event(event);
                if let Event::Row(row) = event {
                    self.view.activity.row(row);
                }
                if matches!(event, Event::Trace(..) | Event::Row(_) | Event::State(..)) {
                    self.take_demo(event);
                }
            }
            self.view.take_history(demo.history);
            self.view.diary = demo.diary;
            self.view.traces.splice(0..0, demo.earlier);
            self.view.session.started = Some(self.view.now.stamp());
            self.source = Source::Demo(Box::new(demo.player));
        }
        self.poll_tools();
    }

    /// Applies an event of the demo's past to the present state: its trace, row or state of the line.
    fn take_demo(&mut self, event: &Event) {
        match event {
            Event::Trace(at, purpose, trace) => self.view.traces.push((*at, *purpose, trace.clone())),
            Event::Row(row) => {
                self.view.row = Some(row.clone());
                if let Some(line) = &mut self.view.line {
                    line.verdict = row.verdict.clone();
                }
            }
            Event::State(at, state, verdict) => {
                self.view.line =
                    Some(crate::gui::view_model::Line { state: *state, since: *at, verdict: verdict.clone() });
            }
            _ => {}
        }
        self.view.gateway = Some(crate::model::host::Host::new([192, 168, 1, 1].into()));
    }

    fn poll_start(&mut self) {
        let Some(began) = take(&mut self.under_way.start) else { return };
        match began {
            Ok(Began::Running(engine)) => {
                self.source = Source::Engine(engine);
                self.view.mode = Mode::Running;
            }
            Ok(Began::Held(holder)) => {
                self.view_other(holder.map(|holder| holder.pid), holder.map(|holder| holder.started));
                self.toast.say(self.text.of(T::OtherRuns));
            }
            Ok(Began::Failed(why)) => {
                self.view.mode = Mode::Stopped;
                self.view.say(Level::Warning, why.clone());
                self.view.warning = Some((self.view.now.wall, why));
            }
            Err(Broke) => {
                self.view.mode = Mode::Stopped;
                self.view.warning = Some((self.view.now.wall, self.text.of(T::EngineGone).to_owned()));
            }
        }
    }

    fn poll_tools(&mut self) {
        if let Some((job, live)) = &self.under_way.trace {
            if let Ok(mut live) = live.try_lock()
                && let Some(trace) = live.take()
            {
                self.path.live(trace);
            }
            match job.result() {
                Ok(result) => {
                    self.path.traced(result);
                    self.under_way.trace = None;
                }
                Err(TryRecvError::Disconnected) => {
                    self.path.traced(Err(self.text.of(T::JobBroke).into()));
                    self.under_way.trace = None;
                }
                Err(TryRecvError::Empty) => {}
            }
        }
        if let Some(result) = take(&mut self.under_way.discover) {
            self.path.discovered(result.unwrap_or_else(|Broke| Err(NoHops::Other(self.text.of(T::JobBroke).into()))));
        }
        if let Some(result) = take(&mut self.under_way.connect) {
            self.path.connected(result.unwrap_or_else(|Broke| Err(self.text.of(T::JobBroke).into())));
        }
        if let Some(Ok(result)) = take(&mut self.under_way.save) {
            match result {
                Ok(settings_jobs::Saved { config, old, faults }) => {
                    self.saved(config, faults);
                    if let Some(old) = old {
                        self.toast.complain(self.text.with(T::SavedOverBroken, &[&old.display()]));
                    }
                }
                Err(why) => self.toast.complain(why),
            }
        }
        match take(&mut self.under_way.import) {
            Some(Ok(Ok(Some(Ok((config, problems)))))) => {
                self.form.take(&config, problems);
                self.toast.say(self.text.of(T::Imported));
            }
            Some(Ok(Ok(Some(Err(why))))) => self.toast.complain(why),
            Some(Ok(Err(NoDialog))) => self.toast.complain(self.text.of(T::NoFileDialog)),
            Some(Ok(Ok(None)) | Err(Broke)) | None => {}
        }
        if let Some(Ok(found)) = take(&mut self.under_way.find) {
            self.form.found = Some(found);
        }
        match take(&mut self.under_way.open) {
            Some(Ok(Err(NotOpened::Gone(path)))) => {
                self.toast.complain(self.text.with(T::FileGone, &[&path.display()]));
            }
            Some(Ok(Err(NotOpened::Other(why)))) => self.toast.complain(why),
            Some(Ok(Ok(())) | Err(Broke)) | None => {}
        }
        self.poll_picture();
        self.poll_logs();
    }

    /// A picture that is on its way to the clipboard.
    fn poll_picture(&mut self) {
        let picture = self.under_way.picture.as_ref().map(|(from, part, scale)| (from.try_recv(), *part, *scale));
        match picture {
            Some((Ok(image), part, scale)) => {
                self.under_way.picture = None;
                self.under_way.copy = Some(picture::copy(&mut self.jobs, image, part, scale));
            }
            Some((Err(TryRecvError::Disconnected), ..)) => self.under_way.picture = None,
            Some((Err(TryRecvError::Empty), ..)) | None => {}
        }
        match take(&mut self.under_way.copy) {
            Some(Ok(None)) => self.toast.say(self.text.of(T::PictureCopied)),
            Some(Ok(Some(why))) => self.toast.complain(why),
            Some(Err(Broke)) => self.toast.complain(self.text.of(T::JobBroke)),
            None => {}
        }
    }

    /// Takes the results of the jobs on logs, reports, packs and the diary.
    fn poll_logs(&mut self) {
        if let Some(Ok(files)) = take(&mut self.under_way.list) {
            self.logs.take_files(files);
        }
        if let Some(made) = take(&mut self.under_way.report) {
            let broke = || NotMade::Other(self.text.of(T::JobBroke).into());
            self.reports.take_made(made.unwrap_or_else(|_broke| Err(broke())));
        }
        match take(&mut self.under_way.save_report) {
            Some(Ok(Some(Ok(path)))) => self.reports.saved(path),
            Some(Ok(Some(Err(why)))) => self.toast.complain(why),
            Some(Err(Broke)) => self.toast.complain(self.text.of(T::JobBroke).to_owned()),
            Some(Ok(None)) | None => {}
        }
        match take(&mut self.under_way.check) {
            Some(Ok(Ok(Some(checked)))) => self.reports.take_checked(checked),
            Some(Ok(Err(NoDialog))) => self.toast.complain(self.text.of(T::NoFileDialog)),
            Some(Err(Broke)) => self.toast.complain(self.text.of(T::JobBroke)),
            Some(Ok(Ok(None))) | None => {}
        }
        match take(&mut self.under_way.pack) {
            Some(packed) => {
                let broke = || Some(Err(NotMade::Other(self.text.of(T::JobBroke).into())));
                self.reports.take_packed(packed.unwrap_or_else(|Broke| broke()));
            }
            None => {
                if let Some(job) = &self.under_way.pack {
                    self.reports.packs(job.progress.share());
                }
            }
        }
        match take(&mut self.under_way.diary) {
            Some(Ok(Ok(diary))) => self.view.diary = diary,
            Some(Ok(Err(why))) => self.toast.complain(why),
            Some(Err(Broke)) => self.toast.complain(self.text.of(T::JobBroke).to_owned()),
            None => {}
        }
        if let Some(found) = take(&mut self.under_way.paths) {
            self.outages.take_paths(found.unwrap_or_default());
        }
        match take(&mut self.under_way.export) {
            Some(Ok(Some(Ok(path)))) => self.logs.say(self.text.with(T::Exported, &[&path.display()])),
            Some(Ok(Some(Err(why)))) => self.toast.complain(why),
            Some(Err(Broke)) => self.toast.complain(self.text.of(T::JobBroke).to_owned()),
            Some(Ok(None)) | None => {}
        }
    }
}

/// A job ended without a result.
pub(super) struct Broke;

/// The result of a job that is done, which then is forgotten.
pub(super) fn take<R>(job: &mut Option<crate::gui::jobs::Job<R>>) -> Option<Result<R, Broke>> {
    let result = match job.as_ref()?.result() {
        Ok(result) => Ok(result),
        Err(TryRecvError::Disconnected) => Err(Broke),
        Err(TryRecvError::Empty) => return None,
    };
    *job = None;
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::{Language, Start};

    #[test]
    fn a_monitor_that_breaks_is_told_and_can_be_started_again() {
        let dir = tempfile::tempdir().unwrap();
        let start = Start {
            config: Some(dir.path().join("config.json")),
            log_dir: Some(dir.path().join("logs")),
            ..Start::default()
        };
        let mut app = App::fresh(&eframe::egui::Context::default(), &start, Language::English, true);
        app.source = Source::Engine(Engine::broken());
        app.view.mode = Mode::Running;
        app.take_news();
        assert!(app.is_stopped());
        let said = app.view.warning.as_ref().map(|(_, said)| said.as_str());
        assert_eq!(Some("The monitor ended unexpectedly: press Start to go on"), said);
        app.start();
        assert_eq!(Mode::Starting, app.view.mode);
    }

    #[test]
    fn a_service_that_begins_while_nobody_monitors_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let logs = dir.path().join("logs");
        let config = Some(dir.path().join("config.json"));
        let start = Start { config, log_dir: Some(logs.clone()), ..Start::default() };
        let mut app = App::fresh(&eframe::egui::Context::default(), &start, Language::English, true);
        app.watch_folder();
        assert!(app.is_stopped());
        let service = std::process::id() ^ 1;
        // A look is soon gone, and nothing to follow.
        let mut lock = monitor::held_by(&logs, service, true);
        for turn in 0..1000 {
            if turn == 150 {
                assert!(app.is_stopped() && lock.is_some());
                drop(lock);
                lock = monitor::held_by(&logs, service, false);
            }
            if !app.is_stopped() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            app.watch_folder();
        }
        assert!(matches!(app.view.mode, Mode::Viewing { pid: Some(pid), .. } if pid == service));
        drop(lock);
    }
}
