//! Integration tests: what a user or another program sees of the library and the programs.

#![allow(clippy::disallowed_methods, reason = "tests start the programs, and look at the clock")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod analyze;
mod api;
mod charged;
mod circles;
mod config;
mod csv_original;
mod demo;
mod diary;
mod doctor;
mod facts;
mod history;
mod identity;
mod killed;
mod mqtt;
mod notify;
mod pack;
mod packages;
mod path_text;
mod probe_tcp;
mod proof;
mod readme;
mod report;
#[cfg(target_os = "linux")]
mod root;
// Windows has neither the tools nor paths as awkward.
#[cfg(unix)]
mod schedule;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod slow_disk;
mod store;
mod tidy;
