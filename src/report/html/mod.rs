//! The document as one page of HTML: no script, nothing from elsewhere, light or dark on a screen, light on paper.

mod style;
mod svg;

use std::fmt::Write as _;

use super::{
    add,
    chart::palette,
    document::{Align, Block, Card, Cell, Document, Mark, Section, Table},
};

/// The whole page.
pub(super) fn render(document: &Document) -> String {
    let mut page = String::with_capacity(256 * 1024);
    let mut put = |text: &str| page.push_str(text);
    put("<!DOCTYPE html>\n");
    put(&format!("<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\"/>\n", document.lang));
    put("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
    put("<meta name=\"color-scheme\" content=\"light dark\"/>\n<meta name=\"robots\" content=\"noindex\"/>\n");
    put(&format!("<title>{}: {}</title>\n", escape(&document.title), escape(&document.subtitle)));
    put(&format!("<style>\n{}</style>\n</head>\n<body>\n<main>\n", style::sheet(document.paper)));
    put(&format!("<header>\n<h1>{}</h1>\n<p>{}</p>\n</header>\n", escape(&document.title), escape(&document.subtitle)));
    if let Some(mark) = &document.watermark {
        let (short, sentence) = (escape(&mark.short), escape(&mark.sentence));
        add(&mut page, format_args!("<p class=\"made-up\" role=\"note\"><strong>{sentence}</strong></p>\n"));
        add(&mut page, format_args!("<div class=\"watermark\" aria-hidden=\"true\">{short}</div>\n"));
    }
    for (idx, part) in document.sections.iter().enumerate() {
        section(&mut page, part);
        if idx == 0 {
            contents(&mut page, document);
        }
    }
    add(&mut page, format_args!("<footer>{}</footer>\n</main>\n</body>\n</html>\n", escape(&document.footer)));
    page
}

fn contents(page: &mut String, document: &Document) {
    add(page, format_args!("<nav aria-label=\"{}\">", escape(document.contents)));
    for section in &document.sections {
        add(page, format_args!("<a href=\"#{}\">{}</a>", section.id, escape(&section.title)));
    }
    page.push_str("</nav>\n");
}

fn section(page: &mut String, section: &Section) {
    let class = if section.new_page { " class=\"new-page\"" } else { "" };
    add(page, format_args!("<section id=\"{}\"{class}>\n<h2>{}</h2>\n", section.id, escape(&section.title)));
    section.blocks.iter().for_each(|part| block(page, part, 3));
    page.push_str("</section>\n");
}

fn block(page: &mut String, block: &Block, level: u8) {
    // A text takes whatever comes.
    let done = match block {
        Block::Heading(text) => writeln!(page, "<h{level}>{}</h{level}>", escape(text)),
        Block::Lead(text) => writeln!(page, "<p class=\"lead\">{}</p>", escape(text)),
        Block::Text(text) => writeln!(page, "<p>{}</p>", escape(text)),
        Block::Small(text) => writeln!(page, "<p class=\"small\">{}</p>", escape(text)),
        Block::Bullets(items) => {
            page.push_str("<ul>\n");
            items.iter().for_each(|item| add(page, format_args!("<li>{}</li>\n", escape(item))));
            writeln!(page, "</ul>")
        }
        Block::Figures(figures) => {
            page.push_str("<div class=\"figures\">\n");
            for figure in figures {
                let class = if figure.is_bad { "figure bad" } else { "figure" };
                add(
                    page,
                    format_args!(
                        "<div class=\"{class}\"><p>{}</p><p class=\"value\">{}</p><p class=\"small\">{}</p></div>\n",
                        escape(&figure.label),
                        escape(&figure.value),
                        escape(&figure.note)
                    ),
                );
            }
            writeln!(page, "</div>")
        }
        Block::Facts(facts) => {
            page.push_str("<dl>\n");
            for (name, value) in facts {
                add(page, format_args!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value)));
            }
            writeln!(page, "</dl>")
        }
        Block::Table(table) => {
            self::table(page, table);
            Ok(())
        }
        Block::Chart(chart) => writeln!(
            page,
            "<figure>\n<figcaption>{}</figcaption>\n{}</figure>",
            escape(&chart.title),
            svg::render(&chart.drawing, &chart.alt)
        ),
        Block::Callout(title, text) => {
            writeln!(page, "<aside><strong>{}</strong> {}</aside>", escape(title), escape(text))
        }
        Block::Verbatim(text) => writeln!(page, "<pre>{}</pre>", escape(text)),
        Block::Card(card) => {
            self::card(page, card, level);
            Ok(())
        }
    };
    done.ok();
}

fn card(page: &mut String, card: &Card, level: u8) {
    let colour = palette::name(card.mark.ink);
    add(
        page,
        format_args!(
            "<article style=\"border-left-color:var(--{colour})\">\n<h{level}>{}{}<span>{}</span></h{level}>\n",
            mark(card.mark),
            escape(&card.title),
            escape(&card.aside)
        ),
    );
    card.blocks.iter().for_each(|part| block(page, part, level.saturating_add(1).min(6)));
    page.push_str("</article>\n");
}

fn mark(mark: Mark) -> String {
    format!("<i aria-hidden=\"true\" style=\"color:var(--{})\">{}</i>", palette::name(mark.ink), mark.sign)
}

fn table(page: &mut String, table: &Table) {
    let class = |idx: usize| {
        let column = table.columns.get(idx);
        let is_right = column.is_some_and(|column| column.align == Align::Right);
        let is_code = column.is_some_and(|column| column.is_code);
        let is_wide = column.is_some_and(|column| column.grows);
        let classes: Vec<&str> = [(is_right, "r"), (is_code, "c"), (is_wide, "w")]
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, name)| name)
            .collect();
        if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) }
    };
    page.push_str("<div class=\"table\"><table>\n<thead><tr>");
    for (idx, column) in table.columns.iter().enumerate() {
        add(page, format_args!("<th scope=\"col\"{}>{}</th>", class(idx), escape(&column.title)));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    let last = table.rows.len().saturating_sub(1);
    for (number, row) in table.rows.iter().enumerate() {
        page.push_str(if table.has_sum && number == last { "<tr class=\"sum\">" } else { "<tr>" });
        for (idx, cell) in row.iter().enumerate() {
            add(page, format_args!("<td{}>{}</td>", class(idx), self::cell(cell)));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table></div>\n");
}

fn cell(cell: &Cell) -> String {
    format!("{}{}", cell.mark.map_or_else(String::new, mark), escape(&cell.text))
}

/// As text within an element or an attribute. What no document may hold (XML 1.0, section 2.2) becomes a space.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push('\n'),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
pub(super) use self::tests::well_formed;

#[cfg(test)]
mod tests;
