//! Integration tests: what a user or another program sees of the library and the programs.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod config;
mod csv_original;
mod facts;
mod probe_tcp;
mod path_text;
mod readme;
mod store;
mod tidy;
