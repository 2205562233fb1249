//! The line of a host in the plot.

use eframe::egui::Color32;

use crate::gui::view_model::series::{Bucket, Point};

/// The line of one host.
pub(super) struct HostLine {
    pub(super) name: String,
    pub(super) color: Color32,
    pub(super) buckets: Vec<Bucket>,
    /// The stretches that are drawn.
    pub(super) lines: Vec<Vec<Point>>,
}
