//! Four figures: availability, down-time and whose, latency now, loss.

#![expect(clippy::cast_possible_truncation, reason = "shares of a window")]

use std::{collections::BTreeMap, time::Duration};

use eframe::egui::{self, Align, Layout, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::{
    gui::{
        text::{Cause, T, Text},
        theme::{self, Tokens, font, gap},
        view_model::{
            Role as HostRole, ViewModel, in_millis,
            series::Millis,
            timeline::{Totals, millis},
        },
        widgets::{
            self,
            pattern::{Fill, paint},
        },
    },
    model::ledger::State,
};

/// An hour in milliseconds.
const HOUR: Millis = 3_600_000;
/// Height of a card.
const HEIGHT: f32 = 104.0;

/// Median and 95th percentile of the last hour, computed once a second.
#[derive(Debug, Default)]
pub(super) struct Latency {
    at: Millis,
    median: Option<f64>,
    p95: Option<f64>,
}

impl Latency {
    fn update(&mut self, view: &ViewModel) {
        let now = view.now_millis();
        if (now - self.at).abs() < 1000 {
            return;
        }
        self.at = now;
        let targets = view.hosts.iter().filter(|host| host.role == HostRole::Target);
        let samples = targets.flat_map(|host| host.series.samples(now - HOUR, now + 1000));
        let mut rtts: Vec<f64> = samples.filter_map(|(_, rtt)| rtt).collect();
        rtts.sort_by(f64::total_cmp);
        let at = |share: f64| {
            #[expect(clippy::cast_sign_loss, reason = "an index")]
            let idx = ((rtts.len().saturating_sub(1)) as f64 * share).round() as usize;
            rtts.get(idx).copied()
        };
        (self.median, self.p95) = (at(0.5), at(0.95));
    }
}

/// Draws all four, in one row or two.
pub(super) fn ui(ui: &mut Ui, view: &ViewModel, text: Text, window: (Millis, Millis), latency: &mut Latency) {
    latency.update(view);
    let totals = view.timeline.totals(window.0, window.1.min(view.now_millis()));
    let columns = if ui.available_width() >= 900.0 { 4 } else { 2 };
    let width = (ui.available_width() - gap::CARD * (columns - 1) as f32) / columns as f32;
    let draw = |ui: &mut Ui, idx: usize| {
        let (rect, _) = ui.allocate_exact_size(Vec2::new(width, HEIGHT), Sense::hover());
        widgets::card_at(ui, rect, "card", |ui| match idx {
            0 => availability(ui, view, text, window, &totals),
            1 => downtime(ui, view, text, window, &totals),
            2 => latency_now(ui, view, text, latency),
            _ => loss(ui, view, text, window),
        });
    };
    for first in (0..4).step_by(columns) {
        ui.horizontal(|ui| {
            for idx in first..first + columns {
                ui.push_id(idx, |ui| draw(ui, idx));
            }
        });
    }
}

/// Title and remark, the figure with its unit, and a line below. Gives the room beside the figure.
fn frame(ui: &mut Ui, title: &str, remark: &str, figure: (&str, &str), below: &str) -> Rect {
    let tokens = theme::tokens(ui.ctx());
    let room = ui.max_rect();
    ui.spacing_mut().item_spacing = Vec2::new(6.0, 0.0);
    ui.spacing_mut().interact_size.y = 16.0;
    ui.horizontal(|ui| {
        widgets::line(ui, title, font::small(), tokens.text_soft);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            widgets::line(ui, remark, font::small(), tokens.text_soft);
        });
    });
    let top = ui.cursor().top() + 2.0;
    let (value, unit) = figure;
    let painter = ui.painter();
    let galley = painter.layout_no_wrap(value.to_owned(), font::figure(), tokens.text);
    let size = galley.size();
    painter.galley(Pos2::new(room.left(), top), galley, tokens.text);
    let unit_at = Pos2::new(room.left() + size.x + 5.0, top + size.y - 5.0);
    let unit = painter.text(unit_at, egui::Align2::LEFT_BOTTOM, unit, font::medium(), tokens.text_soft);
    let mut at = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(Rect::from_min_max(Pos2::new(room.left(), room.bottom() - 16.0), room.max))
            .layout(Layout::left_to_right(Align::Center)),
    );
    widgets::line(&mut at, below, font::small(), tokens.text_soft);
    let name = format!("{title}: {value} {}", figure.1);
    ui.interact(room, ui.scope_id().with("figure"), Sense::hover())
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let left = (unit.right() + 12.0).max(room.left() + room.width() * 0.42);
    Rect::from_min_max(Pos2::new(left, top + 2.0), Pos2::new(room.right(), top + 34.0))
}

/// Decimals of a share of so much time in percent: no more than a second of it makes.
fn decimals(monitored: Duration) -> usize {
    match monitored.as_secs() {
        0..100 => 0,
        100..1000 => 1,
        1000..10_000 => 2,
        _ => 3,
    }
}

fn availability(ui: &mut Ui, view: &ViewModel, text: Text, (from, to): (Millis, Millis), totals: &Totals) {
    let tokens = theme::tokens(ui.ctx());
    let share = totals.availability();
    let most = decimals(totals.monitored());
    let decimals = |share: f64| most.min(if share > 0.9999 { 3 } else { 2 });
    let value = share.map_or_else(|| "–".to_owned(), |share| text.percent(share, decimals(share)));
    let watched = totals.monitored().as_secs_f64() / millis(to - from).as_secs_f64().max(1.0);
    let below = text.with(T::OfMonitored, &[&text.percent(watched.min(1.0), 1)]);
    let room = frame(ui, text.of(T::Availability), text.of(T::MonitoredTime), (&value, "%"), &below);
    // Each bar is a part of the time; what was down is taken off its top.
    let n = 24;
    let step = ((to - from) / n).max(1);
    let width = room.width() / n as f32;
    for idx in 0..n {
        let begin = from + step * idx;
        let part = view.timeline.totals(begin, begin + step);
        let x = room.left() + width * idx as f32;
        let whole = Rect::from_min_size(Pos2::new(x, room.top()), Vec2::new((width - 1.5).max(1.0), room.height()));
        let Some(share) = part.availability() else {
            ui.painter().rect_filled(
                Rect::from_min_max(Pos2::new(x, room.bottom() - 2.0), whole.max),
                1.0,
                tokens.border,
            );
            continue;
        };
        let is_whole = share >= 1.0;
        let height = if is_whole { 1.0 } else { share.min(0.9) as f32 };
        let top = whole.bottom() - whole.height() * height;
        ui.painter().rect_filled(Rect::from_min_max(Pos2::new(x, top), whole.max), 1.0, tokens.lane_ok());
        if !is_whole {
            let missing = Rect::from_min_max(whole.min, Pos2::new(whole.right(), top - 1.0));
            ui.painter().rect_filled(missing, 1.0, tokens.bad);
        }
    }
}

/// The down-time of the window by the cause that it is charged to: outages by their parts, interruptions, and what is not
/// yet either of them.
fn by_cause(view: &ViewModel, (from, to): (Millis, Millis)) -> BTreeMap<Cause, Duration> {
    let outages = view.outages.iter().flat_map(|outage| Cause::parts(outage, view.now));
    let outages = outages.map(|(start, end, cause)| (in_millis(start.wall), in_millis(end.wall), cause));
    let micros = view.micros.iter().map(|micro| {
        let cause = Cause::alone(micro.domain);
        (in_millis(micro.start.wall), in_millis(micro.end.wall), cause)
    });
    let begins = view.line.as_ref().filter(|_| view.outages.live().is_none()).and_then(|line| match line.state {
        State::Down(domain) => Some((in_millis(line.since.wall), view.now_millis(), Cause::alone(domain))),
        _ => None,
    });
    let mut sums = BTreeMap::new();
    for (start, end, cause) in outages.chain(micros).chain(begins) {
        let length = millis(end.min(to) - start.max(from));
        if !length.is_zero() {
            *sums.entry(cause).or_default() += length;
        }
    }
    sums
}

fn downtime(ui: &mut Ui, view: &ViewModel, text: Text, (from, to): (Millis, Millis), totals: &Totals) {
    let tokens = theme::tokens(ui.ctx());
    let n = view.outages.iter().filter(|outage| {
        let start = in_millis(outage.start());
        let end = outage.end().map_or(i64::MAX, in_millis);
        start < to && end > from
    });
    let n = n.count();
    let remark = if n == 1 { text.of(T::OneOutage).to_owned() } else { text.with(T::SoManyOutages, &[&text.count(n)]) };
    let down = totals.down();
    let by_cause = by_cause(view, (from, to.min(view.now_millis())));
    let sum: Duration = by_cause.values().sum();
    let share = |length: Duration| length.as_secs_f64() / sum.as_secs_f64().max(1e-9);
    let mut parts: Vec<_> = by_cause.iter().collect();
    parts.sort_by(|a, b| b.1.cmp(a.1));
    let below: Vec<String> = parts
        .iter()
        .take(2)
        .map(|(cause, length)| format!("{} {} %", cause.name(text), text.number(share(**length) * 100.0, 0)))
        .collect();
    let below = if below.is_empty() { text.of(T::NoDowntime).to_owned() } else { below.join(" · ") };
    let (value, unit) = split_duration(text, down);
    let room = frame(ui, text.of(T::Downtime), &remark, (&value, unit), &below);
    let bar = Rect::from_min_max(
        Pos2::new(room.left(), room.center().y - 4.0),
        Pos2::new(room.right(), room.center().y + 5.0),
    );
    if by_cause.is_empty() {
        ui.painter().rect_filled(bar, 3.0, tokens.lane_ok());
        return;
    }
    let mut x = bar.left();
    for (cause, length) in by_cause {
        let width = (bar.width() * share(length) as f32).max(3.0);
        let part =
            Rect::from_min_max(Pos2::new(x, bar.top()), Pos2::new((x + width - 1.0).min(bar.right()), bar.bottom()));
        paint(ui.painter(), part, Fill::Down(cause), tokens);
        x += width;
    }
}

/// A length as a figure and its unit.
fn split_duration(text: Text, length: Duration) -> (String, &'static str) {
    let seconds = length.as_secs();
    match seconds {
        0..60 => (seconds.to_string(), "s"),
        60..3600 => (format!("{}:{:02}", seconds / 60, seconds % 60), "min"),
        3600..360_000 => (format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60), "h"),
        _ => (text.number(length.as_secs_f64() / 86_400.0, 1), text.of(T::UnitDays)),
    }
}

fn latency_now(ui: &mut Ui, view: &ViewModel, text: Text, latency: &Latency) {
    let tokens = theme::tokens(ui.ctx());
    let now = view.now_millis();
    let fresh = |last: &(Millis, Option<f32>)| view.is_watched() && now - last.0 < 30_000;
    let targets = || view.hosts.iter().filter(|host| host.role == HostRole::Target);
    let last: Vec<Option<f32>> = targets().filter_map(|host| host.last).filter(fresh).map(|(_, rtt)| rtt).collect();
    let answered: Vec<f32> = last.iter().copied().flatten().collect();
    let mean = answered.iter().sum::<f32>() / answered.len().max(1) as f32;
    let is_down = view.state().is_down();
    let rtt = Duration::try_from_secs_f32(mean / 1e3).unwrap_or_default();
    let (value, unit) = match (answered.is_empty() || is_down, last.is_empty()) {
        (false, _) => (text.millis(rtt), "ms"),
        (true, true) if !is_down => ("–".to_owned(), ""),
        (true, _) => ("–".to_owned(), text.of(T::NoAnswer)),
    };
    let millis = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| text.number(value, 1));
    let below = text.with(T::MedianAndP95, &[&millis(latency.median), &millis(latency.p95)]);
    let room = frame(ui, text.of(T::LatencyNow), text.of(T::LastHour), (&value, unit), &below);
    // Means of all far hosts by the minute, each at the time of its first sample.
    let mut points: BTreeMap<Millis, (Millis, f64, u32)> = BTreeMap::new();
    for bucket in targets().flat_map(|host| host.series.range(now - HOUR, now + 1, 60)) {
        if let Some(mean) = bucket.mean() {
            let sum = points.entry(bucket.at).or_insert((bucket.mark(), 0.0, 0));
            *sum = (sum.0.min(bucket.mark()), sum.1 + mean, sum.2 + 1);
        }
    }
    let x = |at: Millis| ((at - (now - HOUR)) as f32 / HOUR as f32).clamp(0.0, 1.0);
    let points: Vec<(f32, f64)> = points.values().map(|(at, sum, n)| (x(*at), sum / f64::from(*n))).collect();
    spark(ui, room, &points, tokens);
}

fn spark(ui: &Ui, room: Rect, points: &[(f32, f64)], tokens: &Tokens) {
    let (low, high) =
        points.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, y)| (low.min(*y), high.max(*y)));
    if !low.is_finite() {
        return;
    }
    let reach = (high - low).max(low * 0.15).max(0.5);
    let at = |(x, y): &(f32, f64)| {
        let share = ((y - low) / reach) as f32;
        Pos2::new(room.left() + room.width() * x, room.bottom() - 3.0 - (room.height() - 6.0) * share)
    };
    let line: Vec<Pos2> = points.iter().map(at).collect();
    let color = tokens.lines[1];
    // A gap of more than two minutes is none of the line.
    for part in line.chunk_by(|a, b| b.x - a.x <= room.width() * 2.5 / 60.0) {
        for pair in part.windows(2) {
            // The soft edge of a sliver would stick out as a spike.
            if let [a, b] = pair
                && b.x - a.x > 0.5
            {
                let area = vec![*a, *b, Pos2::new(b.x, room.bottom()), Pos2::new(a.x, room.bottom())];
                ui.painter().add(egui::Shape::convex_polygon(area, tokens.thin(color, 0.13), Stroke::NONE));
            }
        }
        if let [only] = part {
            ui.painter().circle_filled(*only, 1.5, color);
        } else {
            ui.painter().line(part.to_vec(), Stroke::new(1.5, color));
        }
    }
}

fn loss(ui: &mut Ui, view: &ViewModel, text: Text, (from, to): (Millis, Millis)) {
    const N: usize = 28;
    let tokens = theme::tokens(ui.ctx());
    let mut bars = [(0_u32, 0_u32); N];
    let step = ((to - from) / i64::try_from(N).unwrap_or(1)).max(1);
    for host in view.hosts.iter().filter(|host| host.role == HostRole::Target) {
        for bucket in host.series.range(from, to, N * 4) {
            let idx = usize::try_from((bucket.mark() - from).div_euclid(step)).unwrap_or(0).min(N - 1);
            if let Some((n, lost)) = bars.get_mut(idx) {
                *n += bucket.n;
                *lost += bucket.lost;
            }
        }
    }
    let (n, lost) = bars.iter().fold((0_u64, 0_u64), |sum, bar| (sum.0 + u64::from(bar.0), sum.1 + u64::from(bar.1)));
    let value = if n == 0 { "–".to_owned() } else { text.number(lost as f64 / n as f64 * 100.0, 2) };
    let below = text.with(T::ProbesLost, &[&text.count(lost), &text.count(n)]);
    let room = frame(ui, text.of(T::PacketLoss), "", (&value, "%"), &below);
    let most = bars.iter().map(|(n, lost)| f64::from(*lost) / f64::from((*n).max(1))).fold(0.02, f64::max);
    let width = room.width() / N as f32;
    for (idx, (n, lost)) in bars.into_iter().enumerate() {
        let share = f64::from(lost) / f64::from(n.max(1)) / most;
        let height = if lost == 0 { 2.0 } else { (room.height() * share as f32).max(4.0) };
        let x = room.left() + width * idx as f32;
        let bar = Rect::from_min_max(
            Pos2::new(x, room.bottom() - height),
            Pos2::new(x + (width - 2.0).max(1.0), room.bottom()),
        );
        ui.painter().rect_filled(bar, 1.0, if lost == 0 { tokens.border_strong } else { tokens.bad });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gui::view_model::nothing_claimed,
        model::{
            event::Event,
            ledger::{MicroInterruption, Outage, Segment},
            time::{Moment, Stamp},
            verdict::FaultDomain,
        },
    };

    fn at(seconds: u64) -> Stamp {
        Stamp { wall: chrono::DateTime::UNIX_EPOCH, mono: Duration::ZERO }.after(Duration::from_secs(seconds))
    }

    /// An outage with these parts, each with its begin.
    fn outage(parts: &[(u64, FaultDomain)], end: Option<u64>) -> Outage {
        let segments: Vec<_> =
            parts.iter().map(|(start, domain)| Segment { start: at(*start), domain: *domain }).collect();
        let (start, end) = (segments[0].start, end.map(at));
        Outage { id: 1, start, end, cut_by_gap: false, uncertainty: Duration::ZERO, segments }
    }

    /// A monitor's window at this time.
    fn view(now: u64, events: &[Event]) -> ViewModel {
        let now = at(now);
        let mut view = ViewModel::new(Moment { wall: now.wall, mono: now.mono, awake: now.mono });
        view.apply(&Event::Started(at(0)));
        for event in events {
            view.apply(event);
        }
        view
    }

    #[track_caller]
    fn check(view: &ViewModel, (from, to): (u64, u64), expected: &[(Cause, u64)]) {
        let window = (in_millis(at(from).wall), in_millis(at(to).wall));
        let expected: BTreeMap<Cause, Duration> =
            expected.iter().map(|(cause, seconds)| (*cause, Duration::from_secs(*seconds))).collect();
        assert_eq!(expected, by_cause(view, window));
    }

    #[test]
    fn down_time_is_charged_as_in_reports() {
        use FaultDomain::{Access, Dns, Host, Upstream};
        let restart = view(200, &[Event::OutageClosed(outage(&[(100, Host), (120, Access)], Some(180)))]);
        check(&restart, (0, 200), &[(Cause::Home, 80)]);
        check(&restart, (150, 170), &[(Cause::Home, 20)]);
        check(&restart, (0, 50), &[]);
        let upstream = view(200, &[Event::OutageClosed(outage(&[(100, Upstream), (160, Dns)], Some(180)))]);
        check(&upstream, (0, 200), &[(Cause::Provider, 60), (Cause::Names, 20)]);
        let micro = MicroInterruption { start: at(100), end: at(103), domain: Upstream };
        check(&view(200, &[Event::Micro(micro)]), (0, 200), &[(Cause::Provider, 3)]);
    }

    #[test]
    fn down_time_that_is_no_outage_yet_counts_and_so_does_one_that_lasts() {
        use FaultDomain::{Access, Lan, Upstream};
        let begins = Event::State(at(193), State::Down(Upstream), nothing_claimed());
        check(&view(200, &[begins]), (0, 200), &[(Cause::Provider, 7)]);
        let opens = |domain| Event::OutageOpened(outage(&[(100, domain)], None), nothing_claimed());
        let access = Event::State(at(120), State::Down(Access), nothing_claimed());
        check(&view(200, &[opens(Lan), access.clone()]), (0, 200), &[(Cause::Home, 100)]);
        check(&view(620, &[opens(Lan), access.clone()]), (0, 620), &[(Cause::Home, 20), (Cause::Provider, 500)]);
        check(&view(200, &[opens(FaultDomain::App), access]), (0, 200), &[(Cause::Names, 20), (Cause::Provider, 80)]);
    }

    #[test]
    fn an_outage_is_tagged_with_the_cause_that_most_of_it_is_charged_to() {
        use FaultDomain::{Access, Dns, Host, Isp, Upstream};
        let tag = |parts: &[(u64, FaultDomain)]| {
            let view = view(900, &[Event::OutageClosed(outage(parts, Some(880)))]);
            view.outages.iter().next().map(|outage| Cause::of_outage(outage, view.now)).unwrap()
        };
        assert_eq!(Cause::Home, tag(&[(800, Host), (820, Access)]));
        assert_eq!(Cause::Provider, tag(&[(100, Host), (120, Access)]));
        assert_eq!(Cause::Provider, tag(&[(800, Upstream)]));
        assert_eq!(Cause::Provider, tag(&[(800, Dns), (835, Isp), (860, Upstream)]));
        assert_eq!(Cause::Far, tag(&[(800, FaultDomain::Destination)]));
    }
}
