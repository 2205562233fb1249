//! Where news come from: the monitor of this window, that of another process, or the demo.

use crossbeam_channel::TryRecvError;

use super::App;
use crate::{
    gui::{
        jobs::{
            demo::Player,
            monitor::{self, Began, Engine},
            path::NoHops,
            picture,
            reports::NotMade,
            viewer::{self, Seen, Viewer},
        },
        text::T,
        view_model::{History, Mode, activity::Level},
    },
    model::{event::Event, ledger::State, verdict::FaultDomain},
};

/// Most events taken in one turn, so that a flood does not hold up the window.
const MOST: usize = 2000;

/// Where news come from.
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

    /// What a person wants to know who does not look at the window.
    fn tell_desktop(&mut self, event: &Event) {
        if !self.prefs.notifies || self.is_demo {
            return;
        }
        match event {
            Event::OutageOpened(outage, verdict) => {
                let state =
                    State::Down(verdict.domain.or_else(|| outage.domain(outage.start)).unwrap_or(FaultDomain::Access));
                let title = self.text.headline(state, Some(verdict)).to_owned();
                self.herald.say(title, self.text.because(&verdict.evidence));
            }
            Event::OutageClosed(outage) => {
                let end = outage.end.unwrap_or(outage.start);
                let title = self.text.with(T::OutageOverAfter, &[&self.text.duration(outage.length(end))]);
                let domain = outage.domain(end).map_or("", |domain| self.text.domain(domain));
                self.herald.say(title, domain.to_owned());
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
        let (config, log_dir) = (self.settings.config.clone(), self.settings.log_dir.clone());
        self.under_way.start = Some(monitor::start(&mut self.jobs, config, log_dir));
    }

    /// Ends monitoring.
    pub(in crate::gui) fn stop(&mut self) {
        if let Source::Engine(engine) = std::mem::replace(&mut self.source, Source::None) {
            self.view.mode = Mode::Stopping;
            self.under_way.stop = Some(monitor::stop(&mut self.jobs, engine));
        }
    }

    /// Whether another process monitors the folder; then its log is shown.
    pub(super) fn look_for_others(&mut self) {
        if let Some(holder) = monitor::holder(&self.settings.log_dir) {
            self.view_other(Some(holder.pid), Some(holder.started));
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
            self.view.session.started = Some(self.view.now.stamp());
            self.source = Source::Demo(Box::new(demo.player));
        }
        self.poll_tools();
    }

    /// What the demo's past leaves in the present.
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
                Ok(config) => self.saved(config),
                Err(why) => self.toast.complain(why),
            }
        }
        if let Some(Ok(Some(imported))) = take(&mut self.under_way.import) {
            match imported {
                Ok((config, problems)) => {
                    self.form.take(&config, problems);
                    self.toast.say(self.text.of(T::Imported));
                }
                Err(why) => self.toast.complain(why),
            }
        }
        if let Some(Ok(found)) = take(&mut self.under_way.find) {
            self.form.found = Some(found);
        }
        if let Some(Ok(Some(why))) = take(&mut self.under_way.open) {
            self.toast.complain(why);
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

    /// What was made of logs.
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
        if let Some(Ok(checked)) = take(&mut self.under_way.check) {
            self.reports.take_checked(checked);
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
struct Broke;

/// The result of a job that is done, which then is forgotten.
fn take<R>(job: &mut Option<crate::gui::jobs::Job<R>>) -> Option<Result<R, Broke>> {
    let result = match job.as_ref()?.result() {
        Ok(result) => Ok(result),
        Err(TryRecvError::Disconnected) => Err(Broke),
        Err(TryRecvError::Empty) => return None,
    };
    *job = None;
    Some(result)
}
