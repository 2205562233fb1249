//! Network Logging watches an internet line day and night, says whose fault each failure is, and keeps the
//! evidence.
//!
//! The modules are listed in reading order. The core (`model`, `analysis`, `codec`, `report`) is pure: it reads
//! no clock, opens nothing and cannot fail. `platform`, `probe` and `store` meet the operating system, the
//! network and the disk, and `log_view` looks into logs of any size. `engine` joins them into the monitor, and `cli` is a face of it.
//! `ARCHITECTURE.md` tells who may import whom, and why.

pub mod model;

pub mod clock;

pub mod analysis;
pub mod codec;
pub mod report;
pub mod simulation;

pub mod platform;
pub mod probe;
pub mod store;

pub mod demo;
pub mod evidence;
pub mod log_view;
pub mod schedule;

pub mod engine;

pub mod integrations;

pub mod cli;

#[cfg(feature = "gui")]
pub mod gui;
