//! Pure formats: text and bytes to values and back. The only place that knows how a file or packet is spelled.

pub mod config_json;
pub mod dns;
pub mod icmp;
mod json_fault;
pub mod settings_table;
