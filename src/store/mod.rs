//! The disk: `netlog.csv`, the lock of a log folder, names of files.

pub mod config_file;
