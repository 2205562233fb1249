//! The disk: `netlog.csv`, files of evidence, the lock of a log folder, names of files.

pub mod age;
pub mod config_file;
pub mod error;
pub mod history;
pub mod kept;
pub mod key;
pub mod lock;
pub mod log;
pub mod logs;
pub mod names;
pub mod pack;
pub mod path_logs;
pub mod queue;
pub mod report_file;
pub mod retention;
pub mod secrets_file;
pub mod tail;
pub mod trace_files;
pub mod verify;

pub use error::StoreError;
