//! Sets tables, and names with their values.

use super::{
    column::{ColumnLayout, base_line},
    fonts::{Face, Run},
    pieces::{Piece, Placed, Role, Shape, TablePart},
};
use crate::report::{
    chart::drawing::Ink,
    document::{Align, Cell, Column, Table},
};

const SIZE: f64 = 8.1;
const LINE: f64 = 11.0;
const HEAD: (f64, f64) = (7.5, 9.8);
const CODE: f64 = 7.0;
/// Between columns, and above and below the text of a row.
const GAP: f64 = 11.0;
const PAD: f64 = 2.6;
/// Room for the sign before a text.
const MARK: f64 = 10.0;
/// A heading that needs more may be broken.
const MOST_HEAD: f64 = 66.0;
/// A table of so many rows is not broken.
const SHORT: usize = 8;
/// A cell has no more lines: it must fit a page.
const MOST_LINES: usize = 40;

/// Names beside their values.
pub(super) fn facts(layout: &mut ColumnLayout<'_>, facts: &[(String, String)]) {
    const SIZE: f64 = 8.4;
    const LINE: f64 = 11.6;
    const GAP: f64 = 14.0;
    let list = layout.node(Role::Table, None);
    let widest = facts.iter().map(|(name, _)| layout.fonts.width(Face::Regular, SIZE, name)).fold(0.0, f64::max);
    let names = widest.min(layout.width * 0.32);
    let values = layout.width - names - GAP;
    for (idx, (name, value)) in facts.iter().enumerate() {
        let row = layout.node(Role::Row, Some(list));
        let node = layout.node(Role::Cell, Some(row));
        let mut shapes = Vec::new();
        let lines = layout.fonts.lines(Face::Regular, SIZE, name, names);
        let mut n = lines.len();
        for (idx, run) in lines.into_iter().enumerate() {
            shapes.push(layout.line(run, 0.0, idx as f64 * LINE + base_line(SIZE, LINE), Ink::Muted, Some(node)));
        }
        let node = layout.node(Role::Cell, Some(row));
        let lines = layout.fonts.lines(Face::Regular, SIZE, value, values);
        n = n.max(lines.len()).min(MOST_LINES);
        for (idx, run) in lines.into_iter().take(MOST_LINES).enumerate() {
            let y = idx as f64 * LINE + base_line(SIZE, LINE);
            shapes.push(layout.line(run, names + GAP, y, Ink::Text, Some(node)));
        }
        let before = if idx == 0 { 4.0 } else { 1.6 };
        layout.push(Piece { height: n as f64 * LINE, before, shapes, ..Piece::default() });
    }
}

/// A table: its head, then a piece a row.
pub(super) fn table(layout: &mut ColumnLayout<'_>, table: &Table) {
    let widths = widths(layout, table);
    let node = layout.node(Role::Table, None);
    head(layout, table, &widths, node);
    let n = table.rows.len();
    for (number, cells) in table.rows.iter().enumerate() {
        let is_sum = table.has_sum && number + 1 == n;
        let row = layout.node(Role::Row, Some(node));
        let mut shapes = Vec::new();
        let face = if is_sum { Face::SemiBold } else { Face::Regular };
        let mut lines_high = 1;
        let mut x = 0.0;
        for ((cell, column), width) in cells.iter().zip(&table.columns).zip(&widths) {
            let node = layout.node(Role::Cell, Some(row));
            let indent = if cell.mark.is_some() { MARK } else { 0.0 };
            let (face, size) = if column.is_code { (Face::Mono, CODE) } else { (face, SIZE) };
            if let Some(mark) = cell.mark {
                let sign = layout.fonts.run(Face::SemiBold, 7.0, &mark.sign.to_string());
                shapes.push(layout.line(sign, x, PAD + base_line(SIZE, LINE) - 0.3, mark.ink, Some(node)));
            }
            let lines = layout.fonts.lines(face, size, &cell.text, width - indent + 0.01);
            lines_high = lines_high.max(lines.len().min(MOST_LINES));
            for (idx, run) in lines.into_iter().take(MOST_LINES).enumerate() {
                let y = PAD + idx as f64 * LINE + base_line(SIZE, LINE);
                let at = x + indent + aligned(column, &run, width - indent);
                shapes.push(layout.line(run, at, y, Ink::Text, Some(node)));
            }
            x += width + GAP;
        }
        let height = lines_high as f64 * LINE + 2.0 * PAD;
        let (rule, ink) =
            if is_sum || (table.has_sum && number + 2 == n) { (0.7, Ink::Text) } else { (0.45, Ink::Line) };
        if !is_sum {
            let line = Shape::Rect(layout.width, rule, 0.0, ink);
            shapes.push(Placed { x: layout.left, y: height - rule / 2.0, shape: line, node: None });
        }
        // A short table is not broken over pages; of a long one no row is alone on a page.
        let keeps = number == 0 || number + 2 == n || (n <= SHORT && number + 1 < n);
        let table = Some(TablePart::Row);
        layout.push(Piece { height, shapes, keeps: keeps && n > 1, table, ..Piece::default() });
    }
    layout.push(Piece { height: 4.0, ..Piece::default() });
}

fn aligned(column: &Column, run: &Run, width: f64) -> f64 {
    match column.align {
        Align::Left => 0.0,
        Align::Right => width - run.width,
    }
}

fn head(layout: &mut ColumnLayout<'_>, table: &Table, widths: &[f64], node: usize) {
    let (size, line) = HEAD;
    let row = layout.node(Role::Row, Some(node));
    let columns: Vec<(Vec<Run>, f64)> = table
        .columns
        .iter()
        .zip(widths)
        .map(|(column, width)| (layout.fonts.lines(Face::Medium, size, &column.title, *width), *width))
        .collect();
    let high = columns.iter().map(|(lines, _)| lines.len()).max().unwrap_or(1);
    let height = high as f64 * line + PAD * 2.0;
    let mut shapes = Vec::new();
    let mut x = 0.0;
    for ((lines, width), column) in columns.into_iter().zip(&table.columns) {
        let node = layout.node(Role::Head, Some(row));
        let top = (high - lines.len()) as f64 * line;
        for (idx, run) in lines.into_iter().enumerate() {
            let y = PAD + top + idx as f64 * line + base_line(size, line);
            let at = x + aligned(column, &run, width);
            shapes.push(layout.line(run, at, y, Ink::Muted, Some(node)));
        }
        x += width + GAP;
    }
    let rule = Shape::Rect(layout.width, 0.7, 0.0, Ink::Text);
    shapes.push(Placed { x: layout.left, y: height - 0.35, shape: rule, node: None });
    layout.push(Piece { height, before: 3.0, shapes, keeps: true, table: Some(TablePart::Head), ..Piece::default() });
}

/// Returns the width of each column: as its cells need; where there is no room, those that can be broken give way.
fn widths(layout: &mut ColumnLayout<'_>, table: &Table) -> Vec<f64> {
    let room = layout.width - GAP * table.columns.len().saturating_sub(1) as f64;
    let mut sizes: Vec<(f64, f64)> = Vec::new();
    for (idx, column) in table.columns.iter().enumerate() {
        let head = layout.fonts.widest_word(Face::Medium, HEAD.0, &column.title);
        let (face, size) = if column.is_code { (Face::Mono, CODE) } else { (Face::Regular, SIZE) };
        // A heading of several words stands on one line where there is room and it is short.
        let line = layout.fonts.width(Face::Medium, HEAD.0, &column.title);
        let (mut least, mut natural) = (head, line.min(MOST_HEAD).max(head));
        for (number, cell) in table.rows.iter().enumerate() {
            let Some(cell) = cell.get(idx) else { continue };
            let is_sum = table.has_sum && number + 1 == table.rows.len();
            let face = if is_sum && !column.is_code { Face::SemiBold } else { face };
            let (wide, word) = measured(layout, face, size, cell);
            natural = natural.max(wide);
            least = least.max(word);
        }
        sizes.push((least.min(room * 0.5), natural));
    }
    let all: f64 = sizes.iter().map(|(_, natural)| natural).sum();
    let grows = |idx: usize| table.columns.get(idx).is_some_and(|column| column.grows);
    let n_growing = (0..sizes.len()).filter(|idx| grows(*idx)).count();
    if all <= room {
        let rest = room - all;
        let share = rest / n_growing.max(1) as f64;
        return sizes
            .iter()
            .enumerate()
            .map(|(idx, (_, natural))| if grows(idx) { natural + share } else { *natural })
            .collect();
    }
    // Columns that grow shrink first, then the others.
    let rigid: f64 = sizes.iter().enumerate().filter(|(idx, _)| !grows(*idx)).map(|(_, (_, natural))| natural).sum();
    let least: f64 = sizes.iter().enumerate().filter(|(idx, _)| grows(*idx)).map(|(_, (least, _))| least).sum();
    let is_enough = n_growing > 0 && room - rigid >= least.max(room * 0.2);
    let give = |idx: usize| if is_enough { grows(idx) } else { true };
    let fixed: f64 = sizes.iter().enumerate().filter(|(idx, _)| !give(*idx)).map(|(_, (_, natural))| natural).sum();
    let giving = sizes.iter().enumerate().filter(|(idx, _)| give(*idx));
    let (least, natural) = giving.fold((0.0, 0.0), |sum, (_, (least, natural))| (sum.0 + least, sum.1 + natural));
    let part = ((room - fixed - least) / (natural - least).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    let widths: Vec<f64> = sizes
        .iter()
        .enumerate()
        .map(|(idx, (least, natural))| if give(idx) { least + (natural - least) * part } else { *natural })
        .collect();
    let sum: f64 = widths.iter().sum();
    // Words that are too wide even so are broken.
    if sum > room { widths.into_iter().map(|width| width * room / sum).collect() } else { widths }
}

/// Measures the width of a cell on one line, and its widest word.
fn measured(layout: &mut ColumnLayout<'_>, face: Face, size: f64, cell: &Cell) -> (f64, f64) {
    let mark = if cell.mark.is_some() { MARK } else { 0.0 };
    let wide = layout.fonts.width(face, size, &cell.text);
    (wide + mark, layout.fonts.widest_word(face, size, &cell.text) + mark)
}
