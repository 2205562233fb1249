//! The monitor in a simulated network with virtual time.

mod charts;
mod clocks;
mod commands;
mod cuts;
mod edges;
mod false_alarms;
mod line;
mod long;
mod loss;
mod names;
mod paths;
mod provisional;
mod quality;
mod reach;
mod replay;
mod start;
mod table;
mod world;
