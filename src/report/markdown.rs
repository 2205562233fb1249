//! The document as Markdown (GitHub's flavour, for its tables).

use super::{
    add,
    document::{Align, Block, Cell, Document, Table},
};

/// The whole text.
pub(super) fn render(document: &Document) -> String {
    let mut page = format!("# {}\n\n{}\n", escape(&document.title), escape(&document.subtitle));
    mark(&mut page, document);
    for section in &document.sections {
        add(&mut page, format_args!("\n## {}\n", escape(&section.title)));
        section.blocks.iter().for_each(|part| block(&mut page, part, 3));
    }
    add(&mut page, format_args!("\n---\n\n{}\n", escape(&document.footer)));
    mark(&mut page, document);
    page.replace('\u{a0}', " ")
}

/// The mark of a document that must not be taken for a real one.
fn mark(page: &mut String, document: &Document) {
    if let Some(mark) = &document.watermark {
        add(page, format_args!("\n> **{}**\n", escape(&mark.sentence)));
    }
}

fn block(page: &mut String, block: &Block, level: usize) {
    match block {
        Block::Heading(text) => add(page, format_args!("\n{} {}\n", "#".repeat(level), escape(text))),
        Block::Lead(text) => add(page, format_args!("\n**{}**\n", escape(text))),
        Block::Text(text) | Block::Small(text) => add(page, format_args!("\n{}\n", escape(text))),
        Block::Bullets(items) => {
            page.push('\n');
            items.iter().for_each(|item| add(page, format_args!("- {}\n", escape(item))));
        }
        Block::Figures(figures) => {
            page.push('\n');
            for figure in figures {
                let (label, value, note) = (escape(&figure.label), escape(&figure.value), escape(&figure.note));
                add(page, format_args!("- {label}: **{value}** ({note})\n"));
            }
        }
        Block::Facts(facts) => {
            page.push('\n');
            facts.iter().for_each(|(name, value)| add(page, format_args!("- {}: {}\n", escape(name), escape(value))));
        }
        Block::Table(table) => self::table(page, table),
        Block::Chart(chart) => add(page, format_args!("\n*{}: {}*\n", escape(&chart.title), escape(&chart.alt))),
        Block::Callout(title, text) => add(page, format_args!("\n> **{}** {}\n", escape(title), escape(text))),
        Block::Verbatim(text) => add(page, format_args!("\n```\n{}\n```\n", text.replace("```", "'''"))),
        Block::Card(card) => {
            let (title, aside) = (escape(&card.title), escape(&card.aside));
            add(page, format_args!("\n{} {} {title} ({aside})\n", "#".repeat(level), card.mark.sign));
            card.blocks.iter().for_each(|part| self::block(page, part, (level + 1).min(6)));
        }
    }
}

fn table(page: &mut String, table: &Table) {
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    page.push('\n');
    page.push_str(&row(table.columns.iter().map(|column| escape(&column.title)).collect()));
    let align = |align| if align == Align::Right { "--:".to_owned() } else { "---".to_owned() };
    page.push_str(&row(table.columns.iter().map(|column| align(column.align)).collect()));
    for cells in &table.rows {
        page.push_str(&row(cells.iter().map(spelled).collect()));
    }
}

fn spelled(cell: &Cell) -> String {
    match cell.mark {
        Some(mark) => format!("{} {}", mark.sign, escape(&cell.text)),
        None => escape(&cell.text),
    }
}

/// On one line, and with nothing in it that Markdown or HTML would take for its own.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => escaped.extend(['\\', letter]),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup() {
        assert_eq!("a\\|b \\*c\\* &lt;d> \\_e\\_", escape("a|b *c* <d> _e_"));
        assert_eq!("one line", escape("one\nline"));
    }
}
