//! The monitor in a simulated network with virtual time.

mod line;
mod table;
mod world;
