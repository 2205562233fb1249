//! Rows and samples as tables for other programs: CSV (RFC 4180) and JSON, one object a line.
//!
//! Each has the same columns in both. Times are RFC 3339 in UTC, lengths milliseconds. What is not known is `null`, and
//! an empty field in CSV; yes and no are `1` and `0` there, and several values have `;` between them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    csv_text,
    json_value::{millis, thousandths, time},
};
use crate::model::{
    history::{Measured, Reading, SeriesKey},
    log_row::LogRow,
    row::Tally,
    verdict::{Confidence, FaultDomain, RootCause},
};

/// The columns of samples.
///
/// `pulse` says whether the sample is one of the pulse, which are as far apart in an outage as before it: loss over time is
/// made of those alone.
pub const SAMPLE_COLUMNS: [&str; 7] = ["utc_timestamp", "role", "host", "means", "result", "rtt_ms", "pulse"];

/// The columns of rows.
pub const ROW_COLUMNS: [&str; 31] = [
    "utc_timestamp",
    "local_timestamp",
    "seq",
    "since_utc",
    "overall_status",
    "root_cause_hint",
    "fault_domain",
    "confidence",
    "evidence",
    "last_hop",
    "gap",
    "gateway_ms",
    "targets_up",
    "targets_asked",
    "targets_detail",
    "isp_up",
    "isp_asked",
    "isp_detail",
    "dns_ok",
    "http_dns_ok",
    "http_ip_ok",
    "tcp443_ok",
    "isp_tcp_ok",
    "loss_pct",
    "rtt_p50_ms",
    "rtt_p95_ms",
    "jitter_ms",
    "ipv6_ok",
    "link",
    "clock_offset_ms",
    "trace_file",
];

/// A sample, in the order of [`SAMPLE_COLUMNS`].
pub fn sample(key: &SeriesKey, reading: Reading) -> Vec<Value> {
    let (result, rtt) = match reading.measured {
        Measured::Answer(rtt) => ("answer", Some(millis(rtt))),
        Measured::Lost => ("lost", None),
        Measured::Nothing => ("not_measured", None),
    };
    vec![
        json!(time(reading.at())),
        json!(key.role.part().as_str()),
        json!(key.host),
        json!(key.means.as_str()),
        json!(result),
        json!(rtt),
        json!(key.role.is_pulse()),
    ]
}

/// A row, in the order of [`ROW_COLUMNS`].
pub fn row(row: &LogRow) -> Vec<Value> {
    let ms = |rtt: Option<Duration>| json!(rtt.map(millis));
    let up = |tally: Option<Tally>| json!(tally.map(|tally| tally.up));
    let asked = |tally: Option<Tally>| json!(tally.map(|tally| tally.total));
    let target = |(host, rtt): &(crate::model::host::Host, Option<Duration>)| {
        rtt.map_or_else(|| format!("{host}=lost"), |rtt| format!("{host}={:.3}", rtt.as_secs_f64() * 1e3))
    };
    let hop = |(host, is_up): &(String, bool)| format!("{host}={}", if *is_up { "ok" } else { "down" });
    vec![
        json!(time(row.utc)),
        json!(row.local.map(|local| local.format("%Y-%m-%dT%H:%M:%S").to_string())),
        json!(row.seq),
        json!(row.since.map(time)),
        json!(row.status.as_str()),
        json!(row.cause.map(RootCause::as_str)),
        json!(row.domain.map(FaultDomain::as_str)),
        json!(row.confidence.map(Confidence::as_str)),
        json!(row.evidence.iter().map(|code| code.as_str()).collect::<Vec<_>>()),
        json!(row.last_hop.map(|hop| hop.addr.to_string())),
        json!(row.gap.map(|(reason, _)| reason.as_str())),
        ms(row.gateway_rtt),
        up(row.targets_tally),
        asked(row.targets_tally),
        json!(row.targets.iter().map(target).collect::<Vec<_>>()),
        up(row.isp_tally),
        asked(row.isp_tally),
        json!(row.isp_hops.iter().map(hop).collect::<Vec<_>>()),
        json!(row.dns_ok),
        json!(row.http_dns_ok),
        json!(row.http_ip_ok),
        json!(row.tcp_ok),
        json!(row.isp_tcp_ok),
        json!(row.loss.map(|loss| thousandths(loss * 100.0))),
        ms(row.rtt_p50),
        ms(row.rtt_p95),
        ms(row.jitter),
        json!(row.ipv6_ok),
        json!(row.link),
        json!(row.clock_offset.map(|offset| thousandths(offset * 1000.0))),
        json!((!row.trace_file.is_empty()).then_some(&row.trace_file)),
    ]
}

/// Values as a line of CSV without its end, quoted where need be.
pub fn csv_line<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    csv_text::line(values.into_iter().map(field))
}

/// Values as one JSON object.
pub fn json_line(columns: &[&str], values: Vec<Value>) -> String {
    let fields: Map<String, Value> = columns.iter().map(|name| (*name).to_owned()).zip(values).collect();
    Value::from(fields).to_string()
}

fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(is_so) => u8::from(*is_so).to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(field).collect::<Vec<_>>().join(";"),
        Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{history::Role, probe::Means, time::Timestamp, verdict::Status};

    #[test]
    fn rows_and_samples_have_a_value_for_each_column() {
        let values = row(&LogRow::new(Timestamp::UNIX_EPOCH, Status::Ok));
        assert_eq!(ROW_COLUMNS.len(), values.len());
        let line = csv_line(&values);
        assert!(line.starts_with("1970-01-01T00:00:00.000Z,,,,OK,"), "{line}");
        let key = SeriesKey { role: Role::Site, host: "https://example.com/?a=1,2".into(), means: Means::Http };
        let values = sample(&key, Reading { at_ms: 1500, measured: Measured::Answer(Duration::from_micros(12_345)) });
        assert_eq!(
            "1970-01-01T00:00:01.500Z,site,\"https://example.com/?a=1,2\",http,answer,12.345,0",
            csv_line(&values)
        );
        let object: Value = serde_json::from_str(&json_line(&SAMPLE_COLUMNS, values)).unwrap();
        assert_eq!((json!(12.345), json!("answer")), (object["rtt_ms"].clone(), object["result"].clone()));
    }
}
