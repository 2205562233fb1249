//! Periods as clients write them: in the query of a path, and in a JSON body. Pure.

use chrono::{DateTime, NaiveDate, TimeDelta};
use serde_json::{Map, Value};

use crate::{
    integrations::shared::{Bound, Period},
    model::time::Timestamp,
};

/// Returns the period of the query `from=...&to=...`. The error is a sentence.
pub(super) fn period_of_query(pairs: &[(String, String)]) -> Result<Period, String> {
    let mut period = Period::default();
    for (name, value) in pairs {
        let place = match name.as_str() {
            "from" => &mut period.from,
            "to" => &mut period.to,
            _ => return Err(format!("there is no parameter {name:?}: write from and to")),
        };
        if place.is_some() {
            return Err(format!("{name} stands there twice"));
        }
        *place = Some(bound(name, value)?);
    }
    ordered(period)
}

/// Returns the period of the body `{"last":"7d"}` or `{"from":...,"to":...}` at the time `now`. The error is a sentence.
pub(super) fn period_of_body(body: &[u8], now: Timestamp) -> Result<Period, String> {
    let fields = object(body, &["last", "from", "to"])?;
    let text = |name: &str| match fields.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("{name} is no text")),
    };
    let (last, from, to) = (text("last")?, text("from")?, text("to")?);
    if let Some(last) = last {
        if from.is_some() || to.is_some() {
            return Err("last goes without from and to".into());
        }
        let begin = now.checked_sub_signed(length(last)?).unwrap_or(Timestamp::UNIX_EPOCH);
        return Ok(Period { from: Some(Bound::Time(begin)), to: Some(Bound::Time(now)) });
    }
    let bound = |name, text: Option<&str>| text.map(|text| bound(name, text)).transpose();
    ordered(Period { from: bound("from", from)?, to: bound("to", to)? })
}

/// Returns the fields of a body that is one object with no other than these names.
pub(super) fn object(body: &[u8], names: &[&str]) -> Result<Map<String, Value>, String> {
    let fields = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err("the body is no JSON object".into()),
        Err(error) => return Err(format!("the body is no JSON: {error}")),
    };
    match fields.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(format!("there is no field {name:?}")),
        None => Ok(fields),
    }
}

/// An instant of RFC 3339 or a day.
fn bound(name: &str, text: &str) -> Result<Bound, String> {
    let is_day = text.len() == 10 && !text.starts_with(['+', '-']);
    let day = || text.parse::<NaiveDate>().ok().filter(|_| is_day).map(Bound::Date);
    let time = || DateTime::parse_from_rfc3339(text).ok().map(|time| Bound::Time(time.to_utc()));
    let error = || {
        format!(
            "{name} {text:?} is no time: write 2026-11-01 or 2026-11-01T08:00:00Z, and in a query %2B for a plus sign"
        )
    };
    time().or_else(day).ok_or_else(error)
}

/// `90m`, `24h`, `7d`, `4w`.
fn length(text: &str) -> Result<TimeDelta, String> {
    let error = || format!("last {text:?} is no length: write 90m, 24h, 7d or 4w");
    let (unit, number) = (text.chars().last().ok_or_else(error)?, text.get(..text.len() - 1).ok_or_else(error)?);
    let is_number = (1..=5).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        'w' => 7 * 24 * 60,
        _ => return Err(error()),
    };
    let number: i64 = number.parse().ok().filter(|number| is_number && *number > 0).ok_or_else(error)?;
    TimeDelta::try_minutes(number * minutes).ok_or_else(error)
}

/// Refuses a period without length. Of a day its time zone alone tells when it begins.
fn ordered(period: Period) -> Result<Period, String> {
    let is_empty = match (period.from, period.to) {
        (Some(Bound::Time(from)), Some(Bound::Time(to))) => from >= to,
        (Some(Bound::Date(from)), Some(Bound::Date(to))) => from >= to,
        _ => false,
    };
    if is_empty { Err("from is not before to".into()) } else { Ok(period) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Result<Period, String> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap());
        period_of_query(&pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect::<Vec<_>>())
    }

    fn time(text: &str) -> Bound {
        Bound::Time(text.parse().unwrap())
    }

    #[test]
    fn a_query_holds_days_and_times() {
        let day = Some(Bound::Date("2026-11-01".parse().unwrap()));
        for (text, from, to) in [
            ("", None, None),
            ("from=2026-11-01", day, None),
            ("to=2026-11-01&from=2026-10-31T23:00:00+02:00", Some(time("2026-10-31T21:00:00Z")), day),
            ("from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:60.999Z", Some(time("0001-01-01T00:00:00Z")), {
                let end = DateTime::parse_from_rfc3339("9999-12-31T23:59:60.999Z").unwrap().to_utc();
                Some(Bound::Time(end))
            }),
        ] {
            assert_eq!(Ok(Period { from, to }), query(text), "{text}");
        }
        for (text, part) in [
            ("from=", "is no time"),
            ("from=yesterday", "is no time"),
            ("from=2026-11-31", "is no time"),
            ("from=2026-1-1", "is no time"),
            ("from=+12345-1-1", "is no time"),
            ("from=2026-11-01T08:00:00", "is no time"),
            ("from=2026-11-01T08:00:00 01:00", "%2B"),
            ("since=2026-11-01", "no parameter"),
            ("from=2026-11-01&from=2026-11-02", "twice"),
            ("from=2026-11-01&to=2026-11-01", "not before"),
            ("from=2026-11-01T08:00:00Z&to=2026-11-01T07:00:00Z", "not before"),
        ] {
            assert!(query(text).is_err_and(|error| error.contains(part)), "{text}: {:?}", query(text));
        }
    }

    #[test]
    fn a_body_holds_a_length_or_a_period() {
        let now: Timestamp = "2026-11-29T01:00:00Z".parse().unwrap();
        let from = |from| Ok(Period { from: Some(time(from)), to: Some(Bound::Time(now)) });
        let body = |text: &str| period_of_body(text.as_bytes(), now);
        assert_eq!(from("2026-11-28T23:30:00Z"), body(r#"{"last":"90m"}"#));
        assert_eq!(from("2026-11-28T01:00:00Z"), body(r#"{"last":"24h"}"#));
        assert_eq!(from("2026-11-22T01:00:00Z"), body(r#"{"last":"7d"}"#));
        assert_eq!(from("2026-11-01T01:00:00Z"), body(r#"{"last":"4w"}"#));
        assert!(body(r#"{"last":"99999w"}"#).is_ok());
        assert_eq!(Ok(Period::default()), body("{}"));
        assert_eq!(
            Ok(Period {
                from: Some(Bound::Date("2026-11-01".parse().unwrap())),
                to: Some(time("2026-11-02T00:00:00Z"))
            }),
            body(r#"{"from":"2026-11-01","to":"2026-11-02T00:00:00Z"}"#)
        );
        for (text, part) in [
            ("", "no JSON"),
            ("{", "no JSON"),
            ("[]", "no JSON object"),
            ("null", "no JSON object"),
            (r#"{"last":7}"#, "no text"),
            (r#"{"last":null}"#, "no text"),
            (r#"{"last":""}"#, "no length"),
            (r#"{"last":"d"}"#, "no length"),
            (r#"{"last":"0d"}"#, "no length"),
            (r#"{"last":"-1d"}"#, "no length"),
            (r#"{"last":"+1d"}"#, "no length"),
            (r#"{"last":"7"}"#, "no length"),
            (r#"{"last":"7y"}"#, "no length"),
            (r#"{"last":"7ä"}"#, "no length"),
            (r#"{"last":"100000d"}"#, "no length"),
            (r#"{"last":"7d","from":"2026-11-01"}"#, "without from"),
            (r#"{"first":"7d"}"#, "no field"),
        ] {
            assert!(body(text).is_err_and(|error| error.contains(part)), "{text}: {:?}", body(text));
        }
    }
}
