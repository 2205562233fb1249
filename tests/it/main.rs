//! Integration tests.

mod csv_original;
mod store;
