//! Part of the history that goes into a pack: the single samples of the period that are asked for, the changes of
//! settings until its end, and the diary.

use std::{cell::Cell, collections::BTreeMap, io, path::Path};

use chrono::TimeDelta;

use super::super::{Request, diary};
use crate::{
    codec::{diary_json, samples_csv, settings_csv},
    model::{
        history::{Reading, SeriesKey},
        summary::Summary,
        time::Timestamp,
    },
    store::{
        history::{History, HistoryError},
        pack::{Content, Lines, Part},
    },
};

/// The history of a folder, or why it cannot be had; neither when there is none.
pub(super) fn open(dir: &Path) -> (Option<History>, Option<String>) {
    match History::open_read(dir) {
        Ok(history) => (Some(history), None),
        Err(HistoryError::Missing(_)) => (None, None),
        Err(error) => (None, Some(error.to_string())),
    }
}

/// Which single samples go into a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Samples {
    /// All of the period: some 60 MB a month.
    #[default]
    All,
    /// Those around outages and short interruptions.
    Around,
    /// None.
    None,
}

/// So much on either side of a fault belongs to it.
const AROUND: TimeDelta = TimeDelta::minutes(10);

impl Samples {
    /// Stretches of the period, in time order and apart.
    fn spans(self, summary: &Summary, (from, to): Span) -> Vec<Span> {
        let outages = summary.outages.iter().map(|record| {
            let end = record.outage.end.unwrap_or(record.known_until);
            (record.outage.start.wall, end.wall)
        });
        let mut faults: Vec<Span> = match self {
            Self::All => return vec![(from, to)],
            Self::None => return Vec::new(),
            Self::Around => {
                outages.chain(summary.micros.iter().map(|one| (one.micro.start.wall, one.micro.end.wall))).collect()
            }
        };
        faults.sort_unstable();
        let mut spans: Vec<Span> = Vec::new();
        for (start, end) in faults {
            let start = start.checked_sub_signed(AROUND).unwrap_or(start).max(from);
            let end = end.checked_add_signed(AROUND).unwrap_or(end).min(to);
            match spans.last_mut() {
                Some((_, last)) if start <= *last => *last = end.max(*last),
                _ if start < end => spans.push((start, end)),
                _ => {}
            }
        }
        spans
    }
}

type Span = (Timestamp, Timestamp);

/// The files. `history/samples.csv` is read while it is packed.
pub(super) fn parts<'a>(
    history: &'a History,
    request: &Request,
    summary: &Summary,
) -> Result<Vec<Part<'a>>, HistoryError> {
    let (from, to) = (request.from.unwrap_or(Timestamp::UNIX_EPOCH), request.to.unwrap_or(Timestamp::MAX_UTC));
    // Whoever asks for October is not told what was set in November.
    let changes = history.config_changes()?.into_iter().filter(|change| change.at < to);
    let changes: Vec<_> = changes.collect();
    let settings = |redact| {
        let told = changes.iter().filter_map(|change| diary::for_others(change.clone(), redact));
        settings_csv::render(&told.collect::<Vec<_>>()).into_bytes()
    };
    let mut tickets = diary::tickets(history.tickets()?, from, to);
    let mut notes = history.notes()?;
    notes.retain(|(_, note)| note.outage < to && note.outage >= from);
    let original = diary_json::render(&tickets, &notes).into_bytes();
    if request.redact {
        diary::without_texts(&mut tickets, &mut notes);
    }
    let told = |original, shown: &dyn Fn() -> Vec<u8>| {
        if request.redact { Content::Shortened { original, shown: shown() } } else { Content::Text(original) }
    };
    let mut parts = Vec::new();
    let mut add = |name: &str, content| parts.push(Part { name: name.into(), content });
    if !changes.is_empty() {
        add("config/history.csv", told(settings(false), &|| settings(true)));
    }
    if !tickets.is_empty() || !notes.is_empty() {
        add("history/diary.json", told(original, &|| diary_json::render(&tickets, &notes).into_bytes()));
    }
    let spans = request.samples.spans(summary, (from, to));
    let mut expected = 0_u64;
    for (from, to) in &spans {
        expected = expected.saturating_add(history.sample_bytes(*from, *to)?.saturating_mul(LINE_OF_BYTE));
    }
    if expected > 0 {
        let write = move |lines: &mut Lines<'_, '_>| samples(history, &spans, lines);
        add("history/samples.csv", Content::Lines(expected, Box::new(write)));
    }
    Ok(parts)
}

/// A sample takes about three bytes in the history, and a line of it about 65.
const LINE_OF_BYTE: u64 = 22;

/// A line for each sample that was kept.
fn samples(history: &History, spans: &[Span], lines: &mut Lines<'_, '_>) -> io::Result<()> {
    let header = samples_csv::header();
    lines.write(&header)?;
    lines.original(&header);
    let (mut shown, mut original) = (samples_csv::Lines::default(), samples_csv::Lines::default());
    let mut series: BTreeMap<SeriesKey, (samples_csv::Series, Option<samples_csv::Series>)> = BTreeMap::new();
    let failed = Cell::new(None);
    let mut give = |key: &SeriesKey, reading: Reading| -> io::Result<()> {
        if !series.contains_key(key) {
            let redacted = lines.redacted(&key.host).map(|host| samples_csv::series(key, &host));
            series.insert(key.clone(), (samples_csv::series(key, &key.host), redacted));
        }
        let Some((plain, redacted)) = series.get(key) else { return Ok(()) };
        let Some(redacted) = redacted else { return lines.write(shown.line(plain, reading)) };
        lines.original(original.line(plain, reading));
        lines.write(shown.line(redacted, reading))
    };
    let mut n_damaged = 0;
    for (from, to) in spans {
        let read = history.samples(*from, *to, |key, reading| match give(key, reading) {
            Ok(()) => true,
            Err(error) => {
                failed.set(Some(error));
                false
            }
        });
        if let Some(error) = failed.take() {
            return Err(error);
        }
        n_damaged += read.map_err(io::Error::other)?;
    }
    if n_damaged > 0 {
        lines.find(format!("history/samples.csv: {n_damaged} parts of the history are damaged and left out"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{ledger::MicroInterruption, summary::MicroRecord, time::Stamp, verdict::FaultDomain};

    #[test]
    fn samples_around_faults_are_taken_once() {
        let at = |minute: i64| Timestamp::UNIX_EPOCH + TimeDelta::minutes(minute);
        let stamp = |minute| Stamp { wall: at(minute), mono: Duration::ZERO };
        let micro = |minute| MicroRecord {
            micro: MicroInterruption { start: stamp(minute), end: stamp(minute + 1), domain: FaultDomain::Access },
            charged: None,
            confidence: None,
        };
        let summary = Summary { micros: [5, 100, 115, 300, 599].map(micro).to_vec(), ..Summary::default() };
        let period = (at(0), at(600));
        assert_eq!(vec![period], Samples::All.spans(&summary, period));
        assert_eq!(Vec::<Span>::new(), Samples::None.spans(&summary, period));
        let minutes = |spans: Vec<Span>| {
            spans.into_iter().map(|(from, to)| (from.timestamp() / 60, to.timestamp() / 60)).collect::<Vec<_>>()
        };
        let around = minutes(Samples::Around.spans(&summary, period));
        assert_eq!(vec![(0, 16), (90, 126), (290, 311), (589, 600)], around);
    }
}
