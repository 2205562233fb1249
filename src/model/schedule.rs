//! Schedules by which the line is watched without anybody starting it: always, or by single looks at set times.

use std::{fmt, path::PathBuf, str::FromStr};

use super::time::Timestamp;

/// Task for a scheduler of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Rhythm of watching.
    pub rhythm: Rhythm,
    /// Scope: whether somebody has to be logged in.
    pub scope: Scope,
    /// The program `netlog`, absolute.
    pub program: PathBuf,
    /// Path of its configuration, absolute; `None` for the standard one.
    pub config: Option<PathBuf>,
    /// The folder of the logs, absolute.
    pub log_dir: PathBuf,
    /// The folder of this user's key, where it is another one than that of the logs; `None` when there is none.
    pub data_dir: Option<PathBuf>,
    /// The account it runs as, by the system's name for it.
    pub account: String,
    /// Since when it is to hold.
    pub since: Timestamp,
}

/// Rhythm in which the line is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// A monitor runs all the time.
    Always,
    /// One look at a time.
    Looks(Looks),
}

/// Scope of a schedule: whether somebody has to be logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// From this user's login on. Takes no special rights.
    Login,
    /// From the start of the computer on. Takes the administrator's permission once, except with cron.
    Boot,
}

impl Scope {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Boot => "boot",
        }
    }
}

/// Single looks at set times, by the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    /// Between two looks, in minutes.
    pub every: Minutes,
    /// In these hours.
    pub hours: Hours,
    /// On these days.
    pub days: Days,
}

/// A number of minutes that divides an hour, so that the looks of all hours are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minutes(u8);

/// Hours of the day, at least one. Bit 0 is the hour that begins at midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours(u32);

/// Days of the week, at least one. Bit 0 is Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(u8);

/// Reason why a text says no times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTimes {
    /// No number of minutes that divides an hour.
    #[error(
        "{0:?} does not divide an hour: write one of 1m, 2m, 3m, 4m, 5m, 6m, 10m, 12m, 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h, 24h"
    )]
    Every(String),
    /// No hours.
    #[error("{0:?} is no hours of the day: write for example 8-17, or 6,12,18 (0 to 23)")]
    Hours(String),
    /// No days.
    #[error("{0:?} is no days of the week: write for example mon-fri, or sat,sun")]
    Days(String),
    /// The hours asked for are none of those that come round.
    #[error(
        "none of the hours given is a multiple of {0} hours: leave out the hours, or write \"--every 1h\" with just the hours you want"
    )]
    Never(u8),
}

const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Looks {
    /// Reads the values of `--every`, `--hours` and `--days`. Several hours between two looks leave out the hours
    /// between.
    ///
    /// # Errors
    ///
    /// When one of them cannot be, or no hour is left.
    pub fn parse(every: &str, hours: Option<&str>, days: Option<&str>) -> Result<Self, NotTimes> {
        let (every, step) = period(every).ok_or_else(|| NotTimes::Every(every.to_owned()))?;
        let hours = hours.map_or(Ok(Hours::ALL), str::parse)?;
        let days = days.map_or(Ok(Days::ALL), str::parse)?;
        let hours = hours.iter().filter(|hour| hour % step == 0);
        let hours = Hours::of(hours).ok_or(NotTimes::Never(step))?;
        Ok(Self { every, hours, days })
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "every {}m", self.every.get())?;
        if self.hours != Hours::ALL {
            write!(f, " hours {}", self.hours)?;
        }
        if self.days != Days::ALL {
            write!(f, " days {}", self.days)?;
        }
        Ok(())
    }
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Looks(looks) => looks.fmt(f),
        }
    }
}

impl FromStr for Rhythm {
    type Err = NotTimes;

    /// Reads what [`Rhythm`] displays.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "always" {
            return Ok(Self::Always);
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let after = |name: &str| words.windows(2).find(|pair| pair.first() == Some(&name)).and_then(|pair| pair.last());
        let every = after("every").ok_or_else(|| NotTimes::Every(text.to_owned()))?;
        Looks::parse(every, after("hours").copied(), after("days").copied()).map(Self::Looks)
    }
}

/// Minutes between looks, and hours of which all but each such one are left out.
fn period(text: &str) -> Option<(Minutes, u8)> {
    let at = text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len();
    let (number, unit) = text.split_at_checked(at)?;
    let number: u8 = number.trim().parse().ok()?;
    let divides = |whole: u8| number > 0 && whole.is_multiple_of(number);
    match unit {
        "m" | "min" if divides(60) => Some((Minutes(number), 1)),
        "h" if divides(24) => Some((Minutes(60), number)),
        "d" if number == 1 => Some((Minutes(60), 24)),
        _ => None,
    }
}

impl Minutes {
    /// The number: 1 to 60.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Hours {
    /// All 24.
    pub const ALL: Self = Self(0x00ff_ffff);

    /// These hours; `None` when there is none, or one is no hour.
    pub fn of(hours: impl IntoIterator<Item = u8>) -> Option<Self> {
        let bits = hours.into_iter().try_fold(0, |bits, hour| (hour < 24).then(|| bits | 1_u32 << hour))?;
        (bits != 0).then_some(Self(bits))
    }

    /// Each hour, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..24).filter(move |hour| self.0 & (1 << hour) != 0)
    }

    /// First and last hour of each stretch without a break, ascending.
    pub fn stretches(self) -> Vec<(u8, u8)> {
        stretches(self.iter())
    }
}

impl Days {
    /// All seven.
    pub const ALL: Self = Self(0x7f);

    /// Each day, 0 being Monday, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..7).filter(move |day| self.0 & (1 << day) != 0)
    }

    /// First and last day of each stretch without a break, ascending.
    pub fn stretches(self) -> Vec<(u8, u8)> {
        stretches(self.iter())
    }
}

fn stretches(numbers: impl Iterator<Item = u8>) -> Vec<(u8, u8)> {
    let mut all: Vec<(u8, u8)> = Vec::new();
    for number in numbers {
        match all.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => all.push((number, number)),
        }
    }
    all
}

/// Stretches as a list of `first-last`, by `spell`.
pub fn spans(stretches: &[(u8, u8)], to: &str, spell: impl Fn(u8) -> String) -> String {
    let span = |(first, last): &(u8, u8)| {
        if first == last { spell(*first) } else { format!("{}{to}{}", spell(*first), spell(*last)) }
    };
    stretches.iter().map(span).collect::<Vec<_>>().join(",")
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spans(&self.stretches(), "-", |hour| hour.to_string()))
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: u8| DAY_NAMES.get(usize::from(day)).copied().unwrap_or_default().to_owned();
        f.write_str(&spans(&self.stretches(), "-", name))
    }
}

impl FromStr for Hours {
    type Err = NotTimes;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hour = |text: &str| text.trim().parse().ok().filter(|hour: &u8| *hour < 24);
        list(text, 24, hour).and_then(Self::of).ok_or_else(|| NotTimes::Hours(text.to_owned()))
    }
}

impl FromStr for Days {
    type Err = NotTimes;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let day = |text: &str| {
            let text = text.trim().to_ascii_lowercase();
            let idx = DAY_NAMES.iter().position(|name| text.len() >= 3 && text.starts_with(name))?;
            u8::try_from(idx).ok()
        };
        let days = list(text, 7, day).ok_or_else(|| NotTimes::Days(text.to_owned()))?;
        Ok(Self(days.into_iter().fold(0, |bits, day| bits | 1 << day)))
    }
}

/// `a-b,c`. A stretch goes over the end of the circle if it must.
fn list(text: &str, circle: u8, read: impl Fn(&str) -> Option<u8>) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    for part in text.split(',') {
        match part.split_once(['-', '–']) {
            None => all.push(read(part)?),
            Some((first, last)) => {
                let (first, last) = (read(first)?, read(last)?);
                let n = (last + circle - first) % circle;
                all.extend((0..=n).map(|idx| (first + idx) % circle));
            }
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str, every: &str, hours: Option<&str>, days: Option<&str>) {
        let looks = Looks::parse(every, hours, days).unwrap();
        assert_eq!(expected, looks.to_string());
        assert_eq!(Ok(Rhythm::Looks(looks)), expected.parse());
    }

    #[test]
    fn times_read_as_they_are_spelled() {
        check("every 5m", "5m", None, None);
        check("every 1m hours 8-17 days mon-fri", "1m", Some("8-17"), Some("Mon-Fri"));
        check("every 60m hours 0,2,4,6,8,10,12,14,16,18,20,22", "2h", None, None);
        check("every 60m hours 6,12,18", "1h", Some("6,12,18"), None);
        check("every 60m hours 12,18", "6h", Some("9-20"), None);
        check("every 60m hours 0", "1d", None, None);
        check("every 30m hours 0-5,22-23 days mon,thu-sun", "30min", Some("22-5"), Some("thursday-monday"));
        assert_eq!(Ok(Rhythm::Always), "always".parse());
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_can() {
        for every in ["7m", "0m", "5h", "90m", "5", "m", "", "5s", "-5m", "2d"] {
            assert_eq!(Err(NotTimes::Every(every.into())), Looks::parse(every, None, None), "{every}");
        }
        for hours in ["24", "8-", "x", "", "8;9"] {
            assert_eq!(Err(NotTimes::Hours(hours.into())), Looks::parse("5m", Some(hours), None), "{hours}");
        }
        for days in ["mo", "", "mon-", "8"] {
            assert_eq!(Err(NotTimes::Days(days.into())), Looks::parse("5m", None, Some(days)), "{days}");
        }
        assert_eq!(Err(NotTimes::Never(12)), Looks::parse("12h", Some("8"), None));
    }
}
