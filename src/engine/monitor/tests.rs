//! The monitor in a simulated network with virtual time.

mod clocks;
mod cuts;
mod false_alarms;
mod line;
mod start;
mod table;
mod world;
