//! The thread behind a [`super::Viewer`].

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select};

use super::{Answer, Ask, First, LogState, MAX_COPY, SearchView, Shared};
use crate::{
    clock,
    log_view::{
        hit_map::HitMap,
        line_index::LineIndex,
        lines,
        pattern::Pattern,
        search::{self, Hit, Search},
        seek::{self, Sought},
        source::{Change, Source},
    },
    model::time::Timestamp,
};

/// Lines are counted in so many bytes at once; a question waits for no more than that.
const STEP: u64 = 4 << 20;

/// The first lines are counted in a smaller step, so that they are shown at once.
const FIRST_STEP: u64 = 256 << 10;

/// Interval of the looks whether the log has changed.
const POLL: Duration = Duration::from_millis(400);

/// Interval of the reports of progress.
const TELL: Duration = Duration::from_millis(40);

/// Lines that are shown.
#[derive(Debug, Clone, Copy)]
struct Shows {
    first: First,
    count: usize,
    column: u64,
}

/// A search, and what it needs to go on when the log grows.
struct Running {
    search: Search,
    /// The log was this long when it began.
    len: u64,
    /// All is searched and told.
    is_told: bool,
}

/// A question that waits for the search to find something.
struct Waiting {
    id: u64,
    offset: u64,
    forward: bool,
}

pub(super) struct Worker {
    path: PathBuf,
    asks: Receiver<Ask>,
    shared: Arc<Shared>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Rings when a search has progressed.
    progress: (Sender<()>, Receiver<()>),
    source: Option<Source>,
    index: LineIndex,
    shows: Option<Shows>,
    /// Pattern that is searched for.
    pattern: Option<Pattern>,
    running: Option<Running>,
    waiting: Option<Waiting>,
    n_bins: usize,
    polled: Duration,
    told: Duration,
    buffer: Vec<u8>,
}

impl Worker {
    pub(super) fn new(
        path: &Path,
        asks: Receiver<Ask>,
        shared: Arc<Shared>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            asks,
            shared,
            wake,
            progress: bounded(1),
            source: None,
            index: LineIndex::default(),
            shows: None,
            pattern: None,
            running: None,
            waiting: None,
            n_bins: 0,
            polled: Duration::ZERO,
            told: Duration::ZERO,
            buffer: Vec::new(),
        }
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self) {
        self.open();
        loop {
            let pause = if self.is_counting() { Duration::ZERO } else { POLL };
            let asks = self.asks.clone();
            let progress = self.progress.1.clone();
            let ask = select! {
                recv(asks) -> ask => match ask {
                    Ok(ask) => Some(ask),
                    Err(_) => return,
                },
                recv(progress) -> _ => None,
                default(pause) => None,
            };
            if let Some(ask) = ask {
                self.answer(ask);
            }
            self.step();
        }
    }

    fn open(&mut self) {
        match Source::open(&self.path) {
            Ok(source) => {
                self.source = Some(source);
                self.shared.view().state = LogState::Open;
                match self.count(FIRST_STEP) {
                    Ok(()) => self.search(),
                    Err(err) => self.fail(&err),
                }
                self.show();
            }
            Err(err) => {
                let gone = err.kind() == io::ErrorKind::NotFound;
                self.shared.view().state = if gone { LogState::Gone } else { LogState::Failed(err.to_string()) };
            }
        }
        self.polled = clock::now().mono;
        self.tell();
    }

    /// True while lines are still to be counted.
    fn is_counting(&self) -> bool {
        self.source.as_ref().is_some_and(|source| self.index.len() < source.len())
    }

    /// Does a part of what is to be done unasked.
    fn step(&mut self) {
        if self.is_counting() {
            if let Err(err) = self.count(STEP) {
                self.fail(&err);
            }
            if !self.is_counting() {
                self.show();
                self.tell();
            }
        }
        let now = clock::now().mono;
        if now.saturating_sub(self.polled) >= POLL {
            self.polled = now;
            self.poll();
        }
        let news = self.running.as_ref().filter(|running| !running.is_told);
        let is_due = now.saturating_sub(self.told) >= TELL && (self.is_counting() || news.is_some());
        if is_due || news.is_some_and(|running| running.search.is_done()) {
            self.tell();
        }
    }

    /// Counts the lines of the next bytes.
    fn count(&mut self, step: u64) -> io::Result<()> {
        let Some(source) = &mut self.source else { return Ok(()) };
        let start = self.index.len();
        source.read(start, start + step, &mut self.buffer)?;
        self.index.push(&self.buffer);
        Ok(())
    }

    /// Looks whether the log has changed.
    fn poll(&mut self) {
        let Some(source) = &mut self.source else {
            self.open();
            return;
        };
        match source.refresh() {
            Ok(Change::Same) => self.set_state(&LogState::Open),
            Ok(Change::Gone) => self.set_state(&LogState::Gone),
            Ok(Change::Grown) => {
                self.set_state(&LogState::Open);
                if let Err(err) = self.count(FIRST_STEP).and_then(|()| self.search_growth()) {
                    self.fail(&err);
                }
                self.show();
                self.tell();
            }
            Ok(Change::Replaced) => {
                self.begin_anew();
                self.set_state(&LogState::Open);
                if let Err(err) = self.count(FIRST_STEP) {
                    self.fail(&err);
                }
                self.show();
                self.tell();
            }
            Err(err) => self.fail(&err),
        }
    }

    fn begin_anew(&mut self) {
        self.index = LineIndex::default();
        self.waiting = None;
        self.running = None;
        self.shared.view().generation += 1;
        self.search();
    }

    fn set_state(&mut self, state: &LogState) {
        let changed = {
            let mut view = self.shared.view();
            std::mem::replace(&mut view.state, state.clone()) != *state
        };
        if changed {
            (self.wake)();
        }
    }

    /// The log could not be read. It is opened anew at the next look, since it may have been cut short meanwhile.
    fn fail(&mut self, err: &io::Error) {
        self.source = None;
        self.begin_anew();
        self.set_state(&LogState::Failed(err.to_string()));
    }

    fn answer(&mut self, ask: Ask) {
        match ask {
            Ask::Show { first, count, column } => {
                self.shows = Some(Shows { first, count, column });
                self.show();
                (self.wake)();
            }
            Ask::Search(None) => {
                (self.pattern, self.running, self.waiting) = (None, None, None);
                self.tell();
            }
            Ask::Search(Some(pattern)) => {
                (self.pattern, self.waiting) = (Some(*pattern), None);
                self.search();
                self.tell();
            }
            Ask::Bins(n_bins) => {
                self.n_bins = n_bins;
                self.tell();
            }
            Ask::Find { id, offset, forward } => {
                self.waiting = Some(Waiting { id, offset, forward });
                self.find();
            }
            Ask::Seek { id, at } => self.seek(id, at),
            Ask::Copy { id, bytes } => self.copy(id, bytes),
        }
    }

    /// Reads the lines to be shown.
    fn show(&mut self) {
        let (Some(source), Some(Shows { first, count, column })) = (&mut self.source, self.shows) else { return };
        let is_counted = self.index.len() >= source.len();
        let read = match first {
            First::Line(line) => lines::read(source, &self.index, line, count, column),
            First::End if is_counted => {
                let line = self.index.n_lines().saturating_sub(count as u64);
                lines::read(source, &self.index, line, count, column)
            }
            First::End => lines::last(source, count),
        };
        match read {
            Ok(read) => {
                let mut view = self.shared.view();
                view.lines = Arc::new(read);
                view.first = Some(first);
                view.len = source.len();
                view.indexed = self.index.len();
                view.n_lines = self.index.n_lines();
            }
            Err(err) => self.fail(&err),
        }
    }

    /// Begins to search all of the log for what is searched for, if something is.
    fn search(&mut self) {
        let (Some(source), Some(pattern)) = (&self.source, &self.pattern) else { return };
        let len = source.len();
        match Search::start(source, pattern, HitMap::for_len(len), 0, &self.bell()) {
            Ok(search) => self.running = Some(Running { search, len, is_told: false }),
            Err(err) => self.say(Answer::Failed { fault: err.to_string() }),
        }
    }

    /// Searches what the log has grown by, from the line on that was its last.
    fn search_growth(&mut self) -> io::Result<()> {
        let Some(source) = &mut self.source else { return Ok(()) };
        let Some(running) = self.running.take_if(|running| running.search.is_done() && running.len < source.len())
        else {
            return Ok(());
        };
        if self.index.len() < running.len {
            // Its last line is not known yet; the next look finds it.
            self.running = Some(running);
            return Ok(());
        }
        if running.search.map().is_too_fine(source.len()) {
            self.search();
            return Ok(());
        }
        let line = lines::number_at(source, &self.index, running.len)?;
        let start = lines::start_of(source, &self.index, line)?.unwrap_or(running.len);
        let len = source.len();
        let bell = self.bell();
        let (Some(source), Some(pattern)) = (&self.source, &self.pattern) else { return Ok(()) };
        let search = Search::start(source, pattern, running.search.map(), start, &bell)?;
        self.running = Some(Running { search, len, is_told: false });
        Ok(())
    }

    /// Returns the function that a search calls to say that it has progressed.
    fn bell(&self) -> Arc<dyn Fn() + Send + Sync> {
        let ring = self.progress.0.clone();
        Arc::new(move || match ring.try_send(()) {
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        })
    }

    /// Answers the question for a match, unless it has to wait for one.
    fn find(&mut self) {
        let Some(Waiting { id, offset, forward }) = self.waiting else { return };
        let (Some(source), Some(running), Some(pattern)) = (&mut self.source, &self.running, &self.pattern) else {
            return;
        };
        // In this order: what is found after it was done is not lost.
        let is_done = running.search.is_done();
        let map = running.search.map();
        match find_around(source, pattern, &map, offset, forward) {
            // What lies between is not searched yet, so one from the other end may be the wrong one.
            Ok((None, _) | (Some(_), true)) if !is_done => {}
            Ok((hit, wrapped)) => {
                let is_counted = |hit: &Hit| hit.line_start <= self.index.len();
                let line = hit.as_ref().filter(|hit| is_counted(hit)).map(|hit| hit.line_start);
                let line = line.map(|start| lines::number_at(source, &self.index, start)).transpose();
                self.waiting = None;
                match line {
                    Ok(line) => self.say(Answer::Found { id, hit, line, wrapped }),
                    Err(err) => self.fail(&err),
                }
            }
            Err(err) => self.fail(&err),
        }
    }

    fn seek(&mut self, id: u64, at: Timestamp) {
        let Some(source) = &mut self.source else { return };
        let sought = seek::seek(source, at, &clock::from_local);
        let line = match sought {
            Ok(Sought::At(start)) if start <= self.index.len() => {
                lines::number_at(source, &self.index, start).map(Some)
            }
            _ => Ok(None),
        };
        match sought.and_then(|sought| Ok((sought, line?))) {
            Ok((sought, line)) => self.say(Answer::Sought { id, sought, line }),
            Err(err) => self.fail(&err),
        }
    }

    fn copy(&mut self, id: u64, bytes: Range<u64>) {
        let Some(source) = &mut self.source else { return };
        if bytes.end.saturating_sub(bytes.start) > MAX_COPY {
            self.say(Answer::Copied { id, text: None });
            return;
        }
        let mut buffer = Vec::new();
        match source.read(bytes.start, bytes.end, &mut buffer) {
            Ok(()) => {
                let text = String::from_utf8_lossy(&buffer).replace('\0', "\u{fffd}");
                self.say(Answer::Copied { id, text: Some(text) });
            }
            Err(err) => self.fail(&err),
        }
    }

    fn say(&self, answer: Answer) {
        self.shared.answers().push(answer);
        (self.wake)();
    }

    /// Tells how far everything is.
    fn tell(&mut self) {
        self.find();
        self.told = clock::now().mono;
        let query = self.pattern.as_ref().map(|pattern| pattern.query().clone());
        let search = self.running.as_mut().zip(query).map(|(running, query)| {
            // In this order: what is found after it was done is not lost.
            let is_done = running.search.is_done();
            let map = running.search.map();
            let (hits, lines) = map.total();
            running.is_told = is_done;
            SearchView {
                query,
                hits,
                lines,
                searched: if is_done { running.len } else { map.searched(running.len) },
                is_done,
                fault: running.search.fault(),
                density: Arc::new(map.density(&self.index, self.n_bins)),
                map: Arc::new(map),
            }
        });
        {
            let mut view = self.shared.view();
            view.len = self.source.as_ref().map_or(view.len, Source::len);
            view.indexed = self.index.len();
            view.n_lines = self.index.n_lines();
            view.search = search;
        }
        (self.wake)();
    }
}

/// The next match, and whether it had to be looked for from the other end.
fn find_around(
    source: &mut Source,
    pattern: &Pattern,
    map: &HitMap,
    offset: u64,
    forward: bool,
) -> io::Result<(Option<Hit>, bool)> {
    let find = |source: &mut Source, offset: u64| {
        if forward {
            search::next(source, pattern, map, offset)
        } else {
            search::previous(source, pattern, map, offset)
        }
    };
    if let Some(hit) = find(source, offset)? {
        return Ok((Some(hit), false));
    }
    Ok((find(source, if forward { 0 } else { u64::MAX })?, true))
}
