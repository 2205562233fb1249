//! A column that pieces are set into.

use super::{
    fonts::{Face, Fonts, Run},
    pieces::{Node, Piece, Placed, Role, Shape},
};
use crate::report::chart::drawing::Ink;

/// Sets pieces into a column.
pub(super) struct ColumnLayout<'a> {
    pub(super) fonts: &'a mut Fonts,
    /// Width of the column.
    pub(super) width: f64,
    /// Left edge of the column.
    pub(super) left: f64,
    /// Height of the column on a page.
    pub(super) height: f64,
    pub(super) pieces: Vec<Piece>,
    pub(super) nodes: Vec<Node>,
    pub(super) bar: Option<Ink>,
}

impl<'a> ColumnLayout<'a> {
    pub(super) fn new(fonts: &'a mut Fonts, width: f64, height: f64) -> Self {
        Self { fonts, width, left: 0.0, height, pieces: Vec::new(), nodes: Vec::new(), bar: None }
    }

    pub(super) fn node(&mut self, role: Role, parent: Option<usize>) -> usize {
        self.nodes.push(Node { role, parent });
        self.nodes.len() - 1
    }

    pub(super) fn push(&mut self, piece: Piece) {
        self.pieces.push(Piece { bar: self.bar, ..piece });
    }

    /// Lines of which the first two and the last two stay together.
    #[expect(clippy::too_many_arguments, reason = "they are what a line of type is")]
    pub(super) fn text(
        &mut self,
        text: &str,
        face: Face,
        (size, line): (f64, f64),
        ink: Ink,
        before: f64,
        node: usize,
        keeps: bool,
    ) {
        let lines = self.fonts.lines(face, size, text, self.width);
        let n = lines.len();
        for (idx, run) in lines.into_iter().enumerate() {
            let shapes = vec![self.line(run, 0.0, base_line(size, line), ink, Some(node))];
            let before = if idx == 0 { before } else { 0.0 };
            let is_edge = n > 1 && (idx == 0 || idx + 2 == n);
            self.push(Piece { height: line, before, shapes, keeps: keeps || is_edge, ..Piece::default() });
        }
    }

    /// A line of type at a place in the column.
    pub(super) fn line(&self, run: Run, x: f64, y: f64, ink: Ink, node: Option<usize>) -> Placed {
        Placed { x: self.left + x, y, shape: Shape::Text(run, ink), node }
    }
}

/// Position of the base line below the top of a line of type.
pub(super) fn base_line(size: f64, line: f64) -> f64 {
    // Inter's capitals are 0.73 of its size high.
    f64::midpoint(line, size * 0.73)
}
