//! The window.
//!
//! One [`view_model`] is folded from what the engine tells. A panel is a function from the view model to a [`wish`], which
//! [`app`] fulfils; whatever may take time runs in [`jobs`]. No drawing code waits for anything.

mod activity;
mod app;
mod dashboard;
mod icons;
mod jobs;
mod logs;
mod outages;
mod palette;
mod path;
mod prefs;
mod reports;
mod settings;
mod shell;
mod start;
mod text;
mod theme;
mod toast;
mod view_model;
mod widgets;
mod wish;

pub use self::{
    app::App,
    start::{Error, Renderer, Start, run},
    text::Language,
};
