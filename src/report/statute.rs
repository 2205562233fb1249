//! The days of a reported fault, counted by the rules of a country. Estimates and no legal advice.
//!
//! Rules by profile:
//!
//! - `de`: § 58 (3) TKG: 5 € or 10 % of the monthly fee on days 3 and 4, then 10 € or 20 %, the higher one; counted
//!   from the third calendar day after the day of the report.
//! - `uk`: Ofcom's voluntary automatic compensation scheme: a fixed sum a day; counted from the day after two full
//!   working days after the day of the report.
//! - `us`: informal complaint to the FCC: an answer in writing within 30 days; no sum.
//! - `at`, `generic`: no fixed sum; the part of the monthly fee that falls on the day; counted from the day after the
//!   day of the report.
//!
//! A day counts only if an outage that is charged to the provider with medium or high confidence was seen for at least
//! [`LEAST`] of it and the line never worked on it. All of the log is looked at, whatever the report counts. Other days
//! are told and not counted:
//!
//! - Time without measurements, and time in which the home network had failed, shows nothing of the line. Four hours of
//!   it are tolerated, for a restart of the computer or the router. More could hide hours of a working line: a log of
//!   office hours says nothing of the night.
//! - Names and web sites fail on a line that works.
//! - Low confidence is no evidence.

use std::{collections::BTreeMap, time::Duration};

use chrono::{Datelike as _, Days, NaiveDate, Weekday};

use super::input::Profile;
use crate::model::charge::LineDay;

/// The least part of a day for which an outage has to be seen.
pub const LEAST: Duration = Duration::from_hours(20);

/// State of the line on a day, as far as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The line failed for [`LEAST`] or more, and never worked.
    Out,
    /// The line never worked, but was seen to fail for less than that.
    Short,
    /// The line failed and worked.
    Partly,
    /// The line failed with low confidence only.
    Doubtful,
    /// Only the home network failed, so nothing was seen of the line.
    Home,
    /// The line did not fail.
    Up,
    /// Nothing was measured.
    Nothing,
}

impl Seen {
    fn of(day: LineDay) -> Self {
        let [has_worked, has_failed, is_doubtful] =
            [day.worked, day.down, day.doubtful].map(|length| !length.is_zero());
        match (has_failed, has_worked) {
            _ if day.watched.is_zero() => Self::Nothing,
            (true, true) => Self::Partly,
            (true, false) if day.down >= LEAST => Self::Out,
            (true, false) => Self::Short,
            (false, _) if is_doubtful => Self::Doubtful,
            (false, true) => Self::Up,
            (false, false) => Self::Home,
        }
    }
}

/// One day of a fault.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// Which.
    pub date: NaiveDate,
    /// The first day after the day of the report is 1.
    pub number: u32,
    /// State of the line on that day, as far as it was seen.
    pub seen: Seen,
    /// Time for which an outage is charged to the provider with medium or high confidence.
    pub down: Duration,
    /// The same with low confidence.
    pub doubtful: Duration,
    /// Time for which the line was watched.
    pub watched: Duration,
    /// True if the rule gives something for this day.
    pub counts: bool,
    /// True if it would count if low confidence were evidence.
    pub is_doubtful: bool,
    /// Amount for this day, in the currency of the profile; `None` when the day does not count or the monthly fee would
    /// be needed.
    pub amount: Option<f64>,
}

/// A fault report and its days.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The day the provider received it.
    pub reported: NaiveDate,
    /// The day it was mended; `None` while it is not.
    pub closed: Option<NaiveDate>,
    /// The first day the rule may give something for; `None` where no rule does.
    pub first: Option<NaiveDate>,
    /// The last day the provider has to answer by; `None` where no rule says.
    pub answer_by: Option<NaiveDate>,
    /// The days after the report until it was mended or the log ends.
    pub days: Vec<Day>,
}

impl Fault {
    /// The sum of what the days give, as far as it can be reckoned.
    pub fn total(&self) -> f64 {
        // A sum of nothing is -0.0.
        self.days.iter().filter_map(|day| day.amount).sum::<f64>() + 0.0
    }

    /// Days that would count if low confidence were evidence.
    pub fn n_doubtful(&self) -> usize {
        self.days.iter().filter(|day| day.is_doubtful).count()
    }

    /// Days that count.
    pub fn n_counted(&self) -> usize {
        self.days.iter().filter(|day| day.counts).count()
    }
}

/// The most days that are told of one fault.
const MOST_DAYS: u32 = 366;

/// Days that are counted, and the rules of the counting.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a> {
    /// Profile whose rules apply.
    pub profile: Profile,
    /// The monthly fee; `None` when it is not known.
    pub monthly_fee: Option<f64>,
    /// State of the line on each day, as far as it was seen.
    pub by_day: &'a BTreeMap<NaiveDate, LineDay>,
    /// The last day of the log.
    pub last: NaiveDate,
}

impl Rule<'_> {
    /// The days of a fault that was reported on one day and mended on another.
    pub fn count(&self, reported: NaiveDate, closed: Option<NaiveDate>) -> Fault {
        let first = self.first(reported);
        let end = closed.unwrap_or(self.last).min(self.last);
        let days = (1..=MOST_DAYS).map_while(|number| {
            let date = reported.checked_add_days(Days::new(u64::from(number)))?;
            (date <= end).then(|| self.day(date, number, first))
        });
        Fault { reported, closed, first, answer_by: self.answer_by(reported), days: days.collect() }
    }

    fn day(&self, date: NaiveDate, number: u32, first: Option<NaiveDate>) -> Day {
        let LineDay { watched, worked, down, doubtful } = self.by_day.get(&date).copied().unwrap_or_default();
        let seen = Seen::of(LineDay { watched, worked, down, doubtful });
        let may_count = first.is_some_and(|first| first <= date);
        let counts = seen == Seen::Out && may_count;
        let is_doubtful = may_count && !counts && worked.is_zero() && down + doubtful >= LEAST;
        let amount = if counts { self.amount(date, number) } else { None };
        Day { date, number, seen, down, doubtful, watched, counts, is_doubtful, amount }
    }

    fn first(&self, reported: NaiveDate) -> Option<NaiveDate> {
        match self.profile {
            Profile::De => reported.checked_add_days(Days::new(3)),
            Profile::Uk => working_day_after(reported, 2)?.succ_opt(),
            Profile::At | Profile::Generic => reported.succ_opt(),
            Profile::Us => None,
        }
    }

    fn answer_by(&self, reported: NaiveDate) -> Option<NaiveDate> {
        match self.profile {
            // Not mended within one calendar day: the customer is told by the next day at the latest.
            Profile::De => reported.checked_add_days(Days::new(2)),
            Profile::Us => reported.checked_add_days(Days::new(30)),
            Profile::At | Profile::Generic | Profile::Uk => None,
        }
    }

    fn amount(&self, date: NaiveDate, number: u32) -> Option<f64> {
        match self.profile {
            Profile::De => {
                let (least, part) = if number < 5 { (5.0, 0.1) } else { (10.0, 0.2) };
                Some(self.monthly_fee.map_or(least, |fee| f64::max(least, cents(fee * part))))
            }
            Profile::Uk => Some(uk_rate(date)),
            Profile::At | Profile::Generic => Some(cents(self.monthly_fee? / f64::from(days_of_month(date)))),
            Profile::Us => None,
        }
    }
}

/// Amounts of the British scheme for a day, in pounds, each with the year since when. Rates between these were not
/// looked up.
pub const UK_RATES: &[(i32, f64)] = &[(2019, 8.0), (2024, 9.76), (2026, 10.34)];

fn uk_rate(date: NaiveDate) -> f64 {
    let is_in_force = |year: i32| NaiveDate::from_ymd_opt(year, 4, 1).is_some_and(|since| since <= date);
    UK_RATES.iter().rev().find(|(year, _)| is_in_force(*year)).or(UK_RATES.first()).map_or(0.0, |(_, rate)| *rate)
}

fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

fn days_of_month(date: NaiveDate) -> u8 {
    date.num_days_in_month()
}

/// The `n`th working day after this one.
fn working_day_after(date: NaiveDate, n: usize) -> Option<NaiveDate> {
    date.iter_days().skip(1).take(60).filter(|date| is_working_day(*date)).nth(n.checked_sub(1)?)
}

/// True if people work on this day in England and Wales. Bank holidays made for one year alone are not known.
fn is_working_day(date: NaiveDate) -> bool {
    let is_weekend = |date: NaiveDate| matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
    if is_weekend(date) {
        return false;
    }
    let (month, day, is_monday) = (date.month(), date.day(), date.weekday() == Weekday::Mon);
    let easter = easter(date.year());
    let beside_easter = |days: i64| easter.is_some_and(|easter| date - easter == chrono::TimeDelta::days(days));
    // A holiday at the weekend is made up for on the next working days.
    let new_year = month == 1 && (day == 1 || (is_monday && day <= 3));
    let is_early_week = matches!(date.weekday(), Weekday::Mon | Weekday::Tue);
    let christmas = month == 12 && (matches!(day, 25 | 26) || (is_early_week && matches!(day, 27 | 28)));
    let fixed_mondays = is_monday && ((month == 5 && (day <= 7 || day >= 25)) || (month == 8 && day >= 25));
    !(new_year || christmas || fixed_mondays || beside_easter(-2) || beside_easter(1))
}

/// Easter Sunday of the Gregorian calendar (Gauss's rule in the form of Meeus, Jones and Butcher).
fn easter(year: i32) -> Option<NaiveDate> {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let moon = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
    let week = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 19 * week) / 433;
    let month = (moon + week - 7 * late + 90) / 25;
    let day = (moon + week - 7 * late + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "sums of whole cents are exact enough to be told apart")]

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The line is dead from the first of these days to the last.
    fn dead(from: &str, to: &str) -> BTreeMap<NaiveDate, LineDay> {
        let whole = Duration::from_hours(24);
        let day = LineDay { watched: whole, down: whole, ..LineDay::default() };
        date(from).iter_days().take_while(|day| *day <= date(to)).map(|date| (date, day)).collect()
    }

    fn fault(profile: Profile, fee: Option<f64>, by_day: &BTreeMap<NaiveDate, LineDay>, reported: &str) -> Fault {
        let last = by_day.keys().last().copied().unwrap_or(date(reported));
        Rule { profile, monthly_fee: fee, by_day, last }.count(date(reported), None)
    }

    fn amounts(fault: &Fault) -> Vec<f64> {
        fault.days.iter().map(|day| day.amount.unwrap_or_default()).collect()
    }

    #[test]
    fn germany_pays_from_the_third_day_and_more_from_the_fifth() {
        // Reported on a Friday: weekends count as any day.
        let by_day = dead("2026-11-06", "2026-11-12");
        let low = fault(Profile::De, Some(39.99), &by_day, "2026-11-06");
        assert_eq!(vec![0.0, 0.0, 5.0, 5.0, 10.0, 10.0], amounts(&low));
        assert_eq!((30.0, 4), (low.total(), low.n_counted()));
        assert_eq!(Some(date("2026-11-09")), low.first);
        assert_eq!(Some(date("2026-11-08")), low.answer_by);
        // A tenth and a fifth of a high fee are more.
        assert_eq!(
            vec![0.0, 0.0, 7.99, 7.99, 15.98, 15.98],
            amounts(&fault(Profile::De, Some(79.9), &by_day, "2026-11-06"))
        );
        assert_eq!(30.0, fault(Profile::De, None, &by_day, "2026-11-06").total());
    }

    #[test]
    fn days_go_on_over_the_end_of_a_month_and_a_change_of_the_clock() {
        let by_day = dead("2026-10-23", "2026-11-02");
        let fault = fault(Profile::De, None, &by_day, "2026-10-23");
        assert_eq!(date("2026-10-24"), fault.days[0].date);
        assert_eq!((date("2026-11-02"), 10), (fault.days[9].date, fault.days[9].number));
        assert_eq!(2.0 * 5.0 + 6.0 * 10.0, fault.total());
    }

    #[test]
    fn a_day_on_which_the_line_worked_or_nobody_looked_does_not_count() {
        let mut by_day = dead("2026-11-02", "2026-11-08");
        by_day.get_mut(&date("2026-11-06")).unwrap().worked = Duration::from_secs(1);
        by_day.insert(date("2026-11-07"), LineDay::default());
        let fault = fault(Profile::De, None, &by_day, "2026-11-02");
        let seen: Vec<Seen> = fault.days.iter().map(|day| day.seen).collect();
        assert_eq!(vec![Seen::Out, Seen::Out, Seen::Out, Seen::Partly, Seen::Nothing, Seen::Out], seen);
        assert_eq!(vec![0.0, 0.0, 5.0, 0.0, 0.0, 10.0], amounts(&fault));
    }

    #[track_caller]
    fn check(day: LineDay, expected: (Seen, usize, usize)) {
        let mut by_day = dead("2026-11-02", "2026-11-05");
        by_day.insert(date("2026-11-05"), day);
        let fault = fault(Profile::De, None, &by_day, "2026-11-02");
        assert_eq!(expected, (fault.days[2].seen, fault.n_counted(), fault.n_doubtful()), "{day:?}");
    }

    #[test]
    fn a_day_counts_if_the_line_was_seen_dead_for_nearly_all_of_it() {
        let hours = Duration::from_hours;
        let line = LineDay { watched: hours(24), ..LineDay::default() };
        check(LineDay { down: hours(24), ..line }, (Seen::Out, 1, 0));
        // The computer or the router restarted.
        check(LineDay { watched: hours(20), down: hours(20), ..line }, (Seen::Out, 1, 0));
        check(LineDay { down: hours(20), ..line }, (Seen::Out, 1, 0));
        // Office hours, half an hour, a home network that was dead for the other half.
        check(LineDay { watched: hours(10), down: hours(10), ..line }, (Seen::Short, 0, 0));
        check(LineDay { watched: hours(1) / 2, down: hours(1) / 2, ..line }, (Seen::Short, 0, 0));
        check(LineDay { down: hours(12), ..line }, (Seen::Short, 0, 0));
        check(LineDay { down: hours(23), worked: Duration::from_secs(30), ..line }, (Seen::Partly, 0, 0));
    }

    #[test]
    fn a_day_of_low_confidence_or_of_the_home_is_told_apart_and_does_not_count() {
        let hours = Duration::from_hours;
        let line = LineDay { watched: hours(24), ..LineDay::default() };
        check(LineDay { doubtful: hours(24), ..line }, (Seen::Doubtful, 0, 1));
        check(LineDay { doubtful: hours(10), down: hours(14), ..line }, (Seen::Short, 0, 1));
        check(LineDay { doubtful: hours(5), worked: hours(19), ..line }, (Seen::Doubtful, 0, 0));
        check(line, (Seen::Home, 0, 0));
        check(LineDay { worked: hours(24), ..line }, (Seen::Up, 0, 0));
    }

    #[test]
    fn britain_counts_working_days_first() {
        let first = |reported: &str| fault(Profile::Uk, None, &dead(reported, reported), reported).first;
        // 2026-11-23 is a Monday.
        assert_eq!(Some(date("2026-11-26")), first("2026-11-23"));
        assert_eq!(Some(date("2026-12-02")), first("2026-11-27"), "Friday: Monday and Tuesday are the working days");
        assert_eq!(Some(date("2026-12-02")), first("2026-11-29"), "Sunday");
        assert_eq!(Some(date("2026-12-30")), first("2026-12-23"), "24, then 25 and 28 are holidays, then 29");
        assert_eq!(Some(date("2026-04-09")), first("2026-04-02"), "Good Friday and Easter Monday");
        let by_day = dead("2026-03-26", "2026-04-02");
        // Working days: Friday 27 and Monday 30; the rate rises on the first of April.
        assert_eq!(
            vec![0.0, 0.0, 0.0, 0.0, 9.76, 10.34, 10.34],
            amounts(&fault(Profile::Uk, None, &by_day, "2026-03-26"))
        );
    }

    #[test]
    fn bank_holidays_of_england_and_wales_are_known() {
        for holiday in [
            "2026-01-01",
            "2026-04-03",
            "2026-04-06",
            "2026-05-04",
            "2026-05-25",
            "2026-08-31",
            "2026-12-25",
            "2026-12-28",
            "2027-01-01",
            "2027-03-26",
            "2027-03-29",
            "2027-12-27",
            "2027-12-28",
            "2028-01-03",
        ] {
            assert!(!is_working_day(date(holiday)), "{holiday}");
        }
        for day in ["2026-12-24", "2026-12-29", "2026-05-18", "2027-01-04", "2026-08-24", "2026-01-02", "2027-12-29"] {
            assert!(is_working_day(date(day)), "{day}");
        }
    }

    #[test]
    fn elsewhere_a_day_is_its_part_of_the_fee() {
        let by_day = dead("2026-02-26", "2026-03-02");
        assert_eq!(vec![1.11, 1.11, 1.0, 1.0], amounts(&fault(Profile::At, Some(31.0), &by_day, "2026-02-26")));
        assert_eq!(0.0, fault(Profile::At, None, &by_day, "2026-02-26").total());
    }

    #[test]
    fn the_fcc_gives_thirty_days_for_an_answer_and_no_money() {
        let by_day = dead("2026-01-30", "2026-02-20");
        let fault = fault(Profile::Us, Some(60.0), &by_day, "2026-01-30");
        assert_eq!(Some(date("2026-03-01")), fault.answer_by);
        assert_eq!((0.0, 0, None), (fault.total(), fault.n_counted(), fault.first));
    }

    #[test]
    fn a_fault_ends_when_it_is_mended() {
        let by_day = dead("2026-11-01", "2026-11-20");
        let rule = Rule { profile: Profile::De, monthly_fee: None, by_day: &by_day, last: date("2026-11-20") };
        assert_eq!(4, rule.count(date("2026-11-01"), Some(date("2026-11-05"))).days.len());
        assert_eq!(0, rule.count(date("2026-11-20"), None).days.len());
        assert_eq!(0, rule.count(date("2026-11-10"), Some(date("2026-11-01"))).days.len(), "mended before: nothing");
        assert_eq!(366, Rule { last: date("2030-01-01"), ..rule }.count(date("2026-11-01"), None).days.len());
        assert_eq!(0, rule.count(NaiveDate::MAX, None).days.len());
    }
}
