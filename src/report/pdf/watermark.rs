//! The mark that stands on every page of a document that must not be taken for a real one.

use krilla::{
    geom::Transform,
    surface::Surface,
    tagging::{Artifact, ArtifactType, ContentTag},
};

use super::{
    Sheet,
    fonts::{Face, Fonts},
    ink::{faint_text, text},
    narrow,
};
use crate::report::{chart::drawing::Ink, document::Watermark};

/// Size of the letters across the page, in points.
const LARGE: f64 = 70.0;
/// Angle of the letters, in degrees.
const ANGLE: f32 = -50.0;

/// Draws it: a line at the top, and large letters across the page.
pub(super) fn draw(surface: &mut Surface<'_>, watermark: &Watermark, sheet: Sheet, fonts: &mut Fonts) {
    // An ornament has no place in the tree.
    let _ = surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Watermark)));
    let mut y = 20.0;
    for run in fonts.lines(Face::SemiBold, 8.4, &watermark.sentence, sheet.column()) {
        text(surface, &run, (sheet.margin, y), Ink::Provider, fonts);
        y += 11.0;
    }
    let run = fonts.run(Face::SemiBold, LARGE, &watermark.short);
    let (x, y) = (sheet.width / 2.0, sheet.height / 2.0);
    surface.push_transform(&Transform::from_rotate_at(ANGLE, narrow(x), narrow(y)));
    faint_text(surface, &run, (x - run.width / 2.0, y + LARGE / 3.0), fonts);
    surface.pop();
    surface.end_tagged();
}
