//! Pure formats: text and bytes to values and back. The only place that knows how a file or packet is spelled.

pub mod event_json;
pub mod holder_json;
pub mod netlog_csv;
