//! Single samples as lines of CSV, millions of them: what [`super::export`] writes, without a value of its own for each
//! field.

use std::fmt::Write as _;

use chrono::Timelike as _;

use super::{csv_text, export};
use crate::model::history::{Measured, Reading, SeriesKey, time};

/// The line that names the columns.
pub fn header() -> String {
    export::SAMPLE_COLUMNS.join(",") + "\r\n"
}

/// Returns the texts that lines of one series have in common. `host` is the text for its host.
pub fn series(key: &SeriesKey, host: &str) -> Series {
    let (role, host, means) = (key.role.part().as_str(), csv_text::quoted(host), key.means.as_str());
    let end = format!(",{}\r\n", u8::from(key.role.is_pulse()));
    Series { begin: format!(",{role},{host},{means},"), end }
}

/// Texts that all lines of a series have between time and result, and at their end.
#[derive(Debug, Clone)]
pub struct Series {
    begin: String,
    end: String,
}

/// Spells lines one after another.
#[derive(Debug, Default)]
pub struct Lines {
    line: String,
    /// The second that is spelled, since 1970, and its spelling.
    second: Option<i64>,
    spelled: String,
}

impl Lines {
    /// The line of a sample of this [`series`], with its end.
    pub fn line(&mut self, series: &Series, reading: Reading) -> &str {
        let second = reading.at_ms.div_euclid(1000);
        if self.second != Some(second) {
            self.second = Some(second);
            let at = time(second.saturating_mul(1000));
            self.spelled.clear();
            // Writing to a `String` cannot fail.
            write!(self.spelled, "{}T{:02}:{:02}:{:02}.", at.date_naive(), at.hour(), at.minute(), at.second()).ok();
        }
        self.line.clear();
        self.line.push_str(&self.spelled);
        write!(self.line, "{:03}Z{}", reading.at_ms.rem_euclid(1000), series.begin).ok();
        match reading.measured {
            Measured::Answer(rtt) => {
                let micros = rtt.as_micros();
                write!(self.line, "answer,{}.{:03}", micros / 1000, micros % 1000).ok();
                let zeros = self.line.bytes().rev().take(2).take_while(|byte| *byte == b'0').count();
                self.line.truncate(self.line.len() - zeros);
            }
            Measured::Lost => self.line.push_str("lost,"),
            Measured::Nothing => self.line.push_str("not_measured,"),
        }
        self.line.push_str(&series.end);
        &self.line
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::model::{history::Role, probe::Means};

    proptest! {
        #[test]
        fn lines_are_those_of_an_export(
            samples in proptest::collection::vec((0_i64..4_000_000_000_000, 0_u64..9_000_000, 0..4), 1..20),
            host in "[a-z,\"]{1,6}",
            role in prop_oneof![Just(Role::Site), Just(Role::Target), Just(Role::TargetPulse)],
        ) {
            let key = SeriesKey { role, host, means: Means::Http };
            let (series, mut lines) = (series(&key, &key.host), Lines::default());
            for (at_ms, micros, kind) in samples {
                let measured = match kind {
                    0 => Measured::Lost,
                    1 => Measured::Nothing,
                    2 => Measured::Answer(Duration::from_millis(micros / 1000)),
                    _ => Measured::Answer(Duration::from_micros(micros)),
                };
                let reading = Reading { at_ms, measured };
                let exported = export::csv_line(&export::sample(&key, reading)) + "\r\n";
                prop_assert_eq!(exported.as_str(), lines.line(&series, reading));
            }
        }
    }

    #[test]
    fn the_header_names_each_column() {
        assert_eq!("utc_timestamp,role,host,means,result,rtt_ms,pulse\r\n", header());
    }
}
