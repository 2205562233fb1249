//! Drawings as SVG within the page.

use super::{
    super::chart::{
        drawing::{Anchor, Drawing, Ink, Item},
        palette,
    },
    escape,
};

/// The element, with what it shows as its name.
pub(super) fn render(drawing: &Drawing, alt: &str) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
        number(drawing.width),
        number(drawing.height),
        escape(alt)
    );
    drawing.items.iter().for_each(|item| svg.push_str(&self::item(item)));
    svg.push_str("</svg>\n");
    svg
}

fn item(item: &Item) -> String {
    match item {
        Item::Rect { x, y, w, h, round, fill } => {
            let round = if *round > 0.0 { format!(" rx=\"{}\"", number(*round)) } else { String::new() };
            format!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{round} fill=\"{}\"/>\n",
                number(*x),
                number(*y),
                number(*w),
                number(*h),
                colour(*fill)
            )
        }
        Item::Line { points, ink, width } => {
            let points: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
            format!(
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
                points.join(" "),
                colour(*ink),
                number(*width)
            )
        }
        Item::Text { x, y, size, anchor, ink, is_strong, text } => {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            let weight = if *is_strong { " font-weight=\"600\"" } else { "" };
            format!(
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{anchor}{weight} fill=\"{}\">{}</text>\n",
                number(*x),
                number(*y),
                number(*size),
                colour(*ink),
                escape(text)
            )
        }
    }
}

fn colour(ink: Ink) -> String {
    format!("var(--{})", palette::name(ink))
}

/// To a hundredth, without zeros at the end.
fn number(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
