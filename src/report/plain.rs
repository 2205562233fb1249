//! The document as plain text of 100 columns.

use super::{
    add,
    document::{Align, Block, Cell, Document, Table},
};

const WIDTH: usize = 100;

/// The whole text.
pub(super) fn render(document: &Document) -> String {
    let mut page = String::new();
    heading(&mut page, &document.title, '=');
    add(&mut page, format_args!("{}\n", document.subtitle));
    mark(&mut page, document);
    for section in &document.sections {
        page.push('\n');
        heading(&mut page, &section.title, '-');
        section.blocks.iter().for_each(|part| block(&mut page, part));
    }
    add(&mut page, format_args!("\n{}\n", document.footer));
    mark(&mut page, document);
    page.replace('\u{a0}', " ")
}

/// The mark of a document that must not be taken for a real one.
fn mark(page: &mut String, document: &Document) {
    if let Some(mark) = &document.watermark {
        page.push('\n');
        paragraph(page, &mark.sentence, "*** ", "*** ");
    }
}

fn heading(page: &mut String, text: &str, line: char) {
    add(page, format_args!("{text}\n{}\n", line.to_string().repeat(text.chars().count())));
}

fn block(page: &mut String, block: &Block) {
    match block {
        Block::Heading(text) => add(page, format_args!("\n{text}\n")),
        Block::Lead(text) | Block::Text(text) | Block::Small(text) => paragraph(page, text, "", ""),
        Block::Bullets(items) => items.iter().for_each(|item| paragraph(page, item, "- ", "  ")),
        Block::Figures(figures) => {
            for figure in figures {
                paragraph(page, &format!("{}: {} ({})", figure.label, figure.value, figure.note), "* ", "  ");
            }
        }
        Block::Facts(facts) => {
            let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default().min(32);
            let indent = " ".repeat(width + 2);
            for (name, value) in facts {
                let gap = " ".repeat(width.saturating_sub(name.chars().count()) + 1);
                paragraph(page, value, &format!("{name}:{gap}"), &indent);
            }
        }
        Block::Table(table) => self::table(page, table),
        Block::Chart(chart) => paragraph(page, &format!("{}: {}", chart.title, chart.alt), "", ""),
        Block::Callout(title, text) => paragraph(page, &format!("{title}. {text}"), "! ", "  "),
        Block::Verbatim(text) => add(page, format_args!("{text}\n")),
        Block::Card(card) => {
            add(page, format_args!("\n{} {}  {}\n", card.mark.sign, card.title, card.aside));
            card.blocks.iter().for_each(|part| self::block(page, part));
        }
    }
}

/// Breaks a text between words.
fn paragraph(page: &mut String, text: &str, first: &str, others: &str) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in words(text) {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            page.push_str(line.trim_end());
            page.push('\n');
            others.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    page.push_str(line.trim_end());
    page.push('\n');
}

/// Words, of which those with a space between that is not to be broken are one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\n', '\t']).filter(|word| !word.is_empty())
}

fn spelled(cell: &Cell) -> String {
    match cell.mark {
        Some(mark) => format!("{} {}", mark.sign, cell.text),
        None => cell.text.clone(),
    }
}

fn table(page: &mut String, table: &Table) {
    let widths: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .map(|(idx, column)| {
            let cells = table.rows.iter().filter_map(|row| row.get(idx)).map(|cell| spelled(cell).chars().count());
            cells.chain([column.title.chars().count()]).max().unwrap_or_default()
        })
        .collect();
    let mut line = |cells: Vec<String>| {
        let mut text = String::new();
        for ((cell, width), column) in cells.iter().zip(&widths).zip(&table.columns) {
            let gap = " ".repeat(width.saturating_sub(cell.chars().count()));
            match column.align {
                Align::Left => add(&mut text, format_args!("{cell}{gap}  ")),
                Align::Right => add(&mut text, format_args!("{gap}{cell}  ")),
            }
        }
        page.push_str(text.trim_end());
        page.push('\n');
    };
    line(table.columns.iter().map(|column| column.title.clone()).collect());
    line(widths.iter().map(|width| "-".repeat(*width)).collect());
    for row in &table.rows {
        line(row.iter().map(spelled).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_but_not_before_a_unit() {
        let mut page = String::new();
        paragraph(&mut page, &format!("{} 12\u{a0}s", "x".repeat(95)), "- ", "  ");
        assert_eq!(format!("- {}\n  12\u{a0}s\n", "x".repeat(95)), page);
    }
}
