//! Pieces of a column of text, each as high as it is and never broken, before they are put on pages.

use super::fonts::Run;
use crate::report::chart::drawing::{Drawing, Ink};

/// Role of a part of a page for programs that read it aloud (ISO 32000-1, section 14.8).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Role {
    /// The title of the document.
    Title,
    /// A heading of a level.
    Heading(u16),
    /// A paragraph.
    Paragraph,
    /// A list.
    List,
    /// An item of one.
    Item,
    /// A table.
    Table,
    /// A row of one.
    Row,
    /// A cell at the head of a column.
    Head,
    /// A cell.
    Cell,
    /// A drawing, and what it shows.
    Figure(String),
}

/// A node of the tree of roles.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) role: Role,
    /// The node it is in; `None` for one directly in the document.
    pub(super) parent: Option<usize>,
}

/// Something to draw. Its place is relative to the upper left corner of its piece.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// A text from its left end on its base line.
    Text(Run, Ink),
    /// A filled rectangle: width, height, radius of the corners.
    Rect(f64, f64, f64, Ink),
    /// A chart.
    Drawing(Drawing),
}

/// A shape at its place.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) shape: Shape,
    /// Node that it belongs to; `None` for ornaments.
    pub(super) node: Option<usize>,
}

/// A piece.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    pub(super) height: f64,
    /// Left free above it, unless it begins a page.
    pub(super) before: f64,
    pub(super) shapes: Vec<Placed>,
    /// The next piece is to be on the same page.
    pub(super) keeps: bool,
    /// A bar along its left side.
    pub(super) bar: Option<Ink>,
    /// It begins a page.
    pub(super) new_page: bool,
    /// Level and text of its entry in the outline.
    pub(super) outline: Option<(u8, String)>,
    /// It is the head of a table; or a row below the one of this number.
    pub(super) table: Option<TablePart>,
}

/// Kind of a piece that belongs to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TablePart {
    /// The head, which stands again where the table goes on.
    Head,
    /// A row.
    Row,
}
