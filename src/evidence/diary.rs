//! Entries noted in a folder beside its measurements, from its history.

use std::path::Path;

use crate::{
    codec::config_json::{self, LEFT_OUT},
    model::{
        diary::{ConfigChange, OutageNote, Ticket},
        time::Timestamp,
    },
    report::input::Diary,
    store::history::History,
};

/// Returns the diary of a period; empty without a period, or where there is no history, or it cannot be read.
pub(super) fn of(dir: &Path, period: Option<(Timestamp, Timestamp)>, redact: bool) -> Diary {
    let (Some((from, to)), Ok(history)) = (period, History::open_read(dir)) else { return Diary::default() };
    let notes = history.notes().unwrap_or_default();
    Diary {
        tickets: tickets(history.tickets().unwrap_or_default(), from, to),
        // Those of other outages are not asked for.
        notes: notes.into_iter().map(|(_, note)| note).collect(),
        changes: changes(history.config_changes().unwrap_or_default(), to, redact),
        clock: history.clock_samples(from, to).unwrap_or_default(),
    }
}

/// A fault report before the period counts while the fault was not mended before it.
pub(super) fn tickets(tickets: Vec<Ticket>, from: Timestamp, to: Timestamp) -> Vec<Ticket> {
    tickets.into_iter().filter(|ticket| ticket.at < to && ticket.closed.is_none_or(|closed| closed >= from)).collect()
}

/// Those of the period, and those before it, which tell what held at its beginning. What a first run begins with is no
/// change.
fn changes(changes: Vec<ConfigChange>, to: Timestamp, redact: bool) -> Vec<ConfigChange> {
    let all = changes.into_iter().filter(|change| change.at < to && change.from.is_some());
    all.filter_map(|change| for_others(change, redact)).collect()
}

/// The change of a setting without passwords, and, to be redacted, without texts that may name somebody. `None` when
/// nothing else changed.
pub(super) fn for_others(change: ConfigChange, redact: bool) -> Option<ConfigChange> {
    let is_told_alike = |value: &String| config_json::value_for_others(&change.key, value);
    let is_secret = change.from.as_ref().is_some_and(|from| is_told_alike(from) == is_told_alike(&change.to));
    let told = |value: &String| {
        if redact { config_json::value_for_anybody(&change.key, value) } else { is_told_alike(value) }
    };
    let (from, to) = (change.from.as_ref().map(told), told(&change.to));
    (!is_secret).then_some(ConfigChange { from, to, ..change })
}

/// Fault reports for readers who are not to know whose they are: their times stay.
pub(super) fn without_texts(tickets: &mut [Ticket], notes: &mut [(i64, OutageNote)]) {
    let texts = tickets.iter_mut().flat_map(|ticket| [&mut ticket.number, &mut ticket.said]);
    let texts = texts.chain(notes.iter_mut().map(|(_, note)| &mut note.text));
    texts.filter(|text| !text.is_empty()).for_each(|text| LEFT_OUT.clone_into(text));
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::store::history;

    #[test]
    fn what_is_noted_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let at = |day: i64| Timestamp::UNIX_EPOCH + TimeDelta::days(day);
        assert_eq!(Diary::default(), of(dir.path(), Some((at(0), at(9))), false));
        let diary = history::Diary::open(dir.path()).unwrap();
        let ticket = |day: i64, closed: Option<i64>| Ticket {
            id: 0,
            at: at(day),
            number: day.to_string(),
            said: String::new(),
            closed: closed.map(at),
        };
        for ticket in [ticket(1, Some(2)), ticket(3, None), ticket(11, None), ticket(20, None)] {
            diary.add_ticket(&ticket).unwrap();
        }
        diary.add_note(&OutageNote { outage: at(12), at: at(13), text: "planned".into() }).unwrap();
        let found = of(dir.path(), Some((at(10), at(15))), false);
        let numbers: Vec<&str> = found.tickets.iter().map(|ticket| ticket.number.as_str()).collect();
        assert_eq!(["3", "11"], numbers[..]);
        assert_eq!("planned", found.notes[0].text);
        assert_eq!(Diary::default(), of(dir.path(), None, false));
    }
}
