//! Puts pieces on pages, and draws the pages.

use std::num::NonZeroU16;

use krilla::{
    Document as Pdf, SerializeSettings,
    destination::XyzDestination,
    geom::Point,
    metadata::{DateTime, Metadata},
    outline::{Outline, OutlineNode},
    page::PageSettings,
    surface::Surface,
    tagging::{
        Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node as TagNode, SpanTag, TableHeaderScope, Tag,
        TagGroup, TagKind, TagTree,
    },
};

use super::{
    Sheet,
    fonts::{Face, Fonts},
    ink::{line, rect, text},
    narrow,
    pieces::{Node, Piece, Placed, Role, Shape, TablePart},
    watermark,
};
use crate::report::{
    chart::drawing::{Anchor, Drawing, Ink, Item},
    document::Document,
};

/// Content of a page, placed from the upper left corner of the sheet.
#[derive(Debug, Default)]
pub(super) struct Page {
    shapes: Vec<Placed>,
    /// Entries of the outline: level, text, height.
    outline: Vec<(u8, String, f64)>,
}

/// Pieces on pages. Those that keep the next one are not alone at the foot of a page; the head of a table stands again
/// where it goes on.
pub(super) fn paginate(pieces: &[Piece], sheet: Sheet) -> Vec<Page> {
    let foot = sheet.height - sheet.bottom;
    let mut pages = vec![Page::default()];
    let (mut y, mut head): (f64, Option<Piece>) = (sheet.top, None);
    for (idx, piece) in pieces.iter().enumerate() {
        let is_top = y <= sheet.top;
        if piece.table != Some(TablePart::Row) {
            head = (piece.table == Some(TablePart::Head)).then(|| piece.clone());
        }
        let before = if is_top { 0.0 } else { piece.before };
        if !is_top && (piece.new_page || y + before + chain(pieces, idx, foot - sheet.top) > foot) {
            pages.push(Page::default());
            y = sheet.top;
            if let (Some(TablePart::Row), Some(head)) = (piece.table, &head) {
                // It was read aloud once.
                let shapes = head.shapes.iter().map(|placed| Placed { node: None, ..placed.clone() }).collect();
                let again = Piece { shapes, ..head.clone() };
                y = put(pages.last_mut(), &again, y, 0.0, sheet);
            }
            y = put(pages.last_mut(), piece, y, 0.0, sheet);
        } else {
            y = put(pages.last_mut(), piece, y, before, sheet);
        }
    }
    pages
}

/// The height of a piece with those it is to be together with, as far as they fit a page at all.
fn chain(pieces: &[Piece], idx: usize, room: f64) -> f64 {
    let mut height = 0.0;
    for (number, piece) in pieces.iter().skip(idx).enumerate() {
        let before = if number == 0 { 0.0 } else { piece.before };
        let longer = height + before + piece.height;
        if longer > room && number > 0 {
            break;
        }
        height = longer;
        if !piece.keeps {
            break;
        }
    }
    height
}

fn put(page: Option<&mut Page>, piece: &Piece, y: f64, before: f64, sheet: Sheet) -> f64 {
    let top = y + before;
    if let Some(page) = page {
        if let Some(ink) = piece.bar {
            // The space above its heading is outside of a card.
            let above = if piece.outline.is_some() { 0.0 } else { before };
            let bar = Shape::Rect(2.4, above + piece.height, 0.0, ink);
            page.shapes.push(Placed { x: sheet.margin, y: top - above, shape: bar, node: None });
        }
        page.shapes.extend(piece.shapes.iter().map(|placed| Placed {
            x: placed.x + sheet.margin,
            y: placed.y + top,
            ..placed.clone()
        }));
        if let Some((level, text)) = &piece.outline {
            page.outline.push((*level, text.clone(), top));
        }
    }
    top + piece.height
}

/// The file.
pub(super) fn paint(
    document: &Document,
    pages: &[Page],
    nodes: &[Node],
    sheet: Sheet,
    fonts: &mut Fonts,
) -> Result<Vec<u8>, String> {
    let mut pdf = Pdf::new_with(SerializeSettings::default());
    let mut marked: Vec<Vec<Identifier>> = nodes.iter().map(|_| Vec::new()).collect();
    for (idx, page) in pages.iter().enumerate() {
        let settings = PageSettings::from_wh(narrow(sheet.width), narrow(sheet.height)).ok_or("no such page size")?;
        let mut leaf = pdf.start_page_with(settings);
        let mut surface = leaf.surface();
        draw_page(&mut surface, page, &mut marked, fonts);
        foot(&mut surface, document, (idx + 1, pages.len()), sheet, fonts);
        if let Some(mark) = &document.watermark {
            watermark::draw(&mut surface, mark, sheet, fonts);
        }
        surface.finish();
        leaf.finish();
    }
    pdf.set_outline(outline(pages));
    pdf.set_metadata(metadata(document));
    pdf.set_tag_tree(tree(document, nodes, marked));
    pdf.finish().map_err(|error| format!("{error:?}"))
}

/// Shapes in their order; those that follow each other and belong to the same node are marked as one.
fn draw_page(surface: &mut Surface<'_>, page: &Page, marked: &mut [Vec<Identifier>], fonts: &mut Fonts) {
    for group in page.shapes.chunk_by(|a, b| a.node == b.node) {
        let node = group.first().and_then(|placed| placed.node);
        let is_drawing = group.iter().any(|placed| matches!(placed.shape, Shape::Drawing(_)));
        let tag = match node {
            None => ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)),
            Some(_) if is_drawing => ContentTag::Other,
            Some(_) => ContentTag::Span(SpanTag::empty()),
        };
        let id = surface.start_tagged(tag);
        group.iter().for_each(|placed| draw(surface, placed, fonts));
        surface.end_tagged();
        if let Some(known) = node.and_then(|node| marked.get_mut(node)) {
            known.push(id);
        }
    }
}

fn draw(surface: &mut Surface<'_>, placed: &Placed, fonts: &mut Fonts) {
    let (x, y) = (placed.x, placed.y);
    match &placed.shape {
        Shape::Text(run, ink) => text(surface, run, (x, y), *ink, fonts),
        Shape::Rect(width, height, round, ink) => rect(surface, (x, y, *width, *height), *round, *ink),
        Shape::Drawing(drawing) => chart(surface, drawing, (x, y), fonts),
    }
}

fn chart(surface: &mut Surface<'_>, drawing: &Drawing, (left, top): (f64, f64), fonts: &mut Fonts) {
    for item in &drawing.items {
        match item {
            Item::Rect { x, y, w, h, round, fill } => rect(surface, (left + x, top + y, *w, *h), *round, *fill),
            Item::Line { points, ink, width } => {
                let points: Vec<(f64, f64)> = points.iter().map(|(x, y)| (left + x, top + y)).collect();
                line(surface, &points, *width, *ink);
            }
            Item::Text { x, y, size, anchor, ink, is_strong, text: said } => {
                let face = if *is_strong { Face::SemiBold } else { Face::Regular };
                let run = fonts.run(face, *size, said);
                let shift = match anchor {
                    Anchor::Start => 0.0,
                    Anchor::Middle => run.width / 2.0,
                    Anchor::End => run.width,
                };
                text(surface, &run, (left + x - shift, top + y), *ink, fonts);
            }
        }
    }
}

/// Period, signature and page number.
fn foot(surface: &mut Surface<'_>, document: &Document, page: (usize, usize), sheet: Sheet, fonts: &mut Fonts) {
    // An ornament has no place in the tree.
    let _ = surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
    let y = sheet.height - 30.0;
    rect(surface, (sheet.margin, y - 12.0, sheet.column(), 0.5), 0.0, Ink::Line);
    let number = document.page_of.replace("{n}", &page.0.to_string()).replace("{m}", &page.1.to_string());
    let number = fonts.run(Face::Regular, 7.4, &number);
    let room = sheet.column() - number.width - 20.0;
    let said = format!("{} · {}", document.title, document.footer);
    if let Some(run) = fonts.lines(Face::Regular, 7.4, &said, room).into_iter().next() {
        text(surface, &run, (sheet.margin, y), Ink::Muted, fonts);
    }
    let x = sheet.width - sheet.margin - number.width;
    text(surface, &number, (x, y), Ink::Muted, fonts);
    surface.end_tagged();
}

fn outline(pages: &[Page]) -> Outline {
    let mut outline = Outline::new();
    let mut current: Option<OutlineNode> = None;
    for (idx, page) in pages.iter().enumerate() {
        for (level, title, y) in &page.outline {
            let place = XyzDestination::new(idx, Point::from_xy(0.0, narrow((*y - 10.0).max(0.0))));
            let node = OutlineNode::new(title.clone(), place);
            match (level, &mut current) {
                (2.., Some(parent)) => parent.push_child(node),
                _ => {
                    if let Some(done) = current.replace(node) {
                        outline.push_child(done);
                    }
                }
            }
        }
    }
    if let Some(done) = current {
        outline.push_child(done);
    }
    outline
}

fn metadata(document: &Document) -> Metadata {
    let (year, [month, day, hour, minute, second]) = document.made;
    let small = |number: u32| u8::try_from(number).unwrap_or_default();
    let made = DateTime::new(u16::try_from(year).unwrap_or_default())
        .month(small(month))
        .day(small(day))
        .hour(small(hour))
        .minute(small(minute))
        .second(small(second))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let program = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    Metadata::new()
        .title(format!("{}: {}", document.title, document.subtitle))
        .language(document.lang.to_owned())
        .creator(program.to_owned())
        .producer(program.to_owned())
        .creation_date(made)
}

/// The tree of roles, leaves first: a node stands behind the one it is in.
fn tree(document: &Document, nodes: &[Node], marked: Vec<Vec<Identifier>>) -> TagTree {
    let mut groups: Vec<Vec<TagNode>> =
        marked.into_iter().map(|ids| ids.into_iter().map(TagNode::Leaf).collect()).collect();
    let mut root: Vec<TagNode> = Vec::new();
    for (idx, node) in nodes.iter().enumerate().rev() {
        let Some(mut children) = groups.get_mut(idx).map(std::mem::take) else { continue };
        if children.is_empty() {
            continue;
        }
        // Its own children were pushed last to first, behind its own marks.
        let n_leaves = children.iter().take_while(|child| matches!(child, TagNode::Leaf(_))).count();
        if let Some(groups) = children.get_mut(n_leaves..) {
            groups.reverse();
        }
        let group = TagNode::Group(TagGroup::with_children(kind(&node.role), children));
        match node.parent.and_then(|parent| groups.get_mut(parent)) {
            Some(parent) => parent.push(group),
            None => root.push(group),
        }
    }
    root.reverse();
    let mut tree = TagTree::new().with_lang(Some(document.lang.to_owned()));
    root.into_iter().for_each(|node| tree.push(node));
    tree
}

fn kind(role: &Role) -> TagKind {
    match role {
        Role::Title => heading(1),
        Role::Heading(level) => heading(level.saturating_add(1)),
        Role::Paragraph => Tag::P.into(),
        Role::List => Tag::L(ListNumbering::Disc).into(),
        Role::Item => Tag::LI.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::Head => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Figure(alt) => Tag::Figure(Some(alt.clone())).into(),
    }
}

fn heading(level: u16) -> TagKind {
    Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), None).into()
}
