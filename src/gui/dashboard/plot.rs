//! Latency of all hosts over time, with what was lost and who was at fault on the same axis.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "points of a window, and milliseconds that are drawn in it"
)]

use eframe::egui::{self, Align, Color32, Layout, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, UiBuilder, Vec2};
use egui_plot::{FilledArea, GridMark, Line, Plot, PlotBounds, PlotPoints, PlotTransform, Span};

use super::{
    State,
    host_line::HostLine,
    lanes,
    tip::{self, Pointed},
};
use crate::{
    gui::{
        action::Action,
        icons,
        text::{Cause, T, Text},
        theme::{self, Tokens, font},
        view_model::{
            HostView, Role, ViewModel, from_millis,
            series::{self, Bucket, Millis},
        },
        widgets::{
            self,
            pattern::{color_of, diagonals},
        },
    },
    model::ledger::State as LineState,
};

/// Draws the card.
pub(super) fn ui(ui: &mut Ui, rect: Rect, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    widgets::card_at(ui, rect, "latency", |ui| {
        let action = head(ui, rect, view, text, state);
        ui.add_space(2.0);
        let window = state.window(view);
        let room = Rect::from_min_max(ui.cursor().min, ui.max_rect().max);
        let (plot_room, lane_room) = room.split_top_bottom_at_y(room.bottom() - lanes::HEIGHT);
        let drawn = lines(ui, plot_room, view, text, state, window);
        let (response, transform) = chart(ui, plot_room, view, text, window, &drawn);
        lanes::ui(ui, lane_room, view, text, window, *transform.frame());
        action.or(interact(ui, &response, &transform, lane_room, view, text, state, window, &drawn))
    })
}

/// A line shorter than this, in points, is drawn as a dot.
const SHORT: f32 = 2.0;
/// Room for the latencies beside the picture.
const Y_AXIS: f32 = 66.0;

fn head(ui: &mut Ui, card: Rect, view: &ViewModel, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let mut action = None;
    ui.horizontal(|ui| {
        ui.set_height(24.0);
        widgets::heading(ui, text.of(T::Latency), font::card_title());
        let held = state.held.map(|(from, to)| {
            let (from, to) = (from_millis(from), from_millis(to));
            format!("{} – {}", text.when(from, view.now.wall), text.time(to))
        });
        if let Some(held) = &held {
            widgets::line(ui, held.clone(), font::small(), tokens.text_soft);
            if widgets::button(ui, icons::ARROW_COUNTER_CLOCKWISE, text.of(T::BackToLive), widgets::Kind::Quiet)
                .clicked()
            {
                state.held = None;
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            if widgets::icon_button(ui, icons::COPY, text.of(T::CopyPicture)).clicked() {
                action = Some(Action::CopyPicture(card));
            }
            let hosts: Vec<(usize, &HostView, String)> =
                view.hosts.iter().enumerate().map(|(idx, host)| (idx, host, host_name(view, host, text))).collect();
            let words = |name: &str| ui.painter().layout_no_wrap(name.to_owned(), font::small(), tokens.text).size().x;
            // As many names as there is room for; the tips have all of them.
            let mut room = ui.available_width() - widgets::chip_width(0.0) * hosts.len() as f32;
            let named = hosts.iter().take_while(|(.., name)| {
                room -= widgets::chip_width(words(name)) - widgets::chip_width(0.0);
                room >= 0.0
            });
            let n_named = named.count();
            for (idx, host, name) in hosts.into_iter().rev() {
                let color = line_color(tokens, idx);
                let is_on = !state.hidden.contains(&host.host);
                let shown = if idx < n_named { name.as_str() } else { "" };
                let chip = widgets::chip_showing(ui, is_on, color, &name, shown);
                let chip = chip.on_hover_text(format!("{name}, {}", host.host));
                if chip.clicked() && !state.hidden.remove(&host.host) {
                    state.hidden.insert(host.host);
                }
            }
        });
    });
    action
}

fn line_color(tokens: &Tokens, idx: usize) -> Color32 {
    tokens.lines.get(idx % tokens.lines.len()).copied().unwrap_or(tokens.text)
}

/// Returns the name that a person uses for a host.
pub(crate) fn host_name(view: &ViewModel, host: &HostView, text: Text) -> String {
    match host.role {
        Role::Router => text.of(T::PartRouter).to_owned(),
        Role::IspHop => {
            let n = view.hosts.iter().filter(|one| one.role == Role::IspHop).position(|one| one.host == host.host);
            text.with(T::IspHop, &[&(n.unwrap_or(0) + 1)])
        }
        Role::Target => operator(&host.host.to_string()).map_or_else(|| host.host.to_string(), str::to_owned),
    }
}

/// Returns the operator of a far host of the default configuration; `None` for any other address.
fn operator(addr: &str) -> Option<&'static str> {
    Some(match addr {
        "1.1.1.1" | "1.0.0.1" | "2606:4700:4700::1111" => "Cloudflare",
        "8.8.8.8" | "2001:4860:4860::8888" => "Google",
        "8.8.4.4" => "Google 2",
        "9.9.9.9" => "Quad9",
        _ => return None,
    })
}

/// Buckets drawn in the room of the plot.
fn n_buckets(room: Rect) -> usize {
    (room.width() / 2.0).max(50.0) as usize
}

fn lines(
    ui: &Ui,
    room: Rect,
    view: &ViewModel,
    text: Text,
    state: &State,
    (from, to): (Millis, Millis),
) -> Vec<HostLine> {
    let tokens = theme::tokens(ui.ctx());
    let n = n_buckets(room);
    let shown = view.hosts.iter().enumerate().filter(|(_, host)| !state.hidden.contains(&host.host));
    let drawn = shown.map(|(idx, host)| {
        let buckets = host.series.range(from, to, n);
        let lines = series::lines(&buckets);
        HostLine { name: host_name(view, host, text), color: line_color(tokens, idx), buckets, lines }
    });
    drawn.collect()
}

fn seconds(at: Millis) -> f64 {
    at as f64 / 1e3
}

/// The greatest latency shown. A lone spike does not press everything else to the ground; it is marked at the edge.
fn top_of(drawn: &[HostLine]) -> f64 {
    let mut all: Vec<f64> = drawn.iter().flat_map(|line| &line.buckets).map(|bucket| f64::from(bucket.max)).collect();
    all.retain(|max| max.is_finite());
    all.sort_by(f64::total_cmp);
    let means = drawn.iter().flat_map(|line| &line.buckets).filter_map(Bucket::mean).fold(0.0, f64::max);
    let at = |share: f64| all.get((all.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(0.0);
    let (most, usual) = (at(1.0), at(0.97));
    if most < 3.0 * usual.max(means * 0.5) { most * 1.08 } else { (usual * 1.6).max(means * 1.15) }.max(5.0)
}

fn chart(
    ui: &mut Ui,
    room: Rect,
    view: &ViewModel,
    text: Text,
    (from, to): (Millis, Millis),
    drawn: &[HostLine],
) -> (Response, PlotTransform) {
    let tokens = theme::tokens(ui.ctx());
    let top = top_of(drawn);
    let step = time_step(to - from, room.width());
    let mut child = ui.new_child(UiBuilder::new().max_rect(room).layout(Layout::top_down(Align::Min)));
    child.style_mut().text_styles.insert(egui::TextStyle::Body, font::small());
    child.style_mut().visuals.extreme_bg_color = Color32::TRANSPARENT;
    let offset = f64::from(crate::clock::offset(from_millis(to)).local_minus_utc());
    let ruler = ui.painter().clone();
    let plot = Plot::new("latency")
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .show_background(false)
        .show_crosshair(false)
        .show_x(false)
        .show_y(false)
        .width(room.width())
        .height(room.height())
        .grid_color(tokens.grid)
        .grid_fade(0.0)
        .y_axis_min_width(Y_AXIS)
        .set_margin_fraction(Vec2::ZERO)
        .sense(Sense::click_and_drag())
        .label_formatter(|_| None)
        .x_grid_spacer(move |input| {
            let first = ((input.bounds.0 + offset) / step).ceil() * step - offset;
            let n = ((input.bounds.1 - first) / step).clamp(0.0, 40.0) as u32;
            (0..=n).map(|idx| GridMark { value: first + step * f64::from(idx), step_size: step }).collect()
        })
        .y_grid_spacer(move |_| {
            let step = nice_step(top / 4.0);
            (1..=(top / step) as u32).map(|idx| GridMark { value: step * f64::from(idx), step_size: step }).collect()
        })
        .x_axis_formatter(move |mark, range| {
            let label = text.axis_time(from_millis((mark.value * 1e3) as Millis), step);
            let half = ruler.layout_no_wrap(label.clone(), font::small(), Color32::PLACEHOLDER).size().x / 2.0;
            // What stands behind it ends with the picture.
            let behind = (range.end() - mark.value) / (range.end() - range.start()) * f64::from(room.width() - Y_AXIS);
            if f64::from(half) <= behind { label } else { String::new() }
        })
        .y_axis_formatter(move |mark, _| {
            format!("{} ms", text.number(mark.value, usize::from(mark.value.fract() != 0.0)))
        });
    let shown = plot.show(&mut child, |plot| {
        plot.set_plot_bounds(PlotBounds::from_min_max([seconds(from), 0.0], [seconds(to), top]));
        for span in view.timeline.spans(from, to.min(view.now_millis())) {
            if let LineState::Down(domain) = span.state {
                let color = tokens.thin(color_of(Cause::of(domain), tokens), 0.17);
                // Two pixels at least, or a short one would not be seen in a month.
                let least = seconds(to - from) / f64::from(room.width()) * 2.0;
                let end = seconds(span.to).max(seconds(span.from) + least);
                plot.span(Span::new("", seconds(span.from)..=end).fill(color).border_width(0.0));
            }
        }
        for line in drawn {
            for part in &line.lines {
                let xs: Vec<f64> = part.iter().map(|point| seconds(point.at)).collect();
                let low: Vec<f64> = part.iter().map(|point| point.low.min(top)).collect();
                let high: Vec<f64> = part.iter().map(|point| point.high.min(top)).collect();
                plot.add(
                    FilledArea::new(&line.name, &xs, &low, &high)
                        .fill_color(tokens.thin(line.color, 0.16))
                        .allow_hover(false),
                );
                let points: PlotPoints<'_> = part.iter().map(|point| [seconds(point.at), point.mean]).collect();
                plot.line(Line::new(&line.name, points).color(line.color).width(1.5).allow_hover(false));
            }
        }
    });
    let painter = ui.painter().with_clip_rect(shown.transform.frame().expand(1.0));
    decorate(&painter, &shown.transform, view, (from, to), drawn, top, tokens);
    (shown.response, shown.transform)
}

/// Draws what the plot itself cannot draw: hatched gaps, marks of spikes, total loss, and now.
#[expect(clippy::too_many_arguments, reason = "all that is drawn")]
fn decorate(
    painter: &egui::Painter,
    transform: &PlotTransform,
    view: &ViewModel,
    (from, to): (Millis, Millis),
    drawn: &[HostLine],
    top: f64,
    tokens: &Tokens,
) {
    let frame = *transform.frame();
    let x = |at: Millis| transform.position_from_point_x(seconds(at));
    for span in view.timeline.spans(from, to) {
        if matches!(span.state, LineState::NotMonitored(_)) {
            let rect = Rect::from_x_y_ranges(x(span.from)..=x(span.to.min(view.now_millis())), frame.y_range());
            if rect.width() >= 2.0 {
                diagonals(painter, rect, Stroke::new(1.0, tokens.thin(tokens.unknown, 0.28)), 9.0, true);
            }
        }
    }
    for line in drawn {
        for part in &line.lines {
            if let Some((first, last)) = part.first().zip(part.last()).filter(|(a, b)| x(b.at) - x(a.at) < SHORT) {
                let middle = Pos2::new(
                    f32::midpoint(x(first.at), x(last.at)),
                    transform.position_from_point_y(first.mean.min(top)),
                );
                painter.circle_filled(middle, 1.5, line.color);
            }
        }
        for bucket in &line.buckets {
            let at = x(bucket.mark());
            if f64::from(bucket.max) > top && bucket.max.is_finite() {
                let tip = Pos2::new(at, frame.top() + 1.0);
                let triangle = vec![tip, tip + Vec2::new(-4.0, 6.0), tip + Vec2::new(4.0, 6.0)];
                painter.add(Shape::convex_polygon(triangle, line.color, Stroke::NONE));
            }
            if bucket.n > 0 && bucket.lost == bucket.n {
                let (left, right) = (x(bucket.from()).min(at - 1.5), x(bucket.to()).max(at + 1.5));
                let bar = Rect::from_x_y_ranges(left..=right, frame.bottom() - 5.0..=frame.bottom());
                painter.rect_filled(bar, 0.0, line.color);
            }
        }
    }
    painter.hline(frame.x_range(), frame.bottom(), Stroke::new(1.0, tokens.border_strong));
    let now = view.now_millis();
    if (from..=to).contains(&now) {
        painter.vline(x(now).min(frame.right() - 0.5), frame.y_range(), Stroke::new(1.0, tokens.accent));
    }
}

/// Seconds between two marks of the time axis.
fn time_step(window: Millis, width: f32) -> f64 {
    const STEPS: [f64; 22] = [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        60.0,
        120.0,
        300.0,
        600.0,
        900.0,
        1800.0,
        3600.0,
        7200.0,
        10_800.0,
        21_600.0,
        43_200.0,
        86_400.0,
        172_800.0,
        604_800.0,
        1_209_600.0,
        2_592_000.0,
    ];
    let most = (f64::from(width) / 88.0).max(2.0);
    let least = seconds(window) / most;
    STEPS.into_iter().find(|step| *step >= least).unwrap_or(7_776_000.0)
}

/// A step of 1, 2 or 5 times a power of ten.
fn nice_step(about: f64) -> f64 {
    let power = 10_f64.powf(about.max(1e-3).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= about);
    step.unwrap_or(power * 10.0)
}

#[expect(clippy::too_many_arguments, reason = "what is pointed at lies in two places")]
fn interact(
    ui: &Ui,
    response: &Response,
    transform: &PlotTransform,
    lane_room: Rect,
    view: &ViewModel,
    text: Text,
    state: &mut State,
    (from, to): (Millis, Millis),
    drawn: &[HostLine],
) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    let frame = *transform.frame();
    let whole = Rect::from_min_max(frame.min, Pos2::new(frame.right(), lane_room.bottom()));
    let lanes = ui.interact(
        Rect::from_min_max(Pos2::new(frame.left(), lane_room.top()), whole.max),
        response.id.with("lanes"),
        Sense::click_and_drag(),
    );
    let time_at = |pos: Pos2| {
        let share = f64::from((pos.x - frame.left()) / frame.width()).clamp(0.0, 1.0);
        from + ((to - from) as f64 * share) as Millis
    };
    let pointer = response.hover_pos().or_else(|| lanes.hover_pos()).or_else(|| response.interact_pointer_pos());
    let is_over = pointer.is_some_and(|pos| whole.contains(pos));
    let dragged = response.dragged() || lanes.dragged();
    if (response.drag_started() || lanes.drag_started()) && is_over {
        state.drag_from = ui.input(|input| input.pointer.press_origin()).map(time_at);
    }
    if dragged && ui.input(|input| input.modifiers.shift) {
        let by = ui.input(|input| input.pointer.delta().x) / frame.width();
        let by = ((to - from) as f64 * f64::from(by)) as Millis;
        state.held = Some((from - by, to - by));
        state.drag_from = None;
    }
    if let (Some(begin), Some(pos)) = (state.drag_from, pointer) {
        let (a, b) = (begin.min(time_at(pos)), begin.max(time_at(pos)));
        let x = |at: Millis| frame.left() + frame.width() * ((at - from) as f32 / (to - from) as f32);
        let marked = Rect::from_x_y_ranges(x(a)..=x(b), whole.y_range());
        ui.painter().rect_filled(marked, 0.0, tokens.thin(tokens.accent, 0.18));
        if response.drag_stopped() || lanes.drag_stopped() {
            state.drag_from = None;
            if marked.width() > 5.0 && b - a >= 5000 {
                state.held = Some((a, b));
            }
        }
        return None;
    }
    if response.double_clicked() || lanes.double_clicked() {
        state.held = None;
        return None;
    }
    if is_over {
        zoom(ui, state, pointer.map(time_at), (from, to), view.now_millis());
    }
    let pos = pointer.filter(|_| is_over)?;
    ui.painter().vline(pos.x, whole.y_range(), Stroke::new(1.0, tokens.thin(tokens.text, 0.5)));
    let at = time_at(pos);
    let step = (to - from) / Millis::try_from(n_buckets(response.rect)).unwrap_or(1);
    tip::ui(ui, &Pointed::new(&view.timeline, at, step), view, text, drawn);
    if response.clicked() || lanes.clicked() {
        state.moment = Some(at);
    }
    None
}

fn zoom(ui: &Ui, state: &mut State, at: Option<Millis>, (from, to): (Millis, Millis), now: Millis) {
    let (zoom, pan) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta().x));
    if (zoom - 1.0).abs() > 1e-3 {
        let at = at.unwrap_or(from);
        let scale = |point: Millis| at + ((point - at) as f64 / f64::from(zoom)) as Millis;
        let (a, b) = (scale(from), scale(to).min(now));
        if b - a >= 10_000 {
            state.held = Some((a, b));
        }
    } else if pan.abs() > 0.1 {
        let by = (f64::from(pan) / 800.0 * (to - from) as f64) as Millis;
        let by = by.max(to - now);
        state.held = Some((from - by, to - by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (about, step) in [(0.7, 1.0), (3.0, 5.0), (12.0, 20.0), (60.0, 100.0)] {
            assert!((nice_step(about) - step).abs() < 1e-9, "{about}");
        }
        assert!((time_step(86_400_000, 800.0) - 10_800.0).abs() < 1e-9);
    }
}
