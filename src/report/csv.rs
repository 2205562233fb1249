//! The outages as a table for spreadsheets and programs (RFC 4180), the same in every language.

use chrono::SecondsFormat;

use super::{context::ReportContext, input::Input};
use crate::{
    codec::csv_text,
    model::{
        charge::Charged,
        summary::{OutagePart, OutageRecord},
        time::Timestamp,
        verdict::{Confidence, Evidence, FaultDomain, RootCause, Status},
    },
};

const COLUMNS: [&str; 18] = [
    "id",
    "start_utc",
    "end_utc",
    "start_local",
    "utc_offset",
    "duration_s",
    "counted_s",
    "uncertainty_s",
    "cut_by_gap",
    "overall_status",
    "root_cause_hint",
    "fault_domain",
    "confidence",
    "evidence",
    "last_hop",
    "note",
    "made_up",
    "segments",
];

/// The table with its header.
pub(super) fn render(input: &Input) -> String {
    let context = ReportContext::new(input);
    let mut text = COLUMNS.join(",") + "\r\n";
    for (idx, record) in input.summary.outages.iter().enumerate() {
        let outage = &record.outage;
        let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
        let notes = input.diary.notes.iter();
        let is_of = |at: Timestamp| at.timestamp_millis() == outage.start.wall.timestamp_millis();
        let notes: Vec<String> =
            notes.filter(|note| is_of(note.outage)).map(|note| context.private(&note.text)).collect();
        let evidence: Vec<&str> = record.evidence.iter().map(|code| Evidence::as_str(*code)).collect();
        let cells = [
            (idx + 1).to_string(),
            utc(outage.start.wall),
            outage.end.map_or_else(String::new, |end| utc(end.wall)),
            context.local(outage.start.wall).format("%Y-%m-%d %H:%M:%S").to_string(),
            context.offset(outage.start.wall).replace('−', "-"),
            format!("{:.3}", record.length().as_secs_f64()),
            format!("{:.3}", record.counted.as_secs_f64()),
            format!("{:.3}", outage.uncertainty.as_secs_f64()),
            u8::from(outage.cut_by_gap).to_string(),
            word(record.status.map(Status::as_str)),
            word(record.cause.map(RootCause::as_str)),
            word(record.domain().map(FaultDomain::as_str)),
            word(record.confidence.map(Confidence::as_str)),
            evidence.join(" "),
            record.last_hop.map_or_else(String::new, |hop| format!("{} {}", hop.ttl, context.addr(hop.addr))),
            notes.join("; "),
            u8::from(input.summary.demo.is_some_and(|demo| demo.is_around(outage.start.wall))).to_string(),
            segments(record),
        ];
        text.push_str(&csv_text::line(cells.map(inert)));
        text.push_str("\r\n");
    }
    text
}

/// Each segment with the party charged, how long it is counted and how sure it is: `lan home 1800.000 high`.
fn segments(record: &OutageRecord) -> String {
    let segment = |part: &OutagePart| {
        let charged = part.charged.map_or("unknown", Charged::as_str);
        let confidence = part.confidence.map_or("-", Confidence::as_str);
        format!("{} {charged} {:.3} {confidence}", part.domain, part.counted.as_secs_f64())
    };
    record.counted_parts().map(segment).collect::<Vec<_>>().join("; ")
}

fn utc(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A text that a spreadsheet would reckon gets an apostrophe before it.
fn inert(cell: String) -> String {
    let is_formula = cell.starts_with(['=', '@'])
        || (cell.starts_with(['+', '-']) && cell.parse::<f64>().is_err() && !cell.contains(':'));
    if is_formula { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_neither_columns_nor_a_formula() {
        assert_eq!("\"a,\"\"b\"\"\",'=1+1", csv_text::line(["a,\"b\"", "=1+1"].map(|cell| inert(cell.to_owned()))));
        assert_eq!(["-1.5", "+01:00"].map(str::to_owned), ["-1.5", "+01:00"].map(|cell| inert(cell.to_owned())));
    }

    #[test]
    fn an_empty_log_is_a_header() {
        let input = Input::new(crate::model::summary::Summary::default(), Timestamp::UNIX_EPOCH);
        assert_eq!(1, render(&input).lines().count());
    }
}
