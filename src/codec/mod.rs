//! Pure formats: text and bytes to values and back. The only place that knows how a file or packet is spelled.

pub mod candidates_json;
pub mod chain_head_json;
pub mod config_json;
pub mod dns;
pub mod endpoint;
pub mod event_json;
pub mod holder_json;
pub mod icmp;
pub mod icmp_extension;
mod json_fault;
mod json_value;
pub mod mtr_text;
pub mod netlog_csv;
pub mod redact;
pub mod settings_table;
pub mod stun;
pub mod summary_json;
pub mod tcp_probe_json;
pub mod tls_hello;
pub mod trace_json;
pub mod wan_diag;
pub mod x509;
