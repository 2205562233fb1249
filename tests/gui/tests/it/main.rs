//! The window by what a person or a screen reader finds in it. No display is needed.

mod activity;
mod dashboard;
mod everywhere;
mod logs;
mod monitoring;
mod outages;
mod path;
mod reports;
mod settings;
