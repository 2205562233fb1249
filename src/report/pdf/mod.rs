//! The document as PDF: text that can be selected and is read in its order, fonts cut down to what is used, an outline.

mod column;
mod fonts;
mod ink;
mod layout;
mod paint;
mod pieces;
mod table;
mod watermark;

use self::{column::ColumnLayout, fonts::Fonts, paint::paginate};
use super::document::{Document, Paper};

/// Lengths of a page, in points.
#[derive(Debug, Clone, Copy)]
struct Sheet {
    width: f64,
    height: f64,
    margin: f64,
    top: f64,
    bottom: f64,
}

impl Sheet {
    fn of(paper: Paper) -> Self {
        let (width, height) = match paper {
            Paper::A4 => (595.276, 841.89),
            Paper::Letter => (612.0, 792.0),
        };
        Self { width, height, margin: (width - super::chart::WIDTH) / 2.0, top: 48.0, bottom: 52.0 }
    }

    /// The width of the text.
    fn column(self) -> f64 {
        self.width - 2.0 * self.margin
    }

    /// The height of the text.
    fn room(self) -> f64 {
        self.height - self.top - self.bottom
    }
}

/// The whole file.
///
/// # Errors
///
/// What the library says when it refuses.
pub(super) fn render(document: &Document) -> Result<Vec<u8>, String> {
    let sheet = Sheet::of(document.paper);
    let mut fonts = Fonts::load().ok_or_else(|| "a font cannot be read".to_owned())?;
    let (pieces, nodes) = ColumnLayout::new(&mut fonts, sheet.column(), sheet.room()).document(document);
    let pages = paginate(&pieces, sheet);
    paint::paint(document, &pages, &nodes, sheet, &mut fonts)
}

/// As precise as PDF needs.
#[expect(clippy::cast_possible_truncation, reason = "lengths on paper")]
fn narrow(length: f64) -> f32 {
    length as f32
}
