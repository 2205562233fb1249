//! The figures of `netlog analyze --json` with what else the report is made of.
//!
//! Names may be added, never changed.

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::{context::ReportContext, input::Input, statute::Seen};
use crate::{
    codec::summary_json::SummaryJson,
    model::{config::SETTINGS, settings::Value as Setting, time::Timestamp},
};

/// One object, on many lines.
pub(super) fn render(input: &Input) -> String {
    let context = ReportContext::new(input);
    // A summary always has a spelling; were there none, the report's own facts would still be there.
    let mut value = serde_json::to_value(SummaryJson(&input.summary)).unwrap_or_default();
    if input.redactor.is_some() {
        redact(&mut value, &context, "");
    }
    if let Some(object) = value.as_object_mut() {
        object.insert("report".into(), report(&context));
    }
    format!("{value:#}\n")
}

fn time(at: Timestamp) -> Value {
    json!(at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn report(context: &ReportContext<'_>) -> Value {
    let input = context.input;
    let config: Map<String, Value> = SETTINGS
        .iter()
        .map(|setting| {
            let value = match setting.get(&input.config) {
                Setting::Switch(on) => json!(on),
                Setting::Number(number) => json!(number),
                Setting::Text(text) => json!(context.setting(setting, &text)),
                Setting::List(list) => json!(list.iter().map(|item| context.text(item)).collect::<Vec<_>>()),
            };
            (setting.key.to_owned(), value)
        })
        .collect();
    json!({
        "made": time(input.made),
        "program": input.program,
        "lang": input.lang.code(),
        "profile": input.profile.as_str(),
        "tz": input.zone,
        "redacted": input.redactor.is_some(),
        "made_up": input.summary.demo.is_some(),
        "limits": input.limits.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>(),
        "settings": config,
        "skipped_lines": input.n_skipped,
        "doubled_rows": input.n_doubled,
        "unread_fields": input.reading.n_unread,
        "put_aside": input.reading.put_aside.iter().map(|rows| json!({
            "file": context.file(&rows.file.file_name().unwrap_or_default().to_string_lossy()),
            "rows": rows.n_rows,
            "first": time(rows.first),
            "last": time(rows.last),
        })).collect::<Vec<_>>(),
        "odd_times": input.reading.is_odd,
        "links": input.summary.links.iter().map(|(link, n)| json!({ "link": context.text(link), "rows": n })).collect::<Vec<_>>(),
        "host": input.host.as_ref().map(|host| json!({
            "name": context.private(&host.name), "system": host.system, "machine": host.machine,
        })),
        "chain": input.chain.as_ref().map(|chain| json!({
            "rows": chain.n_rows,
            "findings": chain.n_findings,
            "last_row_utc": chain.last.map(time),
            "public_key": chain.key,
            "signed": chain.is_signed(),
            "unsigned_rows": chain.n_unsigned,
            "logs_put_aside": chain.put_aside.iter().map(|put_aside| json!({
                "reason": put_aside.reason.as_str(), "file": context.file(&put_aside.file),
            })).collect::<Vec<_>>(),
            "key_problem": chain.no_key.as_ref().map(|(fault, _)| fault.as_str()),
        })),
        "tickets": tickets(context),
        "notes": input.diary.notes.iter().map(|note| json!({
            "outage": time(note.outage), "at": time(note.at), "text": context.private(&note.text),
        })).collect::<Vec<_>>(),
        "setting_changes": input.diary.changes.iter().map(|change| json!({
            "at": time(change.at), "key": change.key, "from": change.from.as_deref().map(|from| context.text(from)), "to": context.text(&change.to),
        })).collect::<Vec<_>>(),
        "clock_samples": input.diary.clock.iter().map(|sample| json!({
            "at": time(sample.at), "ahead_s": sample.ahead, "within_s": sample.within.as_secs_f64(),
        })).collect::<Vec<_>>(),
        "files": input.files.iter().map(|file| json!({
            "name": context.file(&file.name), "bytes": file.bytes, "sha256": file.sha256,
        })).collect::<Vec<_>>(),
    })
}

fn tickets(context: &ReportContext<'_>) -> Vec<Value> {
    let input = context.input;
    let one = |ticket: &crate::model::diary::Ticket| {
        let fault = context.fault(ticket);
        let seen = |seen| match seen {
            Seen::Out => "down",
            Seen::Short => "too_little_watched",
            Seen::Doubtful => "low_confidence",
            Seen::Home => "home_down",
            Seen::Partly => "partly_down",
            Seen::Up => "up",
            Seen::Nothing => "not_monitored",
        };
        json!({
            "at": time(ticket.at),
            "number": context.private(&ticket.number),
            "said": context.private(&ticket.said),
            "closed": ticket.closed.map(time),
            "first_day": fault.first.map(|day| day.to_string()),
            "answer_by": fault.answer_by.map(|day| day.to_string()),
            "counted_days": fault.n_counted(),
            "low_confidence_days": fault.n_doubtful(),
            "estimate": fault.total(),
            "days": fault.days.iter().map(|day| json!({
                "date": day.date.to_string(), "number": day.number, "seen": seen(day.seen),
                "watched_s": day.watched.as_secs_f64(), "down_s": day.down.as_secs_f64(),
                "low_confidence_s": day.doubtful.as_secs_f64(), "counts": day.counts, "estimate": day.amount,
            })).collect::<Vec<_>>(),
        })
    };
    input.diary.tickets.iter().map(one).collect()
}

/// Takes out what identifies somebody. `key` is the name that the value stands under.
fn redact(value: &mut Value, context: &ReportContext<'_>, key: &str) {
    match value {
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| redact(value, context, key)),
        Value::Array(list) => list.iter_mut().for_each(|value| redact(value, context, key)),
        Value::String(text) => match key {
            "address" | "host" => *text = context.text(text),
            "files" => *text = context.file(text),
            _ => {}
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
