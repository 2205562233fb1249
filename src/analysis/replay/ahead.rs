//! Rows that wait until those after them show how often rows come.

use super::{Point, rhythm::AHEAD};

/// As many rows as are looked at ahead.
#[derive(Debug, Clone, Default)]
pub(super) struct Ahead {
    /// The one with number `n` stands at `n % AHEAD`.
    points: [Option<Point>; AHEAD],
    /// The number of the next one.
    next: usize,
}

impl Ahead {
    /// Takes another, and gives out the one whose turn it is.
    #[inline]
    pub(super) fn push(&mut self, point: Point) -> Option<Point> {
        let place = self.points.get_mut(self.next % AHEAD)?;
        self.next = self.next.wrapping_add(1);
        place.replace(point)
    }

    /// The latest.
    #[inline]
    pub(super) fn last(&self) -> Option<&Point> {
        self.points.get(self.next.wrapping_sub(1) % AHEAD)?.as_ref()
    }

    /// All of them, the earliest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Point> {
        let (later, earlier) = self.points.split_at(self.next % AHEAD);
        earlier.iter().chain(later).flatten()
    }

    /// Gives out the earliest without another.
    pub(super) fn pop(&mut self) -> Option<Point> {
        let (later, earlier) = self.points.split_at_mut(self.next % AHEAD);
        earlier.iter_mut().chain(later).find_map(Option::take)
    }
}
