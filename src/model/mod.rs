//! Plain data: the vocabulary every other module speaks. No I/O, no clock, no file formats.

pub mod charge;
pub mod config;
pub mod diary;
pub mod event;
pub mod histogram;
pub mod history;
pub mod host;
pub mod isp;
pub mod ledger;
pub mod log_row;
pub mod opening_hours;
pub mod parsed_trace;
pub mod probe;
pub mod proof;
pub mod row;
pub mod schedule;
pub mod settings;
pub mod summary;
pub mod tcp_probe;
pub mod time;
pub mod trace;
pub mod verdict;
