//! Every text of the window in English and German, and numbers and times as each writes them.

mod asked;
mod causes;
mod events;
mod faults;
mod keys;
mod letter;
mod settings;
mod verdict;
mod words;

use std::{fmt::Display, time::Duration};

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

pub(crate) use self::{causes::Cause, words::T};
use crate::{clock, model::time::Timestamp};

/// Title of the window while nothing is broken.
pub(crate) const TITLE: &str = "Network Logging";

/// A language of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// The language that a locale such as `de-CH` asks for.
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['-', '_', '.']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("de") { Self::German } else { Self::English }
    }
}

/// Speaks one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Text {
    pub(crate) language: Language,
}

impl Text {
    pub(crate) fn new(language: Language) -> Self {
        Self { language }
    }

    fn is_german(self) -> bool {
        self.language == Language::German
    }

    /// A fixed text.
    pub(crate) fn of(self, text: T) -> &'static str {
        text.of(self.language)
    }

    /// A text with `{}` for each of `parts`, in their order.
    pub(crate) fn with(self, text: T, parts: &[&dyn Display]) -> String {
        fill(self.of(text), parts)
    }

    /// A number with as many decimals; `12,345.6`.
    pub(crate) fn number(self, value: f64, decimals: usize) -> String {
        let plain = format!("{:.decimals$}", value.abs());
        let (whole, rest) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut out = String::new();
        if value < 0.0 && plain.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
            out.push('−');
        }
        let n = whole.len();
        for (idx, digit) in whole.chars().enumerate() {
            if idx > 0 && n > 4 && (n - idx).is_multiple_of(3) {
                out.push(if self.is_german() { '.' } else { ',' });
            }
            out.push(digit);
        }
        if !rest.is_empty() {
            out.push(if self.is_german() { ',' } else { '.' });
            out.push_str(rest);
        }
        out
    }

    /// A count.
    pub(crate) fn count(self, n: impl TryInto<u64>) -> String {
        self.number(n.try_into().unwrap_or(u64::MAX) as f64, 0)
    }

    /// Words in the quotation marks of the language.
    pub(crate) fn quoted(self, words: &str) -> String {
        if self.is_german() { format!("„{words}“") } else { format!("“{words}”") }
    }

    /// `1 outage`, `12 outages`
    pub(crate) fn outages(self, n: usize) -> String {
        if n == 1 { self.of(T::OneOutage).to_owned() } else { self.with(T::SoManyOutages, &[&self.count(n)]) }
    }

    /// A share as a percentage without its sign. Never rounds to 100 what is less.
    pub(crate) fn percent(self, share: f64, decimals: usize) -> String {
        let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(2));
        let percent = share * 100.0;
        let shown = if share < 1.0 { (percent * scale).floor() / scale } else { percent };
        self.number(shown, decimals)
    }

    /// Milliseconds with the decimals that matter, without the unit.
    pub(crate) fn millis(self, rtt: Duration) -> String {
        let millis = rtt.as_secs_f64() * 1e3;
        self.number(millis, if millis < 10.0 { 1 } else { usize::from(millis < 100.0) })
    }

    /// `12.4 ms`
    pub(crate) fn rtt(self, rtt: Duration) -> String {
        format!("{} ms", self.millis(rtt))
    }

    /// `3 min 12 s`, with the two largest units.
    pub(crate) fn duration(self, duration: Duration) -> String {
        let seconds = duration.as_secs_f64();
        if seconds < 9.95 && duration.subsec_millis() != 0 {
            return format!("{} s", self.number(seconds, 1));
        }
        let seconds = duration.as_secs() + u64::from(duration.subsec_millis() >= 500);
        let day = if self.is_german() { "Tg." } else { "d" };
        match seconds {
            0..60 => format!("{seconds} s"),
            60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
            60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
            3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
            _ => format!("{} {day} {} h", seconds / 86_400, seconds % 86_400 / 3600),
        }
    }

    /// `1:02:03`, which does not jump about when it counts.
    pub(crate) fn stopwatch(self, duration: Duration) -> String {
        let seconds = duration.as_secs();
        let (days, hours, rest) = (seconds / 86_400, seconds / 3600, seconds % 3600);
        if days > 3 {
            return self.duration(duration);
        }
        format!("{hours:02}:{:02}:{:02}", rest / 60, rest % 60)
    }

    /// Clock on the wall here, `14:35:02`.
    #[expect(clippy::unused_self, reason = "both languages write it alike, another may not")]
    pub(crate) fn time(self, at: Timestamp) -> String {
        clock::local(at).format("%H:%M:%S").to_string()
    }

    /// `14:35`
    #[expect(clippy::unused_self, reason = "both languages write it alike, another may not")]
    pub(crate) fn minute(self, at: Timestamp) -> String {
        clock::local(at).format("%H:%M").to_string()
    }

    /// `25 Nov 2026`, `25.11.2026`
    pub(crate) fn date(self, at: Timestamp) -> String {
        self.date_of(clock::local(at).date())
    }

    fn date_of(self, date: NaiveDate) -> String {
        if self.is_german() {
            format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
        } else {
            format!("{} {} {}", date.day(), self.month(date.month()), date.year())
        }
    }

    /// The same without the year.
    pub(crate) fn day(self, at: NaiveDateTime) -> String {
        if self.is_german() {
            format!("{}. {}", at.day(), self.month(at.month()))
        } else {
            format!("{} {}", at.day(), self.month(at.month()))
        }
    }

    fn month(self, month: u32) -> &'static str {
        const EN: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        const DE: [&str; 12] =
            ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."];
        let names = if self.is_german() { &DE } else { &EN };
        usize::try_from(month.saturating_sub(1)).ok().and_then(|idx| names.get(idx)).copied().unwrap_or_default()
    }

    /// A day of the week, 0 being Monday: `Mon`, `Mo`.
    pub(crate) fn weekday(self, day: usize) -> &'static str {
        const EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const DE: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];
        let names = if self.is_german() { &DE } else { &EN };
        names.get(day).copied().unwrap_or_default()
    }

    /// `25 Nov 2026, 14:35:02`
    pub(crate) fn date_time(self, at: Timestamp) -> String {
        format!("{}, {}", self.date(at), self.time(at))
    }

    /// A time as somebody would type it, `2026-11-25 14:35:02` or `25.11.2026 14:35:02`.
    pub(crate) fn typed(self, at: Timestamp) -> String {
        let local = clock::local(at);
        let date = if self.is_german() { self.date(at) } else { local.format("%Y-%m-%d").to_string() };
        format!("{date} {}", self.time(at))
    }

    /// `today 14:35`, `yesterday 14:35`, `23 Nov 14:35`, and with the year when that is another.
    pub(crate) fn when(self, at: Timestamp, now: Timestamp) -> String {
        format!("{} {}", self.which_day(at, now), self.minute(at))
    }

    /// `today`, `yesterday`, `23 Nov`, and with the year when that is another.
    fn which_day(self, at: Timestamp, now: Timestamp) -> String {
        let (local, today) = (clock::local(at), clock::local(now).date());
        match (today - local.date()).num_days() {
            0 => self.of(T::Today).to_owned(),
            1 => self.of(T::Yesterday).to_owned(),
            _ if local.year() == today.year() => self.day(local),
            _ => self.date(at),
        }
    }

    /// A stretch of time as exactly as its length makes sense: `today 14:35:02` for a moment, `today 14:35:02 – 14:35:12`,
    /// `today 14:20 – 14:40`, `23 Nov 23:50 – 24 Nov 00:10`, `11 Feb – 12 Feb`.
    pub(crate) fn stretch(self, from: Timestamp, to: Timestamp, now: Timestamp) -> String {
        let length = (to - from).num_seconds();
        let name = |at: Timestamp| self.which_day(at, now);
        let (first, last) = (name(from), name(to));
        let clock = |at| if length < 60 { self.time(at) } else { self.minute(at) };
        match length {
            0 => format!("{first} {}", self.time(from)),
            ..43_200 if first == last => format!("{first} {} – {}", clock(from), clock(to)),
            ..43_200 => format!("{first} {} – {last} {}", clock(from), clock(to)),
            _ if first == last => first,
            _ => format!("{first} – {last}"),
        }
    }

    /// `1.2 MB`
    pub(crate) fn bytes(self, n: u64) -> String {
        let n = n as f64;
        match n {
            ..1e3 => format!("{} B", self.number(n, 0)),
            ..1e6 => format!("{} kB", self.number(n / 1e3, 0)),
            ..1e9 => format!("{} MB", self.number(n / 1e6, 1)),
            _ => format!("{} GB", self.number(n / 1e9, 2)),
        }
    }

    /// A mark on an axis of time with marks `step` seconds apart.
    pub(crate) fn axis_time(self, at: Timestamp, step: f64) -> String {
        let local = clock::local(at);
        if step < 60.0 {
            local.format("%H:%M:%S").to_string()
        } else if step < 86_400.0 && (local.hour() != 0 || local.minute() != 0) {
            local.format("%H:%M").to_string()
        } else {
            self.day(local)
        }
    }
}

/// Puts `parts` in the places of `{}`.
fn fill(text: &str, parts: &[&dyn Display]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut pieces = text.split("{}");
    out.push_str(pieces.next().unwrap_or_default());
    for (idx, piece) in pieces.enumerate() {
        if let Some(part) = parts.get(idx) {
            out.push_str(&part.to_string());
        }
        out.push_str(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: Text = Text { language: Language::English };
    const DE: Text = Text { language: Language::German };

    #[test]
    fn numbers_are_written_as_the_language_does() {
        assert_eq!(["1234", "12,345.68", "−0.5"], [EN.number(1234.0, 0), EN.number(12345.678, 2), EN.number(-0.5, 1)]);
        assert_eq!("12.345,68", DE.number(12345.678, 2));
        assert_eq!("0.0", EN.number(-0.01, 1));
        assert_eq!("1,234,567", EN.count(1_234_567_u32));
    }

    #[test]
    fn one_outage_is_not_several() {
        assert_eq!(["0 outages", "1 outage", "2 outages"], [0, 1, 2].map(|n| EN.outages(n)));
        assert_eq!("1 Ausfall", DE.outages(1));
    }

    #[test]
    fn less_than_everything_is_never_a_hundred_percent() {
        assert_eq!("99.99", EN.percent(0.999_999, 2));
        assert_eq!("100.00", EN.percent(1.0, 2));
    }

    #[test]
    fn durations_have_two_units_at_most() {
        let text = |seconds: f64| EN.duration(Duration::from_secs_f64(seconds));
        assert_eq!(
            ["0 s", "1.2 s", "52 s", "3 min 12 s", "1 h 2 min", "14 d 2 h"],
            [text(0.0), text(1.2), text(52.0), text(192.0), text(3730.0), text(1_220_000.0)]
        );
        assert_eq!("3 min", text(180.2));
        assert_eq!("2 Tg. 0 h", DE.duration(Duration::from_hours(48)));
    }

    #[test]
    fn a_stretch_is_told_no_more_exactly_than_it_is_long() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-28T12:00:00Z");
        let told = |from, seconds| {
            let from = at(from);
            let told = EN.stretch(from, from + chrono::TimeDelta::seconds(seconds), now);
            (told.matches(':').count(), told.matches(" – ").count())
        };
        let begin = "2026-02-11T10:20:00Z";
        assert_eq!([(2, 0), (4, 1), (2, 1), (0, 1)], [0, 10, 1200, 80_000].map(|seconds| told(begin, seconds)));
    }

    #[test]
    fn a_locale_chooses_the_language() {
        for (locale, language) in [
            ("de-CH", Language::German),
            ("de_DE.UTF-8", Language::German),
            ("en-GB", Language::English),
            ("C", Language::English),
        ] {
            assert_eq!(language, Language::of_locale(locale), "{locale}");
        }
    }
}
