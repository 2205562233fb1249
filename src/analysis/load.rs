//! Traffic that this computer itself sends and receives, and whether that explains a line that does badly.

use std::time::Duration;

use crate::model::host::Counters;

/// Bytes a second in both directions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Rates {
    received: f64,
    sent: f64,
}

/// Traffic of the link in use, by its counters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Load {
    link: String,
    last: Option<(Duration, Counters)>,
    /// Between the last two readings.
    now: Option<(Duration, Rates)>,
    /// The highest seen on this link, fading.
    highest: Rates,
    /// The highest seen while the line did well, and still did some time later, fading.
    harmless: Rates,
    /// Since when the line has done well, and the highest rates in the time before the last and in the last.
    waiting: Option<(Duration, [Rates; 2])>,
}

/// Less than this fills no line: 1 Mbit/s.
const LEAST: f64 = 125_000.0;
/// From this part of the highest rate on a line may be full.
const NEARLY_FULL: f64 = 0.5;
/// Factor over the highest harmless rate up to which a rate explains nothing: the line has carried about as much well.
const HARMLESS: f64 = 1.2;
/// Time within which the effect of a rate on the line shows.
const SHOWS: Duration = Duration::from_secs(20);
/// Readings closer than this tell no rate.
const SHORTEST: Duration = Duration::from_millis(900);
/// Half-life of the highest rates seen: a copy to a neighbour at home is no measure of the line.
const FADES: Duration = Duration::from_hours(3);
/// A rate says nothing any more after this time.
const FRESH: Duration = Duration::from_secs(8);

impl Load {
    /// Takes the counters of the link in use, read at `now`; `does_well` while nothing is wrong with the line.
    ///
    /// Counters that go backwards begin anew: the system set them to zero.
    pub fn take(&mut self, now: Duration, link: &str, counters: Option<Counters>, does_well: bool) {
        if self.link != link {
            *self = Self { link: link.to_owned(), ..Self::default() };
        }
        let Some(counters) = counters else { return };
        let Some((at, before)) = self.last else {
            self.last = Some((now, counters));
            return;
        };
        let passed = now.saturating_sub(at);
        if passed < SHORTEST {
            return;
        }
        self.last = Some((now, counters));
        let rate = |after: u64, before: u64| after.checked_sub(before).map(|bytes| bytes as f64 / passed.as_secs_f64());
        let received = rate(counters.rx_bytes, before.rx_bytes);
        let Some((received, sent)) = received.zip(rate(counters.tx_bytes, before.tx_bytes)) else {
            self.now = None;
            return;
        };
        let rates = Rates { received, sent };
        let left = 0.5_f64.powf(passed.as_secs_f64() / FADES.as_secs_f64());
        self.harmless = self.harmless.times(left);
        self.highest = self.highest.times(left).max(rates);
        self.wait(now, rates, does_well);
        self.now = Some((now, rates));
    }

    /// A rate is harmless when nothing has shown for some time after it: what it does is noticed later.
    fn wait(&mut self, now: Duration, rates: Rates, does_well: bool) {
        if !does_well {
            self.waiting = None;
            return;
        }
        let (since, [older, newer]) = self.waiting.unwrap_or((now, [Rates::default(); 2]));
        self.waiting = if now < since + SHOWS {
            Some((since, [older, newer.max(rates)]))
        } else {
            self.harmless = self.harmless.max(older);
            Some((now, [newer, rates]))
        };
    }

    /// True if this computer's own traffic fills the line at `now`, as far as one knows what the line carries.
    pub fn is_high(&self, now: Duration) -> bool {
        let Some((_, rates)) = self.now.filter(|(at, _)| now <= *at + FRESH) else { return false };
        fills(rates.received, self.highest.received, self.harmless.received)
            || fills(rates.sent, self.highest.sent, self.harmless.sent)
    }
}

impl Rates {
    fn times(self, factor: f64) -> Self {
        Self { received: self.received * factor, sent: self.sent * factor }
    }

    fn max(self, other: Self) -> Self {
        Self { received: self.received.max(other.received), sent: self.sent.max(other.sent) }
    }
}

fn fills(rate: f64, highest: f64, harmless: f64) -> bool {
    rate >= LEAST && rate >= NEARLY_FULL * highest && rate > HARMLESS * harmless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_much_traffic_that_the_line_did_not_carry_well_before_fills_it() {
        let mega = 1_000_000.0;
        let table = [
            // rate, highest, harmless in bytes a second: whether it fills the line
            (0.1 * mega, 0.1 * mega, 0.0, false),
            (1.0 * mega, 1.0 * mega, 0.0, true),
            (1.0 * mega, 1.9 * mega, 0.5 * mega, true),
            (1.0 * mega, 2.1 * mega, 0.5 * mega, false),
            // A call or a film that went on before, too.
            (1.0 * mega, 1.3 * mega, 1.3 * mega, false),
            (1.5 * mega, 1.5 * mega, 1.3 * mega, false),
            (1.6 * mega, 1.6 * mega, 1.3 * mega, true),
        ];
        for (rate, highest, harmless, expected) in table {
            assert_eq!(expected, fills(rate, highest, harmless), "{rate} {highest} {harmless}");
        }
    }

    /// One does not know where traffic goes.
    #[test]
    fn a_copy_at_home_is_no_measure_of_the_line_a_day_later() {
        let mut load = Load::default();
        let mut sent = 0;
        for secs in (0..=86_400).step_by(20) {
            sent += if secs < 100 { 2_000_000_000 } else { 0 };
            load.take(Duration::from_secs(secs), "wired:eth0", Some(counters(0, sent)), true);
        }
        let later = Duration::from_secs(86_402);
        load.take(later, "wired:eth0", Some(counters(0, sent + 10_000_000)), false);
        assert!(load.is_high(later));
    }

    fn counters(rx_bytes: u64, tx_bytes: u64) -> Counters {
        Counters { rx_bytes, tx_bytes, ..Counters::default() }
    }

    #[test]
    fn rates_come_from_readings_and_grow_old() {
        let secs = Duration::from_secs;
        let mut load = Load::default();
        load.take(secs(0), "wired:eth0", Some(counters(0, 0)), true);
        assert!(!load.is_high(secs(0)));
        load.take(secs(20), "wired:eth0", Some(counters(200_000, 20_000)), true);
        assert!(!load.is_high(secs(20)));
        // Only what is sent is much.
        load.take(secs(22), "wired:eth0", Some(counters(210_000, 1_020_000)), false);
        assert!(load.is_high(secs(22)) && load.is_high(secs(30)) && !load.is_high(secs(31)));
        // Too soon to tell.
        load.take(secs(22) + SHORTEST / 2, "wired:eth0", Some(counters(210_000, 1_020_000)), false);
        assert!(load.is_high(secs(23)));
        // The counters began anew, another link, and none at all.
        load.take(secs(24), "wired:eth0", Some(counters(0, 0)), false);
        assert!(!load.is_high(secs(24)));
        load.take(secs(26), "wired:eth0", Some(counters(0, 5_000_000)), false);
        assert!(load.is_high(secs(26)));
        load.take(secs(28), "wifi:wlan0", Some(counters(0, 90_000_000)), false);
        assert!(!load.is_high(secs(28)));
        load.take(secs(30), "wifi:wlan0", None, false);
        assert!(!load.is_high(secs(30)));
    }
}
