//! "Is it me, the provider or the site?", now and in the last hours.

mod banner;
mod cards;
mod first;
mod host_line;
mod lanes;
mod moment;
mod plot;
mod side;
mod tip;

use std::{collections::BTreeSet, time::Duration};

use eframe::egui::{self, Rect, ScrollArea, Sense, Ui, Vec2};

use super::{
    action::Action,
    jobs::settings::Settings,
    text::{T, Text},
    theme::gap,
    view_model::{Mode, Past, ViewModel, in_millis, series::Millis},
    widgets,
};
use crate::model::host::Host;

/// Length of time that one looks back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    Quarter,
    Hour,
    Hours6,
    Day,
    Week,
    Month,
    Year,
}

impl Range {
    const ALL: [(Self, T); 7] = [
        (Self::Quarter, T::Range15m),
        (Self::Hour, T::Range1h),
        (Self::Hours6, T::Range6h),
        (Self::Day, T::Range24h),
        (Self::Week, T::Range7d),
        (Self::Month, T::Range30d),
        (Self::Year, T::Range1y),
    ];

    /// The range to begin with: the shortest that has all that was measured, and a day at most. It grows with it.
    fn usual(view: &ViewModel) -> Self {
        let begin = view.timeline.begin().filter(|_| matches!(view.past, Past::Loaded { .. }));
        let Some(measured) = begin.map(|begin| view.now_millis() - begin) else { return Self::Day };
        let short = [Self::Quarter, Self::Hour, Self::Hours6];
        short.into_iter().find(|range| measured <= range.length()).unwrap_or(Self::Day)
    }

    fn length(self) -> Millis {
        const HOUR: Millis = 3_600_000;
        match self {
            Self::Quarter => HOUR / 4,
            Self::Hour => HOUR,
            Self::Hours6 => 6 * HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
            Self::Month => 30 * 24 * HOUR,
            Self::Year => 366 * 24 * HOUR,
        }
    }
}

/// State of this panel from one frame to the next.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The range chosen; `None` until one is.
    range: Option<Range>,
    /// The stretch looked at, when it does not end now.
    held: Option<(Millis, Millis)>,
    /// Hosts whose line is not drawn.
    hidden: BTreeSet<Host>,
    /// The moment looked at closely.
    moment: Option<Millis>,
    /// Time on the axis at which a selection with the mouse began.
    drag_from: Option<Millis>,
    latency: cards::Latency,
}

impl State {
    /// The stretch of time shown.
    pub(crate) fn window(&self, view: &ViewModel) -> (Millis, Millis) {
        self.held.unwrap_or_else(|| {
            let now = view.now_millis();
            (now - self.range(view).length(), now)
        })
    }

    fn range(&self, view: &ViewModel) -> Range {
        self.range.unwrap_or_else(|| Range::usual(view))
    }

    /// Shows what was around this point.
    pub(crate) fn look_at(&mut self, at: Millis) {
        let half = 10 * 60_000;
        self.held = Some((at - half, at + half));
        self.moment = Some(at);
    }
}

/// The choice of the range, beside the title.
pub(crate) fn range_ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State) {
    let before = state.range(view);
    let choices: Vec<(Range, &str)> = Range::ALL.into_iter().map(|(range, name)| (range, text.of(name))).collect();
    let few: Vec<_> = if ui.available_width() < 720.0 {
        choices
            .iter()
            .copied()
            .filter(|(range, _)| *range == before || !matches!(range, Range::Quarter | Range::Year | Range::Hours6))
            .collect()
    } else {
        choices
    };
    let mut chosen = before;
    if widgets::segmented(ui, &mut chosen, &few) || before != chosen {
        state.range = Some(chosen);
        state.held = None;
    }
}

/// Draws the panel.
pub(crate) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, state: &mut State, settings: &Settings) -> Option<Action> {
    let standing = banner::standing(ui, view, text);
    let is_new = matches!(view.past, Past::Loaded { rows: 0, .. }) && view.session.started.is_none();
    if is_new && matches!(view.mode, Mode::Stopped | Mode::Starting) {
        return standing.or(first::ui(ui, view, text, settings));
    }
    let mut action = None;
    let height = ui.available_height();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(gap::CARD);
        let width = ui.available_width();
        action = banner::ui(ui, view, text);
        let window = state.window(view);
        cards::ui(ui, view, text, window, &mut state.latency);
        let used = ui.min_rect().height() + gap::CARD;
        let left = (height - used).max(380.0);
        if width >= 900.0 {
            let side = 330.0_f32.min(width * 0.34);
            let (rect, _) = ui.allocate_exact_size(Vec2::new(width, left), Sense::hover());
            let (plot, side) = rect.split_left_right_at_x(rect.right() - side - gap::CARD);
            let side = Rect::from_min_max(egui::pos2(side.left() + gap::CARD, side.top()), side.max);
            let more = plot::ui(ui, plot, view, text, state);
            let other = side::ui(ui, side, view, text);
            action = action.take().or(more).or(other);
        } else {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 430.0), Sense::hover());
            let more = plot::ui(ui, rect, view, text, state);
            let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 520.0), Sense::hover());
            let other = side::ui(ui, rect, view, text);
            action = action.take().or(more).or(other);
        }
    });
    if let Some(at) = state.moment {
        let (more, stays) = moment::ui(ui.ctx(), view, text, at);
        action = action.or(more);
        if !stays {
            state.moment = None;
        }
    }
    action.or(standing)
}

/// For how long the state of the line has held.
pub(crate) fn held_for(view: &ViewModel) -> Option<Duration> {
    let since = view.line.as_ref()?.since.wall;
    Duration::try_from_secs_f64((view.now_millis() - in_millis(since)) as f64 / 1e3).ok()
}
