//! Pure logic: what samples mean. Reads no clock, opens nothing, cannot fail.

pub mod address;
pub mod classify;
pub mod home;
pub mod layers;
pub mod ledger;
pub mod load;
pub mod operator;
pub mod overdue;
pub mod quality;
pub mod replay;
pub mod resolver;
pub mod route;
pub mod rtt;
pub mod state;
pub mod stats;
pub mod summary;
pub mod trust;
pub mod vicinity;
