//! The window.
//!
//! One [`view_model`] is folded from the events of the engine. A panel is a function from the view model to an [`action`],
//! which [`app`] carries out; whatever may take time runs in [`jobs`]. No drawing code waits for anything.

mod action;
mod activity;
mod app;
mod dashboard;
mod icons;
mod integrations;
mod jobs;
mod logs;
mod options;
mod outages;
mod palette;
mod panel;
mod path;
mod prefs;
mod reports;
mod scheduler;
mod settings;
mod shell;
mod start;
mod text;
mod theme;
mod toast;
mod view_model;
mod widgets;

pub use self::{
    app::App,
    jobs::graphics::Renderer,
    options::Start,
    start::{Error, run},
    text::Language,
};
