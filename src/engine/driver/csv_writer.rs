//! Writes rows in a thread of its own, so that a slow disk delays no probe.

use std::{collections::VecDeque, sync::Arc, thread::JoinHandle};

use crossbeam_channel::{Sender, TrySendError, bounded};

use super::{Error, Options, Outbox, keys, outage_analysis::OutageAnalysis};
use crate::{
    clock,
    codec::netlog_csv,
    model::{event::Event, row::Row},
    store::{
        StoreError,
        lock::FolderLock,
        log::{AppendError, NetlogFile},
    },
};
/// Rows waiting for a slow disk: hours of them.
const MAX_ROWS: usize = 1024;

/// The handle of the thread. Dropping it waits until all is written.
pub(super) struct CsvWriter {
    tasks: Option<Sender<Task>>,
    outbox: Outbox,
    thread: Option<JoinHandle<()>>,
}

enum Task {
    Row(Box<Row>),
    /// An outage is over, and its last row stands before this.
    Analyse,
}

impl CsvWriter {
    pub(super) fn start(options: &Options, lock: FolderLock, outbox: Outbox) -> Result<Self, Error> {
        let (mut log, to_tell) = keys::open_log(&options.log_dir, clock::now().wall)?;
        let mut analysis = OutageAnalysis::new(options, outbox.clone());
        let (to, from) = bounded::<Task>(MAX_ROWS);
        let told = outbox.clone();
        let thread = std::thread::Builder::new().name("log".into()).stack_size(256 * 1024).spawn(move || {
            let _lock = lock;
            to_tell.into_iter().for_each(|text| told.warn(text));
            let mut unwritten: VecDeque<Box<Row>> = VecDeque::new();
            let mut n_lost = 0;
            for task in from {
                match task {
                    Task::Row(row) => {
                        if unwritten.len() == MAX_ROWS {
                            unwritten.pop_front();
                            n_lost += 1;
                        }
                        unwritten.push_back(row);
                        write_all(&mut log, &mut unwritten, &mut n_lost, &told);
                    }
                    Task::Analyse => analysis.analyse(),
                }
            }
        });
        Ok(Self { tasks: Some(to), outbox, thread: Some(thread.map_err(Error::Thread)?) })
    }

    pub(super) fn append(&self, row: Box<Row>) {
        if let Some(Err(TrySendError::Full(_))) = self.tasks.as_ref().map(|tasks| tasks.try_send(Task::Row(row))) {
            self.outbox.warn("the disk takes no rows; they are lost until it does".into());
        }
    }

    /// Has an analysis written when the rows before are.
    pub(super) fn analyse(&self) {
        // While the disk takes no rows, nobody misses an analysis of them.
        self.tasks.iter().for_each(|tasks| drop(tasks.try_send(Task::Analyse)));
    }
}

/// Writes what waits, as far as the disk takes it.
fn write_all(log: &mut NetlogFile, unwritten: &mut VecDeque<Box<Row>>, n_lost: &mut u64, told: &Outbox) {
    // All but the row that has just come were refused before.
    let failing = unwritten.len() > 1;
    while let Some(row) = unwritten.front() {
        match log.append(&netlog_csv::render(row, clock::local(row.at)), row.at) {
            Ok(()) => told.tell(Event::Row(Arc::from(row.clone()))),
            // It may be there.
            Err(AppendError::Unsaved(error)) => told.warn(remedy(&error)),
            Err(AppendError::NotWritten(error)) => {
                if !failing {
                    told.warn(remedy(&error));
                }
                break;
            }
        }
        unwritten.pop_front();
    }
    if failing && unwritten.is_empty() {
        told.warn(match std::mem::take(n_lost) {
            0 => "the log can be written again, and nothing was left out".into(),
            n => format!("the log can be written again; the first {n} rows of that time are lost"),
        });
    }
    log.take_repairs().into_iter().for_each(|repair| told.warn(repair.to_string()));
}

fn remedy(error: &StoreError) -> String {
    let source = &error.source;
    if error.is_disk_full() {
        format!("the disk is full; measuring goes on, rows are kept until there is room: {error}: {source}")
    } else {
        format!("the log cannot be written; check the folder and its permissions: {error}: {source}")
    }
}

impl Drop for CsvWriter {
    fn drop(&mut self) {
        self.tasks = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the runtime already.
            thread.join().ok();
        }
    }
}
