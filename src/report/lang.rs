//! The languages of reports: words, plural forms, numbers, dates and lengths of time.
//!
//! Every text is written where it is used, in all languages side by side: [`Lang::of`] for fixed ones, `say!` for
//! those with figures. So none can be missing in one of them.

use std::{fmt, str::FromStr, time::Duration};

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

/// A text with figures in the language asked for: `say!(lang, "{n} rows", "{n} Zeilen")`.
macro_rules! say {
    ($lang:expr, $en:literal, $de:literal $(,)?) => {
        match $lang {
            $crate::report::lang::Lang::En => format!($en),
            $crate::report::lang::Lang::De => format!($de),
        }
    };
}
pub(crate) use say;

/// Not to be broken between a number and its unit.
const NBSP: char = '\u{a0}';

impl Lang {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::En, Self::De];

    /// Returns the code of the language (RFC 5646).
    pub fn code(self) -> &'static str {
        self.of("en", "de")
    }

    /// The one of these that is in this language.
    pub fn of<T>(self, en: T, de: T) -> T {
        match self {
            Self::En => en,
            Self::De => de,
        }
    }

    /// The form for this number: exactly one, or any other.
    pub fn plural(self, n: u64, one: (&'static str, &'static str), many: (&'static str, &'static str)) -> String {
        let word = if n == 1 { self.of(one.0, one.1) } else { self.of(many.0, many.1) };
        format!("{}{NBSP}{word}", self.whole(n))
    }

    /// `3 outages`.
    pub fn outages(self, n: usize) -> String {
        self.plural(n as u64, ("outage", "Ausfall"), ("outages", "Ausfälle"))
    }

    /// `3 times`.
    pub fn times(self, n: usize) -> String {
        match (n, self) {
            (1, Self::En) => "once".into(),
            (1, Self::De) => "einmal".into(),
            (2, Self::En) => "twice".into(),
            _ => self.plural(n as u64, ("time", "Mal"), ("times", "Mal")),
        }
    }

    /// A whole number with its thousands set apart: `12,345`, `12.345`.
    pub fn whole(self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (idx, digit) in digits.chars().enumerate() {
            if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
                text.push(self.of(',', '.'));
            }
            text.push(digit);
        }
        text
    }

    /// A number with so many decimals: `1,234.5`, `1.234,5`. A dash where it is none.
    pub fn number(self, number: f64, decimals: usize) -> String {
        if !number.is_finite() {
            return "–".into();
        }
        let text = format!("{:.decimals$}", number.abs());
        let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
        let whole = whole.parse().map_or_else(|_too_long| whole.to_owned(), |whole| self.whole(whole));
        let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let sign = if number < 0.0 && !is_zero { "−" } else { "" };
        if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}{}{rest}", self.of('.', ',')) }
    }

    /// Percent of a part 0..=1 that never rounds a flaw away, as in [`super::text::percent`].
    pub fn percent(self, part: f64) -> String {
        self.spelled(&super::text::percent(part))
    }

    /// Percent with one decimal, where nothing depends on more.
    pub fn about_percent(self, part: f64) -> String {
        format!("{}{NBSP}%", self.number(part * 100.0, 1))
    }

    /// A length of time: `9.5 s`, `3 min 20 s`, `2 h 05 min`, `12 d 3 h`.
    pub fn length(self, length: Duration) -> String {
        self.spelled(&super::text::length(length))
    }

    /// The same in a table, where nothing is a dash.
    pub fn length_or_dash(self, length: Duration) -> String {
        if length.is_zero() { "–".to_owned() } else { self.length(length) }
    }

    /// A setting of seconds: `20 s`, `0.5 s`.
    pub fn setting(self, length: Duration) -> String {
        let decimals = usize::from(length.subsec_nanos() != 0);
        format!("{}{NBSP}s", self.number(length.as_secs_f64(), decimals))
    }

    /// Milliseconds: `12.3 ms`.
    pub fn millis(self, time: Duration) -> String {
        format!("{}{NBSP}ms", self.number(time.as_secs_f64() * 1e3, 1))
    }

    /// A text of figures in this language's spelling, which cannot be broken.
    fn spelled(self, text: &str) -> String {
        let point = self.of('.', ',');
        text.chars()
            .map(|c| {
                if c == '.' {
                    point
                } else if c == ' ' {
                    NBSP
                } else {
                    c
                }
            })
            .collect()
    }

    /// `24 Nov 2026`, `24.11.2026`.
    pub fn date(self, date: NaiveDate) -> String {
        match self {
            Self::En => format!("{}{NBSP}{}{NBSP}{}", date.day(), self.month_short(date.month()), date.year()),
            Self::De => format!("{:02}.{:02}.{}", date.day(), date.month(), date.year()),
        }
    }

    /// `24 Nov`, `24.11.`.
    pub fn day_month(self, date: NaiveDate) -> String {
        match self {
            Self::En => format!("{}{NBSP}{}", date.day(), self.month_short(date.month())),
            Self::De => format!("{:02}.{:02}.", date.day(), date.month()),
        }
    }

    /// `24 Nov 2026, 14:03`, `24.11.2026, 14:03`.
    pub fn minute(self, at: NaiveDateTime) -> String {
        format!("{}, {:02}:{:02}", self.date(at.date()), at.hour(), at.minute())
    }

    /// `24 Nov 2026, 14:03:22`, `24.11.2026, 14:03:22`.
    pub fn second(self, at: NaiveDateTime) -> String {
        format!("{}, {}", self.date(at.date()), clock_time(at))
    }

    /// `November 2026`.
    pub fn month_year(self, date: NaiveDate) -> String {
        format!("{}{NBSP}{}", self.month(date.month()), date.year())
    }

    /// `Nov 2026`.
    pub fn month_year_short(self, date: NaiveDate) -> String {
        // Some letters take more than a byte.
        let month: String = self.month(date.month()).chars().take(3).collect();
        format!("{month}{NBSP}{}", date.year())
    }

    fn month(self, month: u32) -> &'static str {
        let names = self.of(
            [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            [
                "Januar",
                "Februar",
                "März",
                "April",
                "Mai",
                "Juni",
                "Juli",
                "August",
                "September",
                "Oktober",
                "November",
                "Dezember",
            ],
        );
        names.get(month.saturating_sub(1) as usize).copied().unwrap_or_default()
    }

    fn month_short(self, month: u32) -> &'static str {
        self.month(month).get(..3).unwrap_or_default()
    }

    /// Short names of the weekdays, Monday first.
    pub fn weekdays(self) -> [&'static str; 7] {
        self.of(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"])
    }

    /// The short name of the weekday of a date.
    pub fn weekday(self, date: NaiveDate) -> &'static str {
        let [mon, tue, wed, thu, fri, sat, sun] = self.weekdays();
        match date.weekday() {
            chrono::Weekday::Mon => mon,
            chrono::Weekday::Tue => tue,
            chrono::Weekday::Wed => wed,
            chrono::Weekday::Thu => thu,
            chrono::Weekday::Fri => fri,
            chrono::Weekday::Sat => sat,
            chrono::Weekday::Sun => sun,
        }
    }

    /// `a, b and c`.
    pub fn list<T: AsRef<str>>(self, items: &[T]) -> String {
        let Some((last, others)) = items.split_last() else { return String::new() };
        if others.is_empty() {
            return last.as_ref().to_owned();
        }
        let others: Vec<&str> = others.iter().map(AsRef::as_ref).collect();
        format!("{} {} {}", others.join(", "), self.of("and", "und"), last.as_ref())
    }

    /// `yes` or `no`.
    pub fn yes(self, yes: bool) -> &'static str {
        if yes { self.of("yes", "ja") } else { self.of("no", "nein") }
    }
}

/// `14:03:22`, the same in all languages.
pub fn clock_time(at: NaiveDateTime) -> String {
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|lang| lang.code() == text);
        found.copied().ok_or_else(|| format!("no such language: {text:?}; write en or de"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_as_their_readers_do() {
        for (number, decimals, en, de) in [
            (1234.56, 1, "1,234.6", "1.234,6"),
            (0.5, 2, "0.50", "0,50"),
            (-1_234_567.0, 0, "−1,234,567", "−1.234.567"),
            (-0.001, 1, "0.0", "0,0"),
            (999.0, 0, "999", "999"),
            (f64::NAN, 1, "–", "–"),
            (1e300, 0, &format!("{:.0}", 1e300), &format!("{:.0}", 1e300)),
        ] {
            assert_eq!(en, Lang::En.number(number, decimals));
            assert_eq!(de, Lang::De.number(number, decimals));
        }
        assert_eq!("99,999\u{a0}%", Lang::De.percent(0.999_987));
        assert_eq!("9,5\u{a0}s", Lang::De.length(Duration::from_millis(9500)));
    }

    #[test]
    fn dates_are_spelled_as_their_readers_do() {
        let at = NaiveDate::from_ymd_opt(2026, 3, 4).unwrap().and_hms_opt(5, 6, 7).unwrap();
        assert_eq!("4\u{a0}Mar\u{a0}2026, 05:06:07", Lang::En.second(at));
        assert_eq!("04.03.2026, 05:06:07", Lang::De.second(at));
        assert_eq!("März\u{a0}2026", Lang::De.month_year(at.date()));
        assert_eq!("Mi", Lang::De.weekday(at.date()));
    }

    #[test]
    fn one_is_not_many() {
        let nbsp = |text: &str| text.replace(' ', "\u{a0}");
        assert_eq!(nbsp("1 outage"), Lang::En.outages(1));
        assert_eq!(nbsp("0 outages"), Lang::En.outages(0));
        assert_eq!(nbsp("1.200 Ausfälle"), Lang::De.outages(1200));
        assert_eq!("once", Lang::En.times(1));
        assert_eq!(nbsp("2 Mal"), Lang::De.times(2));
        assert_eq!("a, b und c", Lang::De.list(&["a", "b", "c"]));
        assert_eq!("a", Lang::En.list(&["a"]));
        assert_eq!("", Lang::En.list::<&str>(&[]));
    }
}
