//! Counters of outages as JSON, kept beside the disk queue so that they go on after a restart.

use serde_json::{Map, Value, json};

use crate::model::metric::MetricCounters;

/// Writes counters.
pub fn to_text(counters: &MetricCounters) -> String {
    let last = counters.last.map(|(end_ms, seconds)| json!({ "end_ms": end_ms, "seconds": seconds }));
    let value = json!({
        "version": 1,
        "outages": counters.outages,
        "outage_seconds": counters.seconds,
        "last": last,
    });
    format!("{value}\n")
}

/// Reads counters; `None` if the text is no such document.
pub fn from_text(text: &str) -> Option<MetricCounters> {
    let value: Value = serde_json::from_str(text).ok()?;
    value.get("version").filter(|version| version.as_u64() == Some(1))?;
    let outages = entries(&value, "outages")?.iter();
    let seconds = entries(&value, "outage_seconds")?.iter();
    let last = match value.get("last")? {
        Value::Null => None,
        last => Some((last.get("end_ms")?.as_i64()?, last.get("seconds")?.as_f64()?)),
    };
    Some(MetricCounters {
        outages: outages.map(|(cause, count)| Some((cause.clone(), count.as_u64()?))).collect::<Option<_>>()?,
        seconds: seconds.map(|(cause, sum)| Some((cause.clone(), sum.as_f64()?))).collect::<Option<_>>()?,
        last,
    })
}

fn entries<'a>(value: &'a Value, key: &str) -> Option<&'a Map<String, Value>> {
    value.get(key)?.as_object()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_come_back_and_a_torn_file_is_none() {
        let mut counters = MetricCounters::default();
        assert_eq!(Some(counters.clone()), from_text(&to_text(&counters)));
        counters.outages.insert("access".into(), 3);
        counters.seconds.insert("access".into(), 94.25);
        counters.last = Some((1_795_910_400_123, 31.5));
        let text = to_text(&counters);
        assert_eq!(Some(counters), from_text(&text));
        for cut in 0..text.len() - 1 {
            assert_eq!(None, from_text(&text[..cut]), "{cut}");
        }
    }
}
