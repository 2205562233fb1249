//! Spelling of times and figures in all JSON of ours: times RFC 3339 in UTC with milliseconds, figures with at most
//! three decimals.

use std::time::Duration;

use chrono::SecondsFormat;

use crate::model::time::{Stamp, Timestamp};

pub(super) fn stamp(stamp: Stamp) -> String {
    time(stamp.wall)
}

pub(super) fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn seconds(length: Duration) -> f64 {
    thousandths(length.as_secs_f64())
}

pub(super) fn millis(length: Duration) -> f64 {
    thousandths(length.as_secs_f64() * 1000.0)
}

pub(super) fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
