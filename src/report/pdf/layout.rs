//! Sets the blocks of a document as pieces.

use super::{
    column::{ColumnLayout, base_line},
    fonts::Face,
    pieces::{Node, Piece, Placed, Role, Shape},
    table,
};
use crate::report::{
    chart::drawing::Ink,
    document::{Block, Card, Chart, Document, Figure, Section},
};

/// Sizes of type and the lines they stand on, in points.
pub(super) const TEXT: (f64, f64) = (9.0, 13.0);
const SMALL: (f64, f64) = (7.6, 10.6);
const LEAD: (f64, f64) = (12.2, 17.0);

/// A heading above a card, which stands on the same page.
const ABOVE: f64 = 20.0;

impl ColumnLayout<'_> {
    /// All pieces of a document, and the tree of their roles.
    pub(super) fn document(mut self, document: &Document) -> (Vec<Piece>, Vec<Node>) {
        self.title(document);
        for (idx, section) in document.sections.iter().enumerate() {
            self.section(section, idx == 0);
        }
        (self.pieces, self.nodes)
    }

    fn title(&mut self, document: &Document) {
        let node = self.node(Role::Title, None);
        self.text(&document.title, Face::SemiBold, (21.0, 27.0), Ink::Text, 0.0, node, true);
        let node = self.node(Role::Paragraph, None);
        self.text(&document.subtitle, Face::Regular, (9.5, 13.5), Ink::Muted, 2.0, node, true);
        let rule = Shape::Rect(self.width, 1.6, 0.0, Ink::Accent);
        let shapes = vec![Placed { x: 0.0, y: 8.0, shape: rule, node: None }];
        self.push(Piece { height: 10.0, shapes, keeps: true, ..Piece::default() });
    }

    fn section(&mut self, section: &Section, is_first: bool) {
        let node = self.node(Role::Heading(1), None);
        let begin = self.pieces.len();
        if is_first {
            // The title says enough.
            self.push(Piece { height: 8.0, keeps: true, ..Piece::default() });
        } else {
            self.text(&section.title, Face::SemiBold, (15.5, 20.0), Ink::Text, 26.0, node, true);
            self.push(Piece { height: 5.0, keeps: true, ..Piece::default() });
        }
        if let Some(piece) = self.pieces.get_mut(begin) {
            piece.outline = Some((1, section.title.clone()));
            piece.new_page = section.new_page;
        }
        self.blocks(&section.blocks, 2);
    }

    /// Blocks one after another. A remark right above a table stays with it.
    fn blocks(&mut self, blocks: &[Block], level: u16) {
        for (idx, block) in blocks.iter().enumerate() {
            let begin = self.pieces.len();
            self.block(block, level);
            if let (Block::Small(_), Some(Block::Table(_))) = (block, blocks.get(idx + 1)) {
                self.pieces.iter_mut().skip(begin).for_each(|piece| piece.keeps = true);
            }
        }
    }

    fn block(&mut self, block: &Block, level: u16) {
        match block {
            Block::Heading(text) => {
                let node = self.node(Role::Heading(level), None);
                self.text(text, Face::SemiBold, (10.6, 14.5), Ink::Text, 15.0, node, true);
                self.push(Piece { height: 2.5, keeps: true, ..Piece::default() });
            }
            Block::Lead(text) => self.paragraph(text, Face::Medium, LEAD, Ink::Text, 4.0),
            Block::Text(text) => self.paragraph(text, Face::Regular, TEXT, Ink::Text, 5.0),
            Block::Small(text) => self.paragraph(text, Face::Regular, SMALL, Ink::Muted, 6.0),
            Block::Bullets(items) => self.bullets(items),
            Block::Figures(figures) => self.figures(figures),
            Block::Facts(facts) => table::facts(self, facts),
            Block::Table(table) => table::table(self, table),
            Block::Chart(chart) => self.chart(chart, level),
            Block::Callout(title, text) => self.callout(title, text),
            Block::Verbatim(text) => {
                let node = self.node(Role::Paragraph, None);
                for line in text.lines() {
                    self.text(line, Face::Mono, (7.4, 10.0), Ink::Text, 0.0, node, false);
                }
            }
            Block::Card(card) => self.card(card, level),
        }
    }

    fn paragraph(&mut self, text: &str, face: Face, size: (f64, f64), ink: Ink, before: f64) {
        let node = self.node(Role::Paragraph, None);
        self.text(text, face, size, ink, before, node, false);
    }

    fn bullets(&mut self, items: &[String]) {
        const INDENT: f64 = 11.0;
        let list = self.node(Role::List, None);
        for item in items {
            let node = self.node(Role::Item, Some(list));
            let (size, line) = TEXT;
            let lines = self.fonts.lines(Face::Regular, size, item, self.width - INDENT);
            let n = lines.len();
            for (idx, run) in lines.into_iter().enumerate() {
                let mut shapes = Vec::new();
                if idx == 0 {
                    let sign = self.fonts.run(Face::SemiBold, size, "•");
                    shapes.push(self.line(sign, 1.5, base_line(size, line), Ink::Accent, Some(node)));
                }
                shapes.push(self.line(run, INDENT, base_line(size, line), Ink::Text, Some(node)));
                let keeps = n > 1 && (idx == 0 || idx + 2 == n);
                let before = if idx == 0 { 2.5 } else { 0.0 };
                self.push(Piece { height: line, before, shapes, keeps, ..Piece::default() });
            }
        }
    }

    fn figures(&mut self, figures: &[Figure]) {
        const GAP: f64 = 10.0;
        const PAD: f64 = 10.0;
        let n = figures.len().max(1) as f64;
        let width = (self.width - GAP * (n - 1.0)) / n;
        let inner = width - 2.0 * PAD;
        let mut height: f64 = 0.0;
        let mut texts = Vec::new();
        for (idx, figure) in figures.iter().enumerate() {
            let node = self.node(Role::Paragraph, None);
            let x = idx as f64 * (width + GAP) + PAD;
            let mut y = 9.0;
            let label = self.fonts.run(Face::Medium, 8.2, &figure.label);
            texts.push(self.line(label, x, y + 8.2, Ink::Muted, Some(node)));
            y += 13.0;
            let natural = self.fonts.width(Face::SemiBold, 20.0, &figure.value);
            let size = 20.0 * (inner / natural.max(1.0)).min(1.0);
            let value = self.fonts.run(Face::SemiBold, size, &figure.value);
            let ink = if figure.is_bad { Ink::Provider } else { Ink::Text };
            texts.push(self.line(value, x, y + 20.0, ink, Some(node)));
            y += 28.0;
            for run in self.fonts.lines(Face::Regular, SMALL.0, &figure.note, inner) {
                texts.push(self.line(run, x, y + 7.0, Ink::Muted, Some(node)));
                y += SMALL.1;
            }
            height = height.max(y + 7.0);
        }
        let mut shapes = Vec::new();
        for idx in 0..figures.len() {
            let x = self.left + idx as f64 * (width + GAP);
            let outer = Shape::Rect(width, height, 6.0, Ink::Line);
            let inner = Shape::Rect(width - 1.2, height - 1.2, 5.4, Ink::Paper);
            shapes.push(Placed { x, y: 0.0, shape: outer, node: None });
            shapes.push(Placed { x: x + 0.6, y: 0.6, shape: inner, node: None });
        }
        shapes.extend(texts);
        self.push(Piece { height, before: 9.0, shapes, ..Piece::default() });
        self.push(Piece { height: 2.0, ..Piece::default() });
    }

    fn chart(&mut self, chart: &Chart, level: u16) {
        let node = self.node(Role::Heading(level), None);
        self.text(&chart.title, Face::SemiBold, (10.6, 14.5), Ink::Text, 12.0, node, true);
        let node = self.node(Role::Figure(chart.alt.clone()), None);
        let drawing = Shape::Drawing(chart.drawing.clone());
        let shapes = vec![Placed { x: self.left, y: 0.0, shape: drawing, node: Some(node) }];
        self.push(Piece { height: chart.drawing.height, before: 4.0, shapes, ..Piece::default() });
    }

    fn callout(&mut self, title: &str, text: &str) {
        const PAD: f64 = 9.0;
        let node = self.node(Role::Paragraph, None);
        let (size, line) = (8.4, 11.8);
        let inner = self.width - 2.0 * PAD - 4.0;
        let mut y = 6.0;
        let mut texts = Vec::new();
        let parts = [(Face::SemiBold, title), (Face::Regular, text)];
        for (face, part) in parts {
            for run in self.fonts.lines(face, size, part, inner) {
                texts.push(self.line(run, PAD + 4.0, y + base_line(size, line), Ink::Text, Some(node)));
                y += line;
            }
        }
        let height = y + 6.0;
        let ground = |x: f64, width: f64, round: f64, ink: Ink| Placed {
            x,
            y: 0.0,
            shape: Shape::Rect(width, height, round, ink),
            node: None,
        };
        let mut shapes = vec![ground(self.left, self.width, 3.0, Ink::Soft), ground(self.left, 3.0, 0.0, Ink::Accent)];
        shapes.extend(texts);
        self.push(Piece { height, before: 8.0, shapes, ..Piece::default() });
        self.push(Piece { height: 3.0, ..Piece::default() });
    }

    fn card(&mut self, card: &Card, level: u16) {
        const INDENT: f64 = 13.0;
        self.bar = Some(card.mark.ink);
        let (left, width) = (self.left, self.width);
        self.left += INDENT;
        self.width -= INDENT;
        let begin = self.pieces.len();
        let (size, line) = (11.0, 16.0);
        let node = self.node(Role::Heading(level), None);
        let sign = self.fonts.run(Face::SemiBold, 9.0, &card.mark.sign.to_string());
        let aside = self.fonts.run(Face::SemiBold, size, &card.aside);
        let room = self.width - aside.width - 14.0 - 10.0;
        let lines = self.fonts.lines(Face::SemiBold, size, &card.title, room);
        for (idx, run) in lines.into_iter().enumerate() {
            let y = base_line(size, line);
            let mut shapes = Vec::new();
            if idx == 0 {
                shapes.push(self.line(sign.clone(), 0.0, y - 0.7, card.mark.ink, None));
            }
            shapes.push(self.line(run, 14.0, y, Ink::Text, Some(node)));
            if idx == 0 {
                let x = self.width - aside.width;
                shapes.push(self.line(aside.clone(), x, y, Ink::Text, Some(node)));
            }
            let before = if idx == 0 { 19.0 } else { 0.0 };
            self.push(Piece { height: line, before, shapes, keeps: true, ..Piece::default() });
        }
        if let Some(piece) = self.pieces.get_mut(begin) {
            piece.outline = Some((2, card.title.clone()));
        }
        let body = self.pieces.len();
        self.blocks(&card.blocks, level + 1);
        let height: f64 = self.pieces.iter().skip(begin).map(|piece| piece.before + piece.height).sum();
        // One that fits a page is not broken, of a longer one at least the heading and the first facts are together.
        let together = if height + ABOVE <= self.height { (self.pieces.len() - body).saturating_sub(1) } else { 3 };
        self.pieces.iter_mut().skip(body).take(together).for_each(|piece| piece.keeps = true);
        self.bar = None;
        (self.left, self.width) = (left, width);
    }
}
