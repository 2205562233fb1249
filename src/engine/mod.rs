//! The monitor: a pure state machine that decides what to do when, and a driver that does it.

pub mod asked;
mod cycle;
mod driver;
mod knowledge;
mod monitor;
mod paths;
mod plan;
mod questions;
mod rows;
mod single_check;
mod timeline;

pub use driver::{
    Command, Error, Handle, Listener, Looked, Options,
    discover::{discover, discovery_targets},
    keys::{own_key, own_public_key, signing_key},
    monitor, monitor_with, once,
    trace::{TraceOptions, Tracing},
};
