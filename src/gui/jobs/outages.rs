//! Data of outages on the disk: the paths around them, remarks, and the diary of fault reports.

use std::path::PathBuf;

use super::{Job, Jobs, chain};
use crate::{
    clock,
    codec::line_time,
    evidence,
    gui::{
        text::T,
        view_model::diary::{Diary, DiaryChange},
    },
    model::time::Timestamp,
    report::input::OutagePath,
    store::history::{self, History, HistoryError},
};

/// Looks for the paths around an outage in the files of traces.
pub(crate) fn paths(jobs: &mut Jobs, folder: PathBuf, start: Timestamp, end: Timestamp) -> Job<Vec<OutagePath>> {
    jobs.start(T::JobPaths, move |_| evidence::paths_around(&folder, start, end))
}

/// Reads the diary. A folder without one has an empty one.
pub(crate) fn diary(jobs: &mut Jobs, folder: PathBuf) -> Job<Result<Diary, String>> {
    jobs.start(T::JobDiary, move |_| read(&folder))
}

/// Writes into the diary, and reads it again.
pub(crate) fn change(jobs: &mut Jobs, folder: PathBuf, change: DiaryChange) -> Job<Result<Diary, String>> {
    jobs.start(T::JobDiary, move |_| {
        write(&folder, change).map_err(|error| chain(&error))?;
        read(&folder)
    })
}

fn read(folder: &std::path::Path) -> Result<Diary, String> {
    let history = match History::open_read(folder) {
        Ok(history) => history,
        Err(HistoryError::Missing(_)) => return Ok(Diary::default()),
        Err(error) => return Err(chain(&error)),
    };
    let (tickets, notes) = (history.tickets(), history.notes());
    Ok(Diary { tickets: tickets.map_err(|error| chain(&error))?, notes: notes.map_err(|error| chain(&error))? })
}

fn write(folder: &std::path::Path, change: DiaryChange) -> Result<(), HistoryError> {
    let diary = history::Diary::open(folder)?;
    match change {
        DiaryChange::Ticket(mut ticket) => {
            (ticket.number, ticket.said) = (history::clean(&ticket.number), history::clean(&ticket.said));
            // One that somebody else removed meanwhile is not lost.
            if ticket.id == 0 || !diary.update_ticket(&ticket)? {
                diary.add_ticket(&ticket)?;
            }
        }
        DiaryChange::RemoveTicket(id) => drop(diary.remove_ticket(id)?),
        DiaryChange::Note(mut note, replaced) => {
            note.text = history::clean(&note.text);
            diary.add_note(&note)?;
            if let Some(id) = replaced {
                diary.remove_note(id)?;
            }
        }
        DiaryChange::RemoveNote(id) => drop(diary.remove_note(id)?),
    }
    Ok(())
}

/// A time that was typed, as the clock on the wall here shows it; `None` for one that is none.
pub(crate) fn typed(text: &str, now: Timestamp) -> Option<Timestamp> {
    clock::from_local(line_time::typed(text, clock::local(now).date())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diary::{OutageNote, Ticket};

    #[test]
    fn what_is_noted_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Ok(Diary::default()), read(dir.path()));
        let at: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let ticket = Ticket { id: 0, at, number: "47\t11".into(), said: " called\n".into(), closed: None };
        write(dir.path(), DiaryChange::Ticket(ticket)).unwrap();
        let note = |text: &str| OutageNote { outage: at, at, text: text.into() };
        write(dir.path(), DiaryChange::Note(note("first"), None)).unwrap();
        write(dir.path(), DiaryChange::Note(note("second"), Some(1))).unwrap();
        let diary = read(dir.path()).unwrap();
        assert_eq!(("4711", "called"), (diary.tickets[0].number.as_str(), diary.tickets[0].said.as_str()));
        assert_eq!(vec!["second"], diary.notes.iter().map(|(_, note)| note.text.as_str()).collect::<Vec<_>>());
        write(dir.path(), DiaryChange::Ticket(Ticket { closed: Some(at), ..diary.tickets[0].clone() })).unwrap();
        assert_eq!(0, read(dir.path()).unwrap().open());
        write(dir.path(), DiaryChange::RemoveTicket(diary.tickets[0].id)).unwrap();
        write(dir.path(), DiaryChange::RemoveNote(diary.notes[0].0)).unwrap();
        assert_eq!(Ok(Diary::default()), read(dir.path()));
    }

    #[test]
    fn a_history_that_is_none_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("history.db"), "no database".repeat(1000)).unwrap();
        assert!(read(dir.path()).unwrap_err().contains("history"));
    }
}
