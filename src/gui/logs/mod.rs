//! The logs of the folder: which there are, and what stands in them.
//!
//! What is read comes from [`crate::log_view`], which has a thread for it; this panel asks, and draws what is there.

mod list;
mod pane;
mod scroll;
mod search;
mod tools;

use std::{ops::Range, path::Path, sync::Arc, time::Duration};

use eframe::egui::{self, Pos2, Rect, Sense, Ui, Vec2};

use self::{pane::Drawn, search::Search};
use super::{
    action::{Action, LogsAction, log_file},
    icons,
    text::{T, Text},
    theme::gap,
    view_model::ViewModel,
    widgets,
};
use crate::{
    codec::line_time,
    log_view::{
        listing::LogFile,
        seek::Sought,
        viewer::{Answer, Ask, First, View, Viewer},
    },
    model::time::Timestamp,
};

/// Below this width the list of files becomes a menu.
const NARROW: f32 = 860.0;

/// Time after which the list of files is read again.
const LIST_AGE: Duration = Duration::from_secs(10);

impl PartialEq for LogsAction {
    fn eq(&self, other: &Self) -> bool {
        matches!((self, other), (Self::List, Self::List))
    }
}

/// State of this panel from one frame to the next.
#[derive(Default)]
pub(crate) struct State {
    files: Option<Result<Vec<LogFile>, String>>,
    /// Time at which the list was asked for, by the clock that never goes back.
    listed: Option<Duration>,
    /// The name of the log that is looked at.
    chosen: Option<String>,
    viewer: Option<Viewer>,
    view: View,
    drawn: Drawn,
    /// The number of the first line shown. Not pixels: those lose count beyond a million lines.
    top: f64,
    /// The first column shown.
    column: f64,
    follows: bool,
    /// Lines that fit.
    fit: f64,
    /// Lines that were asked to be shown last: the first one, their number, and the first column.
    asked: Option<(First, usize, u64)>,
    n_bins: usize,
    search: Search,
    /// Bytes chosen: where the choice began, and where it ends.
    selection: Option<(u64, u64)>,
    /// Text that was typed as the time to jump to.
    jump: String,
    /// A line that was jumped to.
    marked: Option<u64>,
    /// Message on the last request; `None` where there is nothing to say.
    note: Option<String>,
    next_id: u64,
}

impl State {
    /// Shows this log.
    pub(crate) fn choose(&mut self, name: &str) {
        self.chosen = Some(name.to_owned());
        self.viewer = None;
    }

    /// Takes the list of files.
    pub(crate) fn take_files(&mut self, files: Result<Vec<LogFile>, String>) {
        if let (None, Ok(files)) = (&self.chosen, &files) {
            self.chosen = files.first().map(|file| file.name.clone());
        }
        self.files = Some(files);
    }

    /// Says what came of an export.
    pub(crate) fn say(&mut self, note: String) {
        self.note = Some(note);
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn ask(&self, ask: Ask) {
        if let Some(viewer) = &self.viewer {
            // When so much waits that it is not taken, the disk hangs, and what is asked for is asked for again.
            viewer.ask(ask);
        }
    }

    /// Opens the chosen log, if it is not open, and takes what was read of it.
    fn turn(&mut self, ctx: &egui::Context, log_dir: &Path, text: Text) -> Option<Action> {
        let path = self.chosen.as_ref().and_then(|name| log_file(log_dir, name));
        if self.viewer.as_ref().map(Viewer::path) != path.as_deref() {
            self.open(ctx, path.as_deref());
        }
        let viewer = self.viewer.as_ref()?;
        let (view, answers) = (viewer.view(), viewer.answers());
        if view.generation != self.view.generation {
            (self.selection, self.marked) = (None, None);
            self.search.current = None;
        }
        self.view = view;
        answers.into_iter().filter_map(|answer| self.take(answer, text)).last()
    }

    fn open(&mut self, ctx: &egui::Context, path: Option<&Path>) {
        let ctx = ctx.clone();
        // A delay of nothing would draw twice.
        let wake = move || ctx.request_repaint_after(Duration::from_millis(5));
        self.viewer = path.and_then(|path| Viewer::open(path, wake).ok());
        self.view = View::default();
        self.drawn = Drawn::default();
        (self.top, self.column, self.follows) = (0.0, 0.0, true);
        (self.asked, self.n_bins) = (None, 0);
        (self.selection, self.marked, self.note) = (None, None, None);
        self.search.begin_anew();
    }

    /// Takes the answer to a question.
    fn take(&mut self, answer: Answer, text: Text) -> Option<Action> {
        match answer {
            Answer::Found { id, hit, line, wrapped } if id == self.search.id => {
                self.search.wrapped = wrapped && hit.is_some() && !self.search.is_first;
                self.search.current = hit;
                if let Some(line) = line {
                    self.reveal(line);
                }
                if let Some(hit) = self.search.current.clone() {
                    let (start, end) = (hit.bytes.start - hit.line_start, hit.bytes.end - hit.line_start);
                    self.reveal_columns(start as f64, end as f64);
                }
                None
            }
            Answer::Sought { sought, line, .. } => {
                self.note = match sought {
                    Sought::At(_) => None,
                    Sought::AllEarlier => Some(text.of(T::NoLineThatLate).into()),
                    Sought::NoTimes => Some(text.of(T::NoTimesInLog).into()),
                };
                if let Some(line) = line {
                    self.follows = false;
                    self.top = (line as f64 - 2.0).max(0.0);
                    self.marked = Some(line);
                }
                None
            }
            Answer::Copied { text: Some(copied), .. } => Some(Action::Copy(copied, T::Copied)),
            Answer::Copied { text: None, .. } => {
                self.note = Some(text.of(T::TooMuchToCopy).into());
                None
            }
            Answer::Failed { fault } => {
                self.note = Some(fault);
                None
            }
            Answer::Found { .. } => None,
        }
    }

    /// Moves so that a line can be seen, if it cannot.
    fn reveal(&mut self, line: u64) {
        let line = line as f64;
        if line < self.top || line > self.top + self.fit - 2.0 {
            self.top = (line - self.fit / 3.0).floor().max(0.0);
        }
        self.follows = false;
    }

    fn reveal_columns(&mut self, start: f64, end: f64) {
        let fit = self.drawn.columns.max(20.0);
        if start < self.column || end > self.column + fit {
            self.column = if end < fit { 0.0 } else { (start - fit / 3.0).max(0.0) };
        }
    }

    /// The bytes chosen, in order.
    fn chosen_bytes(&self) -> Option<Range<u64>> {
        let (a, b) = self.selection?;
        (a != b).then(|| a.min(b)..a.max(b))
    }

    fn copy(&mut self) {
        if let Some(bytes) = self.chosen_bytes() {
            let id = self.id();
            self.ask(Ask::Copy { id, bytes });
        }
    }

    fn jump(&mut self, now: Timestamp, text: Text) {
        let today = crate::clock::local(now).date();
        match line_time::typed(&self.jump, today).and_then(crate::clock::from_local) {
            Some(at) => {
                let id = self.id();
                self.ask(Ask::Seek { id, at });
            }
            None => self.note = Some(text.of(T::NoDate).into()),
        }
    }

    /// Asks for the lines around those that can be seen, unless they are there.
    fn want_lines(&mut self) {
        let count = places(self.fit);
        let wanted = if self.follows {
            (First::End, count + 2, whole(self.column))
        } else {
            // A page more in both directions, so that scrolling finds them there.
            let first = whole(self.top - self.fit) / 16 * 16;
            (First::Line(first), 3 * count + 32, whole(self.column) / 2048 * 2048)
        };
        if self.asked != Some(wanted)
            && let Some(viewer) = &self.viewer
            && viewer.ask(Ask::Show { first: wanted.0, count: wanted.1, column: wanted.2 })
        {
            self.asked = Some(wanted);
        }
    }
}

/// A number that is not negative as one of lines.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and rounded down on purpose"
)]
fn whole(value: f64) -> u64 {
    value.max(0.0) as u64
}

/// The same as a number of places in a list.
fn places(value: f64) -> usize {
    usize::try_from(whole(value)).unwrap_or(usize::MAX)
}

/// Draws the panel.
pub(crate) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State, log_dir: &Path) -> Option<Action> {
    let mut action = state.turn(ui.ctx(), log_dir, text);
    let now = view.now.mono;
    if state.listed.is_none_or(|listed| now.saturating_sub(listed) > LIST_AGE) {
        state.listed = Some(now);
        action = action.or(Some(Action::Logs(LogsAction::List)));
    }
    let room = ui.available_rect_before_wrap();
    ui.allocate_rect(room, Sense::hover());
    if matches!(&state.files, Some(Ok(files)) if files.is_empty()) && state.viewer.is_none() {
        widgets::card_at(ui, room, "no logs", |ui| {
            widgets::nothing(ui, icons::FILE_TEXT, text.of(T::NoLogs), text.of(T::NoLogsMore));
        });
        return action;
    }
    let is_narrow = room.width() < NARROW;
    let mut log = room;
    if !is_narrow {
        let width = 252.0;
        let files = Rect::from_min_size(room.min, Vec2::new(width, room.height()));
        log.min.x += width + gap::CARD;
        let more = widgets::card_at(ui, files, "files", |ui| list::ui(ui, view, text, state));
        action = action.or(more);
    }
    let more = widgets::card_at(ui, log, "log", |ui| {
        let action = tools::ui(ui, view, text, state, is_narrow);
        let rest = ui.available_rect_before_wrap();
        let rest = Rect::from_min_max(Pos2::new(log.left() + 1.0, rest.top()), log.max - Vec2::splat(1.0));
        action.or(pane::ui(ui, rest, text, state))
    });
    action.or(more)
}

/// Lines that are shared: whoever looks at what is drawn holds them while it is read, and lets go of them at once.
pub(crate) type Lines = Arc<Vec<crate::log_view::lines::Line>>;
