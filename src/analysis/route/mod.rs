//! Paths: how a trace runs, what its hop table says, and what several traces say together.

pub mod change;
pub mod isp;
pub mod memory;
pub mod pacer;
pub mod run;
#[cfg(test)]
pub(crate) mod simulated;
pub mod table;
