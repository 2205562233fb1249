//! Notes of people: fault reports to the provider and remarks on outages.

use crate::model::{
    diary::{OutageNote, Ticket},
    time::Timestamp,
};

/// The diary of the log folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Diary {
    /// By their time.
    pub(crate) tickets: Vec<Ticket>,
    /// Remarks with their numbers.
    pub(crate) notes: Vec<(i64, OutageNote)>,
}

/// Change that somebody makes to the diary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DiaryChange {
    /// Note a fault report, or write the one of this number anew; one without a number is new.
    Ticket(Ticket),
    RemoveTicket(i64),
    /// Note a remark, in the place of another one if there is one.
    Note(OutageNote, Option<i64>),
    RemoveNote(i64),
}

impl Diary {
    /// Remarks on the outage that began then.
    pub(crate) fn notes_of(&self, outage: Timestamp) -> impl Iterator<Item = &(i64, OutageNote)> {
        // A log keeps milliseconds, and a window that joins late knows a beginning less well.
        self.notes.iter().filter(move |(_, note)| (note.outage - outage).abs() < chrono::TimeDelta::milliseconds(1500))
    }

    /// Fault reports that are not mended yet.
    pub(crate) fn open(&self) -> usize {
        self.tickets.iter().filter(|ticket| ticket.closed.is_none()).count()
    }

    /// Does to this what is done to the diary on the disk.
    pub(crate) fn change(&mut self, change: &DiaryChange) {
        match change {
            DiaryChange::Ticket(ticket) => {
                let id = if ticket.id == 0 { next(self.tickets.iter().map(|ticket| ticket.id)) } else { ticket.id };
                self.tickets.retain(|known| known.id != id);
                self.tickets.push(Ticket { id, ..ticket.clone() });
                self.tickets.sort_by_key(|ticket| (ticket.at, ticket.id));
            }
            DiaryChange::RemoveTicket(id) => self.tickets.retain(|ticket| ticket.id != *id),
            DiaryChange::Note(note, replaced) => {
                let id = next(self.notes.iter().map(|(id, _)| *id));
                self.notes.retain(|(known, _)| Some(*known) != *replaced);
                self.notes.push((id, note.clone()));
            }
            DiaryChange::RemoveNote(id) => self.notes.retain(|(known, _)| known != id),
        }
    }
}

fn next(ids: impl Iterator<Item = i64>) -> i64 {
    ids.max().unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_added_changed_and_removed() {
        let at = |second| Timestamp::from_timestamp(second, 0).unwrap();
        let ticket =
            |id, second| Ticket { id, at: at(second), number: String::new(), said: second.to_string(), closed: None };
        let mut diary = Diary::default();
        diary.change(&DiaryChange::Ticket(ticket(0, 20)));
        diary.change(&DiaryChange::Ticket(ticket(0, 10)));
        let ids = |diary: &Diary| diary.tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>();
        assert_eq!((vec![2, 1], 2), (ids(&diary), diary.open()));
        diary.change(&DiaryChange::Ticket(Ticket { closed: Some(at(30)), ..ticket(1, 5) }));
        assert_eq!((vec![1, 2], 1), (ids(&diary), diary.open()));
        diary.change(&DiaryChange::RemoveTicket(2));
        assert_eq!(vec![1], ids(&diary));
        let note = |text: &str| OutageNote { outage: at(100), at: at(200), text: text.into() };
        diary.change(&DiaryChange::Note(note("a"), None));
        diary.change(&DiaryChange::Note(note("b"), Some(1)));
        let texts = |diary: &Diary| diary.notes_of(at(101)).map(|(_, note)| note.text.clone()).collect::<Vec<_>>();
        assert_eq!(vec!["b"], texts(&diary));
        diary.change(&DiaryChange::RemoveNote(2));
        assert!(texts(&diary).is_empty());
    }
}
