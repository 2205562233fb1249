//! Linux: sockets whose error queue tells which router an error came from, and the queue that feeds their thread.

pub(super) mod inbox;
pub(super) mod socket;
