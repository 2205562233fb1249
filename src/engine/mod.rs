//! The monitor: a pure state machine that decides what to do when, and a driver that does it.
