//! Rows as lines of JSON, for programs: the columns of the log by their names, figures as figures.

use serde_json::{Map, Value};

use super::{Column, ORIGINAL, spelling::parse_finite};

/// Makes a line of JSON of each line of a log, without judging what it says.
#[derive(Debug, Default)]
pub struct JsonLines {
    /// Names of the columns; empty before the first line.
    names: Vec<String>,
}

impl JsonLines {
    /// The next line of a log, which may be its header, as a line of JSON with its end; `None` when it is no row.
    ///
    /// What is empty is `null`, as it was not measured. What is no figure where there should be one stays as it is.
    pub fn line(&mut self, line: &str) -> Option<String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
        let record = reader.records().next()?.ok()?;
        let is_header = record.iter().any(|field| field.trim_start_matches('\u{feff}') == Column::UtcTimestamp.name());
        if is_header {
            self.names = record.iter().map(|field| field.trim_start_matches('\u{feff}').trim().to_owned()).collect();
            return None;
        }
        if self.names.is_empty() {
            self.names = Column::ALL.iter().take(ORIGINAL).map(|column| column.name().to_owned()).collect();
        }
        if record.len() != self.names.len() {
            return None;
        }
        let fields = self.names.iter().zip(record.iter()).map(|(name, field)| (name.clone(), value(name, field)));
        Some(format!("{}\n", Value::Object(fields.collect::<Map<_, _>>())))
    }
}

fn value(name: &str, field: &str) -> Value {
    let text = || Value::from(field);
    let column = Column::ALL.iter().find(|column| column.name() == name);
    match column {
        _ if field.is_empty() => Value::Null,
        Some(
            Column::DnsOk | Column::HttpDnsOk | Column::HttpIpOk | Column::TcpOk | Column::IspTcpOk | Column::Ipv6Ok,
        ) => match field {
            "1" => true.into(),
            "0" => false.into(),
            _ => text(),
        },
        Some(
            Column::GatewayMs
            | Column::LossPct
            | Column::RttP50Ms
            | Column::RttP95Ms
            | Column::JitterMs
            | Column::ClockOffsetMs
            | Column::CycleMs,
        ) => parse_finite(field).map_or_else(text, Value::from),
        Some(Column::Seq) => field.parse::<u64>().map_or_else(|_not_a_number| text(), Value::from),
        _ => text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_all_it_says_under_the_names_of_its_columns() {
        let mut lines = JsonLines::default();
        assert_eq!(None, lines.line("utc_timestamp,overall_status,dns_ok,gateway_ms,seq,isp_detail,x\r\n"));
        let row = "2026-11-22T11:31:44+00:00,OK,1,0.88,17,\"a,b\",\r\n";
        let expected = r#"{"utc_timestamp":"2026-11-22T11:31:44+00:00","overall_status":"OK","dns_ok":true,"gateway_ms":0.88,"seq":17,"isp_detail":"a,b","x":null}"#;
        assert_eq!(Some(format!("{expected}\n")), lines.line(row));
        assert_eq!(None, lines.line("2026-11-22T11:31:44+00:00,OK"));
        assert_eq!(None, lines.line(""));
        assert!(
            lines.line("t,OK,2,fast,first,,").unwrap().contains(r#""dns_ok":"2","gateway_ms":"fast","seq":"first""#)
        );
    }

    #[test]
    fn without_a_header_the_columns_are_the_originals() {
        let row = "2025-10-02 14:35:02,2025-10-02T12:35:02+00:00,0.5,4/4,1,1,1,1,OK,,,,,1/1,1,,192.0.2.9:ok";
        assert!(JsonLines::default().line(row).unwrap().contains(r#""overall_status":"OK","trace_file":null"#));
    }
}
