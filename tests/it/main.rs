//! Integration tests: what a user or another program sees of the library and the programs.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod analyze;
mod config;
mod csv_original;
mod demo;
mod diary;
mod facts;
mod history;
mod pack;
mod path_text;
mod probe_tcp;
mod readme;
mod report;
mod store;
mod tidy;
