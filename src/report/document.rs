//! Content of a report before it is HTML, PDF or text: sections of blocks, in one language.
//!
//! All figures are spelled here already, so no format can show another one than the others do.

use super::chart::drawing::{Drawing, Ink};

/// A page size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// 210 × 297 mm (ISO 216).
    A4,
    /// 8.5 × 11 inches.
    Letter,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Code of its language.
    pub lang: &'static str,
    /// Title of the report.
    pub title: String,
    /// Subject of the report: the line and the period.
    pub subtitle: String,
    /// Text at the foot of each page, beside the number of the page.
    pub footer: String,
    /// The mark on each page of a document that must not be taken for a real one.
    pub watermark: Option<Watermark>,
    /// Sections of the report.
    pub sections: Vec<Section>,
    /// "Page {n} of {m}" with these places.
    pub page_of: &'static str,
    /// The heading of the list of sections.
    pub contents: &'static str,
    /// Size of a page.
    pub paper: Paper,
    /// Year, month, day, hour, minute and second it was made, in UTC.
    pub made: (i32, [u32; 5]),
}

/// A mark on each page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    /// A word or two, for large letters.
    pub short: String,
    /// The same as a sentence.
    pub sentence: String,
}

/// A part with a heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Name of the section in links.
    pub id: &'static str,
    /// Heading of the section.
    pub title: String,
    /// True if the section begins a page.
    pub new_page: bool,
    /// Blocks of the section.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading within a section.
    Heading(String),
    /// The sentence that matters most.
    Lead(String),
    /// A paragraph.
    Text(String),
    /// A remark in small type.
    Small(String),
    /// Sentences of a list.
    Bullets(Vec<String>),
    /// A few large figures beside each other.
    Figures(Vec<Figure>),
    /// Names and their values.
    Facts(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// A drawing.
    Chart(Chart),
    /// A remark that is not to be missed.
    Callout(String, String),
    /// A text whose columns matter.
    Verbatim(String),
    /// Blocks that belong together, under a heading of their own.
    Card(Card),
}

/// One large figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Name of the figure.
    pub label: String,
    /// The figure.
    pub value: String,
    /// Remark on the figure.
    pub note: String,
    /// True if the figure is bad news.
    pub is_bad: bool,
}

/// Blocks about one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Number or name of the card.
    pub title: String,
    /// Text at the other end of the heading.
    pub aside: String,
    /// The colour and sign of it.
    pub mark: Mark,
    /// Blocks of the card.
    pub blocks: Vec<Block>,
}

/// A colour with the sign that says the same without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Colour of the mark.
    pub ink: Ink,
    /// Sign of the mark.
    pub sign: char,
}

/// Alignment of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// Figures.
    Right,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Heading of the column.
    pub title: String,
    /// Alignment of the column.
    pub align: Align,
    /// True if the column takes the room that the others leave.
    pub grows: bool,
    /// True if the cells are spelled for machines.
    pub is_code: bool,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Columns of the table.
    pub columns: Vec<Column>,
    /// Rows of the table, each with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// True if the last row is a sum.
    pub has_sum: bool,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// Text of the cell.
    pub text: String,
    /// Mark before the text.
    pub mark: Option<Mark>,
}

/// A drawing with what it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Heading of the drawing.
    pub title: String,
    /// The same for those who do not see it.
    pub alt: String,
    /// The drawing.
    pub drawing: Drawing,
}

impl Column {
    /// A column of texts.
    pub fn text(title: impl Into<String>) -> Self {
        Self { title: title.into(), align: Align::Left, grows: false, is_code: false }
    }

    /// A column of texts that takes what room there is.
    pub fn wide(title: impl Into<String>) -> Self {
        Self { grows: true, ..Self::text(title) }
    }

    /// A column of figures.
    pub fn figures(title: impl Into<String>) -> Self {
        Self { align: Align::Right, ..Self::text(title) }
    }

    /// A column of things spelled for machines.
    pub fn code(title: impl Into<String>) -> Self {
        Self { is_code: true, ..Self::text(title) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, mark: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), mark: None }
    }
}

impl Table {
    /// A table without a sum.
    pub fn new(columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        Self { columns, rows, has_sum: false }
    }
}

impl Document {
    /// Every text of it, for tests.
    #[cfg(test)]
    pub(crate) fn texts(&self) -> Vec<String> {
        fn of(block: &Block, texts: &mut Vec<String>) {
            match block {
                Block::Heading(text) | Block::Lead(text) | Block::Text(text) | Block::Small(text) => {
                    texts.push(text.clone());
                }
                Block::Bullets(items) => texts.extend(items.iter().cloned()),
                Block::Figures(figures) => {
                    for figure in figures {
                        texts.extend([figure.label.clone(), figure.value.clone(), figure.note.clone()]);
                    }
                }
                Block::Facts(facts) => {
                    texts.extend(facts.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
                }
                Block::Table(table) => {
                    texts.extend(table.columns.iter().map(|column| column.title.clone()));
                    texts.extend(table.rows.iter().flatten().map(|cell| cell.text.clone()));
                }
                Block::Chart(chart) => texts.extend([chart.title.clone(), chart.alt.clone()]),
                Block::Callout(title, text) => texts.extend([title.clone(), text.clone()]),
                Block::Verbatim(text) => texts.push(text.clone()),
                Block::Card(card) => {
                    texts.extend([card.title.clone(), card.aside.clone()]);
                    card.blocks.iter().for_each(|block| of(block, texts));
                }
            }
        }
        let mut texts = vec![self.title.clone(), self.subtitle.clone(), self.footer.clone()];
        texts.extend(self.watermark.iter().flat_map(|mark| [mark.short.clone(), mark.sentence.clone()]));
        for section in &self.sections {
            texts.push(section.title.clone());
            section.blocks.iter().for_each(|block| of(block, &mut texts));
        }
        texts
    }
}
