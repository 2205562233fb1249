//! Other programs: the local API, MQTT with Home Assistant, metrics, and notifications.
//!
//! The hub hears the events of the engine and hands them to the sinks that are configured. The engine never waits for one.

pub mod api;
mod client_tls;
pub mod exposed;
mod hub;
pub mod logs;
pub mod metrics;
pub mod mqtt;
pub mod notify;
pub mod options;
pub mod push;
mod recent;
mod recording;
mod resolver;
pub mod running;
pub mod shared;
pub mod sink_status;
pub mod status_file;
pub mod test;

#[cfg(test)]
mod fixtures;
