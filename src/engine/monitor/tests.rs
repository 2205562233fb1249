//! The monitor in a simulated network with virtual time.

mod charts;
mod clocks;
mod commands;
mod cuts;
mod false_alarms;
mod line;
mod long;
mod loss;
mod names;
mod paths;
mod quality;
mod reach;
mod replay;
mod start;
mod table;
mod world;
