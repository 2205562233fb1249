//! The text itself: only the lines and columns that can be seen are laid out.

use std::{ops::Range, sync::Arc};

use eframe::egui::{
    self, Align2, Color32, CursorIcon, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo,
    text::{LayoutJob, TextFormat},
};

use super::{Lines, State, scroll, tools};
use crate::{
    gui::{
        action::Action,
        icons,
        text::{T, Text},
        theme::{self, Tokens, font},
        widgets,
    },
    log_view::{
        lines::Line,
        pattern::Pattern,
        shown::Shown,
        spans::{Tone, spans},
        viewer::LogState,
    },
};

/// Height of a line.
const LINE: f32 = 18.0;

/// Columns in front of the first one shown that the colours of a part are found out from.
const CONTEXT: usize = 64;

/// The lines that were read, ready to be drawn, and how wide they are.
#[derive(Default)]
pub(super) struct Drawn {
    lines: Lines,
    shown: Vec<Shown>,
    /// Hits in each line, in bytes of its part; `None` when they are to be found first.
    hits: Option<Vec<Vec<Range<usize>>>>,
    /// Columns of the widest line seen so far.
    pub(super) widest: f64,
    /// Columns that fit.
    pub(super) columns: f64,
}

impl Drawn {
    /// Something else is searched for.
    pub(super) fn forget_hits(&mut self) {
        self.hits = None;
    }

    /// Takes the lines, if they are others.
    fn take(&mut self, lines: &Lines, pattern: Option<&Pattern>) {
        if !Arc::ptr_eq(&self.lines, lines) {
            self.lines = Arc::clone(lines);
            self.shown = lines.iter().map(|line| Shown::new(&line.part)).collect();
            self.hits = None;
            let widest = lines.iter().map(|line| line.len).max().unwrap_or(0);
            self.widest = self.widest.max(widest as f64);
        }
        if self.hits.is_none() {
            let find = |line: &Line| pattern.map_or_else(Vec::new, |pattern| pattern.hits(&line.part).collect());
            self.hits = Some(lines.iter().map(find).collect());
        }
    }
}

/// Place of the text in the pane, and width of its columns.
struct Layout {
    /// Of the text, without numbers and bars.
    text: Rect,
    /// Width of a column.
    column: f32,
}

impl State {
    /// The line of the match in hand, if it can be seen.
    pub(super) fn marked_line(&self) -> Option<u64> {
        let hit = self.search.current.as_ref()?;
        self.view.lines.iter().find(|line| line.start == hit.line_start).and_then(|line| line.number)
    }
}

/// Draws the text and takes the pointer.
pub(super) fn ui(ui: &mut Ui, room: Rect, text: Text, state: &mut State) -> Option<Action> {
    let tokens = theme::tokens(ui.ctx());
    ui.painter().hline(room.x_range(), room.top(), egui::Stroke::new(1.0, tokens.border));
    let room = Rect::from_min_max(room.min + Vec2::new(0.0, 5.0), room.max);
    let column = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&font::mono(), '0')).max(1.0);
    let digits = state.view.n_lines.max(1).ilog10() + 1;
    let numbers = column * (digits.max(4) as f32 + 2.0) + 4.0;
    let layout = Layout {
        text: Rect::from_min_max(
            Pos2::new(room.left() + numbers, room.top()),
            Pos2::new(room.right() - scroll::BAR - 2.0, room.bottom()),
        ),
        column,
    };
    state.fit = f64::from((room.height() / LINE).max(1.0));
    state.drawn.columns = f64::from(layout.text.width() / column).floor();
    scroll::moves(ui, room, state, LINE, column);
    state.want_lines();
    let lines = Arc::clone(&state.view.lines);
    state.drawn.take(&lines, state.search.pattern.as_ref());
    let area = ui.interact(layout.text, ui.scope_id().with("text"), Sense::click_and_drag());
    area.widget_info(|| WidgetInfo::labeled(Role::Document, true, text.of(T::LogText)));
    if area.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Text);
    }
    if lines.is_empty() {
        let (icon, words) = match &state.view.state {
            LogState::Failed(_) => (icons::WARNING, T::LogUnreadable),
            LogState::Gone => (icons::QUESTION, T::LogGone),
            LogState::Opening => (icons::HOURGLASS, T::LogOpening),
            LogState::Open => (icons::FILE_TEXT, T::LogEmpty),
        };
        if state.view.len == 0 {
            let more = if let LogState::Failed(why) = &state.view.state { why.clone() } else { String::new() };
            widgets::nothing(ui, icon, text.of(words), &more);
        }
        return None;
    }
    for (idx, line) in lines.iter().enumerate() {
        let y = y_of(state, &lines, idx, room);
        if y + LINE >= room.top() && y <= room.bottom() {
            draw(ui, &layout, y, idx, line, state, tokens);
        }
    }
    select(ui, &area, &layout, &lines, room, state);
    let mut action = None;
    area.context_menu(|ui| action = menu(ui, text, state));
    scroll::bar(ui, room, text, state);
    scroll::bar_below(ui, room, text, state);
    action
}

/// Returns the upper edge of a line, in points of the window.
#[expect(clippy::cast_possible_truncation, reason = "as far from the window as it may be")]
fn y_of(state: &State, lines: &Lines, idx: usize, room: Rect) -> f32 {
    match lines.get(idx).and_then(|line| line.number) {
        Some(number) if state.view.is_indexed() || !state.follows => {
            room.top() + ((number as f64 - state.top) * f64::from(LINE)) as f32
        }
        // Not counted yet: the last one is at the bottom.
        _ => room.bottom() - (lines.len() - idx) as f32 * LINE,
    }
}

#[expect(clippy::too_many_arguments, reason = "all of a line")]
fn draw(ui: &Ui, layout: &Layout, y: f32, idx: usize, line: &Line, state: &State, tokens: &Tokens) {
    let clip = ui.clip_rect();
    let row = Rect::from_min_size(Pos2::new(layout.text.left() - 4.0, y), Vec2::new(layout.text.width() + 4.0, LINE));
    if line.number.is_some() && line.number == state.marked {
        ui.painter_at(layout.text.expand2(Vec2::new(4.0, 0.0))).rect_filled(row, 2.0, tokens.chosen);
    }
    if let Some(number) = line.number {
        let at = Pos2::new(layout.text.left() - 12.0, y + LINE / 2.0);
        let room = Rect::from_x_y_ranges(clip.x_range(), layout.text.y_range());
        ui.painter_at(room).text(
            at,
            Align2::RIGHT_CENTER,
            (number + 1).to_string(),
            font::mono_small(),
            tokens.text_faint,
        );
    }
    let Some(shown) = state.drawn.shown.get(idx) else { return };
    let painter = ui.painter().with_clip_rect(layout.text.expand2(Vec2::new(4.0, 0.0)).intersect(clip));
    // Characters of the part that can be seen.
    let part_start = line.part_start as f64;
    let first = super::places(state.column - part_start);
    let end = super::places(state.column - part_start + state.drawn.columns + 2.0);
    let x_of = |idx: usize| {
        #[expect(clippy::cast_possible_truncation, reason = "as far from the window as it may be")]
        let columns = (part_start + idx as f64 - state.column) as f32;
        layout.text.left() + columns * layout.column
    };
    if let Some(bytes) = state.chosen_bytes() {
        selection(&painter, shown, line, &bytes, (first, end), y, &x_of, tokens, layout.column);
    }
    let from = if first <= 512 { 0 } else { first - CONTEXT };
    let visible = shown.part(from, end);
    if visible.is_empty() {
        return;
    }
    let current = state.search.current.as_ref().filter(|hit| hit.line_start == line.start);
    let hits = state.drawn.hits.as_ref().and_then(|hits| hits.get(idx)).map_or(&[][..], Vec::as_slice);
    let marks: Vec<(Range<usize>, Color32)> = hits
        .iter()
        .map(|hit| (shown.char_of(hit.start)..shown.char_of(hit.end), hit))
        .filter(|(chars, _)| chars.start < end && chars.end > from)
        .map(|(chars, hit)| {
            let at = line.start + line.part_start + hit.start as u64;
            let is_current = current.is_some_and(|current| current.bytes.start == at);
            let color = if is_current { tokens.hit_now } else { tokens.hit };
            (chars.start.saturating_sub(from)..chars.end.saturating_sub(from), color)
        })
        .collect();
    let galley = painter.layout_job(job(visible, &marks, tokens));
    painter.galley(Pos2::new(x_of(from), y + (LINE - galley.size().y) / 2.0), galley, tokens.text);
}

/// Draws the mark of what is chosen of a line, behind its text.
#[expect(clippy::too_many_arguments, reason = "a part of `draw` that stands apart to be read")]
fn selection(
    painter: &egui::Painter,
    shown: &Shown,
    line: &Line,
    bytes: &Range<u64>,
    (first, end): (usize, usize),
    y: f32,
    x_of: &dyn Fn(usize) -> f32,
    tokens: &Tokens,
    column: f32,
) {
    let line_end = line.start + line.len;
    if bytes.start > line_end || bytes.end <= line.start {
        return;
    }
    let part = line.start + line.part_start;
    let char_of = |at: u64| shown.char_of(usize::try_from(at.saturating_sub(part)).unwrap_or(usize::MAX));
    let (from, to) = (char_of(bytes.start).max(first), char_of(bytes.end.min(line_end)).min(end));
    // The end of the line is chosen too: a little more shows it.
    let more = if bytes.end > line_end { column * 0.6 } else { 0.0 };
    let rect = Rect::from_min_max(Pos2::new(x_of(from), y), Pos2::new(x_of(to.max(from)) + more, y + LINE));
    painter.rect_filled(rect, 0.0, tokens.thin(tokens.accent, if tokens.is_dark { 0.35 } else { 0.25 }));
}

/// The text with its colours and the marks of hits.
fn job(visible: &str, marks: &[(Range<usize>, Color32)], tokens: &Tokens) -> LayoutJob {
    let tones = spans(visible);
    let byte_of: Box<dyn Fn(usize) -> usize> = if visible.is_ascii() {
        Box::new(|idx| idx.min(visible.len()))
    } else {
        let offsets: Vec<usize> = visible.char_indices().map(|(at, _)| at).collect();
        Box::new(move |idx| offsets.get(idx).copied().unwrap_or(visible.len()))
    };
    let mut edges: Vec<usize> = vec![0, visible.len()];
    edges.extend(tones.iter().flat_map(|(range, _)| [range.start, range.end]));
    let marks: Vec<(Range<usize>, Color32)> =
        marks.iter().map(|(range, color)| (byte_of(range.start)..byte_of(range.end), *color)).collect();
    edges.extend(marks.iter().flat_map(|(range, _)| [range.start, range.end]));
    edges.sort_unstable();
    edges.dedup();
    let mut job = LayoutJob::default();
    job.wrap.max_rows = 1;
    job.wrap.max_width = f32::INFINITY;
    let (mut tone_idx, mut mark_idx) = (0, 0);
    for pair in edges.windows(2) {
        let [start, end] = *pair else { continue };
        while tones.get(tone_idx).is_some_and(|(range, _)| range.end <= start) {
            tone_idx += 1;
        }
        while marks.get(mark_idx).is_some_and(|(range, _)| range.end <= start) {
            mark_idx += 1;
        }
        let tone = tones.get(tone_idx).filter(|(range, _)| range.start <= start).map(|(_, tone)| *tone);
        let mark = marks.get(mark_idx).filter(|(range, _)| range.start <= start).map(|(_, color)| *color);
        let color = tone.map_or(tokens.text, |tone| color(tone, tokens));
        let format = TextFormat {
            // On the colour of a hit the plain text can be read best.
            color: if mark.is_some() { tokens.text } else { color },
            background: mark.unwrap_or(Color32::TRANSPARENT),
            ..TextFormat::simple(font::mono(), color)
        };
        job.append(visible.get(start..end).unwrap_or_default(), 0.0, format);
    }
    job
}

fn color(tone: Tone, tokens: &Tokens) -> Color32 {
    match tone {
        Tone::Address => tokens.address,
        Tone::Time | Tone::Heading => tokens.accent,
        Tone::Bad => tokens.bad,
        Tone::Warning => tokens.warn,
        Tone::Good => tokens.ok,
        Tone::Separator | Tone::Faint => tokens.text_faint,
    }
}

/// Chooses text by the pointer.
fn select(ui: &Ui, area: &Response, layout: &Layout, lines: &Lines, room: Rect, state: &mut State) {
    let Some(pos) = area.interact_pointer_pos() else { return };
    let at = offset_at(pos, layout, lines, room, state);
    let is_primary = ui.input(|input| input.pointer.primary_down() || input.pointer.primary_released());
    if !is_primary {
        return;
    }
    if area.triple_clicked() {
        state.selection = line_at(pos, lines, room, state).map(|line| (line.start, line.start + line.len));
    } else if area.double_clicked() {
        state.selection = word_at(pos, layout, lines, room, state);
    } else if area.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_pressed()) {
        let extends = ui.input(|input| input.modifiers.shift);
        let from = state.selection.filter(|_| extends).map(|(from, _)| from);
        state.selection = at.map(|at| (from.unwrap_or(at), at));
        state.marked = None;
    } else if area.dragged() {
        if let (Some((from, _)), Some(at)) = (state.selection, at) {
            state.selection = Some((from, at));
        }
        let beyond = if pos.y < room.top() { pos.y - room.top() } else { (pos.y - room.bottom()).max(0.0) };
        if beyond != 0.0 {
            let last_top = (state.view.n_lines as f64 - state.fit.floor()).max(0.0);
            scroll::go(state, f64::from(beyond / LINE).clamp(-40.0, 40.0), last_top);
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(30));
        }
    }
}

fn line_at(pos: Pos2, lines: &Lines, room: Rect, state: &State) -> Option<Line> {
    let near = |idx: &usize| {
        let y = y_of(state, lines, *idx, room);
        pos.y >= y && pos.y < y + LINE
    };
    let idx = (0..lines.len()).find(near);
    idx.and_then(|idx| lines.get(idx)).cloned()
}

/// The byte of the log that the pointer is at; the nearest where it is beside the text.
fn offset_at(pos: Pos2, layout: &Layout, lines: &Lines, room: Rect, state: &State) -> Option<u64> {
    let nearest = (0..lines.len()).min_by(|a, b| {
        let distance = |idx: usize| (y_of(state, lines, idx, room) + LINE / 2.0 - pos.y).abs();
        distance(*a).total_cmp(&distance(*b))
    })?;
    let (line, shown) = (lines.get(nearest)?, state.drawn.shown.get(nearest)?);
    let column = state.column + f64::from((pos.x - layout.text.left()) / layout.column).max(-0.5) + 0.5;
    let idx = super::places(column - line.part_start as f64);
    Some((line.start + line.part_start + shown.byte_of(idx) as u64).min(line.start + line.len))
}

fn word_at(pos: Pos2, layout: &Layout, lines: &Lines, room: Rect, state: &State) -> Option<(u64, u64)> {
    let line = line_at(pos, lines, room, state)?;
    let column = state.column + f64::from((pos.x - layout.text.left()) / layout.column);
    let shown = Shown::new(&line.part);
    let idx = super::places(column - line.part_start as f64);
    let chars: Vec<char> = shown.text().chars().collect();
    let is_word = |c: &char| c.is_alphanumeric() || matches!(c, '.' | ':' | '_' | '-' | '%' | '/');
    if !chars.get(idx).is_some_and(is_word) {
        return None;
    }
    let before = chars.iter().take(idx).rev().take_while(|c| is_word(c)).count();
    let after = chars.iter().skip(idx).take_while(|c| is_word(c)).count();
    let base = line.start + line.part_start;
    Some((base + shown.byte_of(idx - before) as u64, base + shown.byte_of(idx + after) as u64))
}

fn menu(ui: &mut Ui, text: Text, state: &mut State) -> Option<Action> {
    let has_selection = state.chosen_bytes().is_some();
    if ui.add_enabled(has_selection, egui::Button::new(text.of(T::Copy)).shortcut_text(text.with_ctrl("C"))).clicked() {
        state.copy();
    }
    if ui.add(egui::Button::new(text.of(T::SelectAll)).shortcut_text(text.with_ctrl("A"))).clicked() {
        state.selection = Some((0, state.view.len));
    }
    ui.separator();
    tools::export_menu(ui, text, state)
}
