//! Looking into logs of any size: lines by number, search, colours, growth.
//!
//! A log is read in pieces, where it is looked at and once from front to end; no part of it is kept but the number of
//! lines in each [`line_index::BLOCK`] and the number of hits in them. So the size of a log costs time in the
//! background and no memory. Reading, counting and searching happen in threads of [`viewer`]; everything beside it,
//! [`source`], [`search`], [`export`] and [`listing`] only computes.
//!
//! Nothing here writes to a log.

pub mod export;
pub mod hit_map;
pub mod kind;
pub mod line_index;
pub mod lines;
pub mod listing;
pub mod pattern;
pub mod search;
pub mod seek;
pub mod shown;
pub mod source;
pub mod spans;
pub mod viewer;
