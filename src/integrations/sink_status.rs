//! Errors and waiting times of receivers, the same for all of them.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

pub use crate::model::sink_status::{SinkKind, SinkState, SinkStatus};

/// Longest error text in characters: what a server answers may be long.
const MAX_ERROR_CHARS: usize = 300;

/// An error text fit to be shown: one line of at most 300 characters, without control characters.
pub fn shown_error(error: impl fmt::Display) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    write!(text, "{error}").unwrap_or_default();
    let words: Vec<&str> =
        text.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_ERROR_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// Waiting time before the next try after `failures` failures in a row: `first` doubled each time up to `longest`,
/// of which a random half may be left out. `random` is in 0..=1.
pub fn back_off(failures: u32, first: Duration, longest: Duration, random: f64) -> Duration {
    let full = first.saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX)).min(longest);
    full.mul_f64(1.0 - random.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_short_line() {
        assert_eq!("HTTP 500: a b", shown_error("HTTP 500:\r\n a\u{1b} \tb\n"));
        let long = shown_error("ä".repeat(1000));
        assert_eq!((301, true), (long.chars().count(), long.ends_with('…')));
    }

    #[test]
    fn waiting_doubles_up_to_the_longest() {
        let wait = |failures, random| back_off(failures, Duration::from_secs(2), Duration::from_mins(1), random);
        assert_eq!(Duration::from_secs(2), wait(1, 0.0));
        assert_eq!(Duration::from_secs(8), wait(3, 0.0));
        assert_eq!(Duration::from_secs(4), wait(3, 1.0));
        assert_eq!(Duration::from_mins(1), wait(u32::MAX, 0.0));
        assert_eq!(Duration::from_secs(2), wait(0, 0.0));
    }
}
