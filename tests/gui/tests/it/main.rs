//! The window by what a person or a screen reader finds in it. No display is needed.

// All of it is test code, the helpers included.
#![cfg(test)]

mod activity;
mod dashboard;
mod everywhere;
mod layout;
mod logs;
mod monitoring;
mod outages;
mod path;
mod reports;
mod settings;
