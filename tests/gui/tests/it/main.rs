//! The window by what a person or a screen reader finds in it. No display is needed.

// All of it is test code, the helpers included.
#![cfg(test)]
#![allow(clippy::disallowed_methods, reason = "tests start programs")]

mod activity;
mod closing;
mod dashboard;
mod everywhere;
mod integrations;
mod layout;
mod logs;
mod monitoring;
mod outages;
mod path;
// The time zone of a process is set by its environment on these systems alone.
#[cfg(unix)]
mod pictures;
mod reports;
#[cfg(unix)]
mod resilience;
// The stand-ins are scripts.
#[cfg(unix)]
mod scheduler;
mod settings;
mod standing;
