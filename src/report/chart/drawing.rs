//! The drawing model: what charts are made of, before they are SVG or a page of PDF.

/// A colour by its meaning; [`super::palette`] says which one that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ink {
    /// Text.
    Text,
    /// Text of less weight.
    Muted,
    /// Lines of tables and axes.
    Line,
    /// Faint grounds.
    Soft,
    /// The paper.
    Paper,
    /// Marks that lead the eye.
    Accent,
    /// The line works.
    Good,
    /// A ground for it.
    GoodSoft,
    /// The line works badly.
    Worse,
    /// The provider's access line or network.
    Provider,
    /// The home: this computer, Wi-Fi, router.
    Home,
    /// Name resolution.
    Names,
    /// Networks beyond the provider.
    Beyond,
    /// Anything else.
    Other,
    /// Nobody looked.
    Unseen,
    /// The steps of a heat map, from faint to strong.
    Heat(u8),
}

/// Position of a text relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// A part of a drawing. Lengths are points (1/72 inch), from the upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A filled rectangle with corners this round.
    Rect {
        /// Left edge.
        x: f64,
        /// Upper edge.
        y: f64,
        /// Width.
        w: f64,
        /// Height.
        h: f64,
        /// Radius of the corners.
        round: f64,
        /// Colour of the rectangle.
        fill: Ink,
    },
    /// A line from point to point.
    Line {
        /// The points.
        points: Vec<(f64, f64)>,
        /// Colour of the line.
        ink: Ink,
        /// Width of the line.
        width: f64,
    },
    /// A text on one line.
    Text {
        /// Horizontal position of the point.
        x: f64,
        /// The base line.
        y: f64,
        /// Size of the type.
        size: f64,
        /// Position of the text relative to the point.
        anchor: Anchor,
        /// Colour of the text.
        ink: Ink,
        /// True if the type is strong.
        is_strong: bool,
        /// Text to draw.
        text: String,
    },
}

/// A drawing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawing {
    /// Width of the drawing, in points.
    pub width: f64,
    /// Height of the drawing, in points.
    pub height: f64,
    /// Parts of the drawing, the undermost first.
    pub items: Vec<Item>,
}

impl Drawing {
    /// An empty drawing.
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, items: Vec::new() }
    }

    /// Adds a rectangle.
    pub fn rect(&mut self, (x, y, w, h): (f64, f64, f64, f64), round: f64, fill: Ink) {
        if w > 0.0 && h > 0.0 {
            self.items.push(Item::Rect { x, y, w, h, round: round.min(w / 2.0).min(h / 2.0), fill });
        }
    }

    /// Adds a line.
    pub fn line(&mut self, points: &[(f64, f64)], width: f64, ink: Ink) {
        self.items.push(Item::Line { points: points.to_vec(), ink, width });
    }

    /// Adds a text.
    pub fn text(&mut self, (x, y): (f64, f64), size: f64, anchor: Anchor, ink: Ink, text: impl Into<String>) {
        self.items.push(Item::Text { x, y, size, anchor, ink, is_strong: false, text: text.into() });
    }

    /// Adds a strong text.
    pub fn strong(&mut self, (x, y): (f64, f64), size: f64, anchor: Anchor, ink: Ink, text: impl Into<String>) {
        self.items.push(Item::Text { x, y, size, anchor, ink, is_strong: true, text: text.into() });
    }

    /// Adds lines from lower left to upper right that end at the edges of a rectangle, `step` apart: a ground that
    /// is told from others without colour.
    pub fn hatch(&mut self, (x, y, w, h): (f64, f64, f64, f64), step: f64, width: f64, ink: Ink) {
        let mut along = step / 2.0;
        while along < w + h && step > 0.0 {
            // Where x + y is `along`, seen from the lower left corner.
            let from = (along.min(w), (along - w).max(0.0));
            let to = ((along - h).max(0.0), along.min(h));
            self.line(&[(x + from.0, y + from.1), (x + to.0, y + to.1)], width, ink);
            along += step;
        }
    }
}
