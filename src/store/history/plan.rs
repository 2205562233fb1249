//! Which of the stored levels answers a question, and how its cells become pixels.

use crate::model::history::{Cell, Point, Reading, Series};

/// The length of an hour, in milliseconds.
pub(super) const HOUR: i64 = 3_600_000;

/// A level of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    /// Name of the table of its fields.
    pub(super) table: &'static str,
    /// The length of a cell, in milliseconds.
    pub(super) cell_ms: i64,
    /// The length of what one field holds.
    pub(super) field_ms: i64,
}

/// From fine to coarse.
pub(super) const LEVELS: [Level; 3] = [
    Level { table: "minutes", cell_ms: 60_000, field_ms: HOUR },
    Level { table: "tens", cell_ms: 600_000, field_ms: 24 * HOUR },
    Level { table: "hours", cell_ms: HOUR, field_ms: 24 * HOUR },
];

impl Level {
    /// The number of the field that holds this time, and the place in it.
    pub(super) fn place(self, at_ms: i64) -> (i64, u8) {
        let place = at_ms.rem_euclid(self.field_ms) / self.cell_ms;
        (at_ms.div_euclid(self.field_ms), u8::try_from(place).unwrap_or(u8::MAX))
    }

    /// Returns the time at which the cell at this place begins, in milliseconds.
    pub(super) fn begin(self, field: i64, place: u8) -> i64 {
        field.saturating_mul(self.field_ms).saturating_add(i64::from(place) * self.cell_ms)
    }
}

/// A question: some pixels from one time to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pixels: i64,
}

/// No screen is wider.
const MOST_PIXELS: i64 = 20_000;

impl Plan {
    /// `None` when there is no time or no pixel.
    pub(super) fn new(from_ms: i64, to_ms: i64, pixels: usize) -> Option<Self> {
        let pixels = i64::try_from(pixels).unwrap_or(MOST_PIXELS).min(MOST_PIXELS);
        // Within what the arithmetic below can do; longer than any log.
        let (from_ms, to_ms) = (from_ms.max(0), to_ms.min(i64::MAX / (4 * MOST_PIXELS)));
        (from_ms < to_ms && pixels > 0).then_some(Self { from_ms, to_ms, pixels: pixels.min(to_ms - from_ms) })
    }

    fn span(self) -> i64 {
        self.to_ms - self.from_ms
    }

    /// The levels to look into, the best first: the coarsest whose cells are no longer than a pixel, and coarser ones
    /// for hours that it does not have any more. `None` before them stands for single samples.
    pub(super) fn levels(self) -> Vec<Option<Level>> {
        let fits = |level: &Level| level.cell_ms * self.pixels <= self.span();
        let best = LEVELS.iter().rposition(fits);
        let single = best.is_none().then_some(None);
        single.into_iter().chain(LEVELS.into_iter().skip(best.unwrap_or(0)).map(Some)).collect()
    }

    /// The pixel of a time; what is before or behind goes to the one at the edge.
    fn pixel(self, at_ms: i64) -> usize {
        let pixel = (at_ms - self.from_ms).saturating_mul(self.pixels) / self.span();
        usize::try_from(pixel.clamp(0, self.pixels - 1)).unwrap_or(0)
    }

    /// Returns the beginning of a pixel: the first millisecond that belongs to it.
    fn begin(self, pixel: usize) -> i64 {
        let pixel = i64::try_from(pixel).unwrap_or(self.pixels);
        self.from_ms + (pixel * self.span() + self.pixels - 1) / self.pixels
    }
}

/// The pixels while they are filled.
pub(super) struct Canvas {
    plan: Plan,
    pixels: Vec<Option<Cell>>,
    /// Cells that are wider than a pixel.
    wide: Vec<Point>,
    spare: Option<Cell>,
}

impl Canvas {
    pub(super) fn new(plan: Plan) -> Self {
        let n = usize::try_from(plan.pixels).unwrap_or(0);
        Self { plan, pixels: vec![None; n], wide: Vec::new(), spare: None }
    }

    /// Takes a sample, if it is within the bounds.
    pub(super) fn add(&mut self, reading: Reading) {
        if (self.plan.from_ms..self.plan.to_ms).contains(&reading.at_ms) {
            self.at(reading.at_ms).add(reading.measured);
        }
    }

    /// Takes a cell that begins then, if any of it is within the bounds.
    pub(super) fn add_cell(&mut self, from_ms: i64, level: Level, cell: &Cell) {
        let to_ms = from_ms.saturating_add(level.cell_ms);
        if to_ms <= self.plan.from_ms || from_ms >= self.plan.to_ms || cell.is_empty() {
            return;
        }
        if level.cell_ms * self.plan.pixels <= self.plan.span() {
            self.at(from_ms).merge(cell);
        } else {
            self.wide.push(Point { from_ms, to_ms, cell: cell.clone() });
        }
    }

    fn at(&mut self, at_ms: i64) -> &mut Cell {
        let pixel = self.plan.pixel(at_ms);
        // There is a pixel for every time.
        self.pixels.get_mut(pixel).unwrap_or(&mut self.spare).get_or_insert_default()
    }

    /// The drawing.
    pub(super) fn finish(self, n_damaged: u64) -> Series {
        let plan = self.plan;
        let narrow = self.pixels.into_iter().enumerate().filter_map(|(pixel, cell)| {
            Some(Point { from_ms: plan.begin(pixel), to_ms: plan.begin(pixel + 1), cell: cell? })
        });
        let mut all: Vec<Point> = self.wide;
        all.extend(narrow);
        all.sort_by_key(|point| (point.from_ms, point.to_ms));
        let mut points: Vec<Point> = Vec::with_capacity(all.len());
        for point in all {
            match points.last_mut().filter(|last| last.to_ms > point.from_ms) {
                // Rare: a sample of an hour of which only cells were kept.
                Some(last) => {
                    last.to_ms = last.to_ms.max(point.to_ms);
                    last.cell.merge(&point.cell);
                }
                None => points.push(point),
            }
        }
        Series { points, n_damaged }
    }
}
