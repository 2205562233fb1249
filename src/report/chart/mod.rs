//! Charts as drawings, which SVG and PDF are made of, so that they cannot differ.

pub mod calendar;
pub mod coverage;
pub mod drawing;
pub mod palette;
pub mod timeline;
pub mod week;

/// The width of charts, in points: that of the text on a page.
pub const WIDTH: f64 = 495.0;
/// Size of the type in charts.
const TYPE: f64 = 7.5;
