//! Measurements at the point of the plot that the mouse is on.

use std::time::Duration;

use eframe::egui::{self, Ui, Vec2};

use super::host_line::HostLine;
use crate::{
    gui::{
        text::{T, Text},
        theme::{self, font},
        view_model::{
            ViewModel, from_millis,
            series::{Bucket, Millis},
            timeline::Timeline,
        },
    },
    model::ledger::State,
};

/// A shorter stretch than this is told as a moment.
const MOMENT: Millis = 2000;
/// Samples this far from the point belong to it: targets take turns, and rows of a log come every 20 s.
const NEAR: Millis = 20_000;

/// The stretch of time that is drawn at one place of the plot.
#[derive(Debug, PartialEq)]
pub(super) struct Pointed {
    at: Millis,
    /// Beginning and end; both are `at` for a moment.
    pub(super) from: Millis,
    to: Millis,
    /// State of the line: the worst one that was monitored, by its length.
    state: State,
    /// Time that the line was down; zero for a moment.
    down: Duration,
}

impl Pointed {
    /// The stretch around a point of a plot whose buckets are `step` milliseconds wide.
    pub(super) fn new(timeline: &Timeline, at: Millis, step: Millis) -> Self {
        if step < MOMENT {
            return Self { at, from: at, to: at, state: timeline.at(at), down: Duration::ZERO };
        }
        let from = at.div_euclid(step) * step;
        let totals = timeline.totals(from, from + step);
        let is_up = |state: State| !state.is_down() && !matches!(state, State::NotMonitored(_));
        let state = totals.longest(State::is_down).or_else(|| totals.longest(is_up));
        Self { at, from, to: from + step, state: state.unwrap_or_else(|| timeline.at(at)), down: totals.down() }
    }

    /// Of these buckets, the one that tells of this place; `None` when nothing was measured there.
    pub(super) fn bucket<'a>(&self, buckets: &'a [Bucket]) -> Option<&'a Bucket> {
        if matches!(self.state, State::NotMonitored(_)) {
            return None;
        }
        let distance = |bucket: &Bucket| (bucket.from() - self.at).max(self.at - bucket.to()).max(0);
        let near = NEAR.max(self.to - self.from);
        let nearest = buckets.iter().min_by_key(|bucket| distance(bucket));
        nearest.filter(|bucket| distance(bucket) <= near)
    }

    /// State of the line in words.
    fn headline(&self, text: Text) -> String {
        let headline = text.headline(self.state, None);
        if self.down.is_zero() { headline.to_owned() } else { format!("{headline} · {}", text.duration(self.down)) }
    }
}

/// Draws the tip beside the pointer.
pub(super) fn ui(ui: &Ui, pointed: &Pointed, view: &ViewModel, text: Text, drawn: &[HostLine]) {
    let tokens = theme::tokens(ui.ctx());
    egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), ui.scope_id().with("tip"), egui::PopupAnchor::Pointer)
        .gap(14.0)
        .show(|ui| {
            ui.spacing_mut().item_spacing = Vec2::new(8.0, 3.0);
            let time = text.stretch(from_millis(pointed.from), from_millis(pointed.to), view.now.wall);
            ui.label(egui::RichText::new(time).font(font::strong()).color(tokens.text));
            let color = if pointed.state.is_down() { tokens.bad } else { tokens.text_soft };
            ui.label(egui::RichText::new(pointed.headline(text)).font(font::small()).color(color));
            egui::Grid::new("tip").num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| {
                for line in drawn {
                    let Some(bucket) = pointed.bucket(&line.buckets) else { continue };
                    ui.label(egui::RichText::new(&line.name).font(font::small()).color(line.color));
                    ui.label(egui::RichText::new(value(bucket, text)).font(font::small()).color(tokens.text));
                    ui.end_row();
                }
            });
            ui.label(egui::RichText::new(text.of(T::ClickForMoment)).font(font::small()).color(tokens.text_faint));
        });
}

/// RTT and loss of a bucket in words.
fn value(bucket: &Bucket, text: Text) -> String {
    let value = match bucket.mean() {
        None => text.of(T::NoAnswer).to_owned(),
        Some(mean) if bucket.n > 1 => {
            let (min, max) = (f64::from(bucket.min), f64::from(bucket.max));
            format!("{} ms ({}–{})", text.number(mean, 1), text.number(min, 1), text.number(max, 1))
        }
        Some(mean) => format!("{} ms", text.number(mean, 1)),
    };
    if bucket.lost == 0 || bucket.n == 1 {
        return value;
    }
    format!("{value} · {}", text.with(T::SoManyLost, &[&text.count(bucket.lost), &text.count(bucket.n)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gui::view_model::series::Series,
        model::{ledger::GapReason, verdict::FaultDomain},
    };

    const MINUTE: Millis = 60_000;
    const DOWN: State = State::Down(FaultDomain::Access);

    /// Monitored in the first and the last ten minutes of two hours, and down for 45 s of them.
    fn line() -> (Timeline, Series) {
        let (mut timeline, mut series) = (Timeline::default(), Series::default());
        for (at, state) in [
            (0, State::Up),
            (5 * MINUTE, DOWN),
            (5 * MINUTE + 45_000, State::Up),
            (10 * MINUTE, State::NotMonitored(GapReason::Asleep)),
            (110 * MINUTE, State::Up),
            (120 * MINUTE, State::NotMonitored(GapReason::NotRunning)),
        ] {
            timeline.set(at, state);
        }
        for at in (0..120 * MINUTE).step_by(1000) {
            match timeline.at(at) {
                State::NotMonitored(_) => {}
                state => series.add(at, (!state.is_down()).then_some(12.0)),
            }
        }
        (timeline, series)
    }

    #[test]
    fn a_tip_never_tells_a_value_of_a_time_at_which_nothing_was_monitored() {
        let (timeline, series) = line();
        for range in [15 * MINUTE, 120 * MINUTE, 1440 * MINUTE, 7 * 1440 * MINUTE, 366 * 1440 * MINUTE] {
            let (from, to) = (120 * MINUTE - range, 120 * MINUTE);
            let (buckets, step) = (series.range(from, to, 400), range / 400);
            for idx in 0..2000 {
                let at = from + range * idx / 2000;
                let pointed = Pointed::new(&timeline, at, step);
                let is_monitored = !matches!(pointed.state, State::NotMonitored(_));
                assert_eq!(is_monitored, pointed.bucket(&buckets).is_some(), "{range} {at} {pointed:?}");
            }
        }
    }

    #[test]
    fn a_wide_stretch_is_told_as_one() {
        let (timeline, _) = line();
        let text = Text::default();
        let pointed = Pointed::new(&timeline, 60 * MINUTE, 1440 * MINUTE);
        assert_eq!((0, 1440 * MINUTE, DOWN), (pointed.from, pointed.to, pointed.state));
        assert!(pointed.headline(text).ends_with(" · 45 s"), "{}", pointed.headline(text));
        let pointed = Pointed::new(&timeline, 60 * MINUTE, 1000);
        assert_eq!((60 * MINUTE, State::NotMonitored(GapReason::Asleep)), (pointed.from, pointed.state));
    }
}
