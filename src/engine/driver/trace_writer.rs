//! Writes traces and facts to their files, in a thread of its own, so that a slow disk delays no probe and no row.

use std::{net::IpAddr, thread::JoinHandle, time::Duration};

use crossbeam_channel::{Sender, bounded};

use super::{Error, Options, Outbox};
use crate::{
    analysis::address::address_hint,
    clock,
    codec::{
        mtr_text, public_address,
        wan_diag::{self, DiagContext},
    },
    engine::{monitor::FileColumn, paths::Keep},
    model::{
        time::Timestamp,
        trace::{Trace, TracePurpose},
    },
    platform,
    store::{
        StoreError,
        retention::{self, Limits},
        trace_files::TraceFiles,
    },
};

/// Interval between searches for old files.
const PRUNE: Duration = Duration::from_hours(6);
/// Things waiting to be written. An outage brings a dozen.
const MAX_WAITING: usize = 64;

/// The handle of the thread. Dropping it waits until all is written.
pub(super) struct TraceWriter {
    to: Option<Sender<Box<Keep>>>,
    thread: Option<JoinHandle<()>>,
    outbox: Outbox,
}

impl TraceWriter {
    /// `filed` is told the column and the name of every file written.
    pub(super) fn start(
        options: &Options,
        filed: impl Fn(FileColumn, String) + Send + 'static,
        outbox: Outbox,
    ) -> Result<Self, Error> {
        let (to, from) = bounded::<Box<Keep>>(MAX_WAITING);
        let told = outbox.clone();
        let log_dir = options.log_dir.clone();
        let limits = Limits {
            age: Duration::from_hours(24) * u32::try_from(options.config.retention_days).unwrap_or(u32::MAX),
            bytes: options.config.retention_max_mib.saturating_mul(1 << 20),
        };
        let thread = std::thread::Builder::new().name("traces".into()).stack_size(512 * 1024).spawn(move || {
            let mut worker = TraceWorker { files: TraceFiles::new(&log_dir), outage: None, path: Vec::new() };
            let (mut n_lost, mut next_prune) = (0_u64, Duration::ZERO);
            for keep in from {
                let now = clock::now();
                if next_prune <= now.mono {
                    next_prune = now.mono + PRUNE;
                    // A folder that cannot be read is told of when it cannot be written either.
                    drop(retention::prune(&log_dir, limits, now.wall));
                }
                match worker.write(*keep) {
                    Ok((column, name)) => {
                        if n_lost > 0 {
                            told.warn(format!("traces can be written again; {n_lost} of that time are lost"));
                            n_lost = 0;
                        }
                        filed(column, name);
                    }
                    Err(error) => {
                        // Once is enough for one trouble.
                        if n_lost == 0 {
                            told.warn(remedy(&error));
                        }
                        n_lost += 1;
                    }
                }
            }
        });
        Ok(Self { to: Some(to), thread: Some(thread.map_err(Error::Thread)?), outbox })
    }

    /// Writes it down when its turn has come.
    pub(super) fn keep(&self, keep: Box<Keep>) {
        if self.to.as_ref().is_some_and(|to| to.try_send(keep).is_err()) {
            self.outbox.warn("the disk takes no traces; they are lost until it does".into());
        }
    }
}

impl Drop for TraceWriter {
    fn drop(&mut self) {
        self.to = None;
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by the runtime already.
            thread.join().ok();
        }
    }
}

fn remedy(error: &StoreError) -> String {
    let source = &error.source;
    if error.is_disk_full() {
        format!("the disk is full; measuring goes on, traces are lost until there is room: {error}: {source}")
    } else {
        format!("traces cannot be written; check the folder and its permissions: {error}: {source}")
    }
}

/// State of the thread.
struct TraceWorker {
    files: TraceFiles,
    /// The outage whose trace file was begun last, and the name of that file.
    outage: Option<(Timestamp, String)>,
    /// Hops of the last IPv4 path, which hint at the kind of address this line has.
    path: Vec<Option<IpAddr>>,
}

impl TraceWorker {
    fn write(&mut self, keep: Keep) -> Result<(FileColumn, String), StoreError> {
        match keep {
            Keep::Report { purpose, trace, changes } => {
                self.learn(&trace);
                let text = mtr_text::block(&trace, &platform::host_name(), clock::offset(trace.started.wall))
                    + &mtr_text::changes(&changes);
                let name = self.files.append_mtr(&trace.name, &text, clock::now().wall)?;
                let is_intensive = purpose == TracePurpose::Intensive;
                Ok((if is_intensive { FileColumn::Intensive } else { FileColumn::Baseline }, name))
            }
            Keep::Outage { since, purpose, trace } => {
                self.learn(&trace);
                let offset = clock::offset(trace.started.wall);
                let text = mtr_text::outage_part(purpose, &trace, &platform::host_name(), offset);
                let name = match self.outage.take().filter(|(of, _)| *of == since) {
                    Some((_, name)) => {
                        self.files.append_trace(&name, &text)?;
                        name
                    }
                    None => self.files.write_trace(&trace.name, &text, since)?,
                };
                self.outage = Some((since, name.clone()));
                Ok((FileColumn::Trace, name))
            }
            Keep::Address { since, addr } => {
                let text = public_address::after(addr);
                match self.outage.as_ref().filter(|(of, _)| *of == since) {
                    Some((_, name)) => {
                        self.files.append_trace(name, &text)?;
                        Ok((FileColumn::Trace, name.clone()))
                    }
                    None => Ok((FileColumn::Trace, self.files.write_trace("line", &text, since)?)),
                }
            }
            Keep::Facts { since, public } => {
                let (facts, at) = (platform::host_facts(), clock::now().wall);
                let context = DiagContext {
                    program: concat!("network-logging ", env!("CARGO_PKG_VERSION")).into(),
                    system: platform::system_name(),
                    machine: std::env::consts::ARCH.to_owned(),
                    occasion: Some("outage".into()),
                    hints: address_hint(&facts, &self.path).sentences(),
                    public,
                };
                let text = wan_diag::render(&facts, at, clock::local(at), &context, false);
                Ok((FileColumn::Facts, self.files.write_wan_diag(&text, since)?))
            }
        }
    }

    fn learn(&mut self, trace: &Trace) {
        if trace.target.addr.is_ipv4() && trace.is_reached() {
            self.path = trace.hops.iter().map(crate::model::trace::Hop::host).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        sync::{Arc, atomic::AtomicU64},
    };

    use super::*;
    use crate::model::{config::Config, event::Event};

    #[test]
    fn trouble_with_traces_is_told_once_and_so_is_its_end() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("logs");
        // A file in place of the folder refuses root as well.
        fs::write(&dir, "").unwrap();
        let (to, events) = bounded(16);
        let outbox =
            Outbox { to, listeners: Arc::new([]), n_missed: Arc::new(AtomicU64::new(0)), wake: Arc::new(|| ()) };
        let (filed_to, filed) = bounded(16);
        let filed_as = move |_: FileColumn, name: String| filed_to.send(name).unwrap();
        let keeper = TraceWriter::start(&Options::new(Config::default(), dir.clone()), filed_as, outbox).unwrap();
        let keep = || keeper.keep(Box::new(Keep::Address { since: clock::now().wall, addr: [192, 0, 2, 1].into() }));
        let told = || match events.recv_timeout(Duration::from_secs(10)).unwrap() {
            Event::Warning(_, text) => text,
            other => panic!("{other:?}"),
        };
        keep();
        let trouble = told();
        assert!(trouble.starts_with("traces cannot be written; check the folder"), "{trouble}");
        keep();
        // The second one is behind it in the queue when the folder is mended.
        while !keeper.to.as_ref().unwrap().is_empty() {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_millis(200));
        fs::remove_file(&dir).unwrap();
        fs::create_dir(&dir).unwrap();
        keep();
        assert_eq!("traces can be written again; 2 of that time are lost", told());
        assert!(dir.join(filed.recv_timeout(Duration::from_secs(10)).unwrap()).exists());
        drop(keeper);
        assert!(events.try_recv().is_err());
    }
}
