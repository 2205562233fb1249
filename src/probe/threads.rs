//! Threads for what blocks: so many at once, and no more.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Threads of one kind.
pub(super) struct Threads {
    n: Arc<AtomicUsize>,
    max: usize,
}

impl Threads {
    /// At most `max` at once.
    pub(super) fn new(max: usize) -> Self {
        Self { n: Arc::default(), max }
    }

    /// Does `job` on a thread of its own, then `report` there with what came of it, which is `None` after a panic.
    /// `false` when there are too many threads, or the system gives none: then nothing is done.
    pub(super) fn run<T>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
        report: impl FnOnce(Option<T>) + Send + 'static,
    ) -> bool {
        let n = Arc::clone(&self.n);
        let spawned = (n.fetch_add(1, Ordering::AcqRel) < self.max).then(|| {
            thread::Builder::new().name("probe".into()).stack_size(512 * 1024).spawn(move || {
                let result = catch_unwind(AssertUnwindSafe(job)).ok();
                n.fetch_sub(1, Ordering::AcqRel);
                report(result);
            })
        });
        let began = matches!(spawned, Some(Ok(_)));
        if !began {
            self.n.fetch_sub(1, Ordering::AcqRel);
        }
        began
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn more_than_so_many_are_refused_until_one_ends() {
        let threads = Threads::new(2);
        let (results, received) = mpsc::sync_channel(10);
        let (end, ended) = mpsc::sync_channel::<()>(0);
        let ended = Arc::new(std::sync::Mutex::new(ended));
        let run = || {
            let (ended, results) = (Arc::clone(&ended), results.clone());
            threads.run(move || ended.lock().unwrap().recv().unwrap(), move |result| results.send(result).unwrap())
        };
        assert!(run() && run() && !run() && !run());
        end.send(()).unwrap();
        assert_eq!(Some(()), received.recv().unwrap());
        assert!(run() && !run());
        end.send(()).unwrap();
        end.send(()).unwrap();
    }

    #[test]
    fn a_panic_is_reported_and_gives_the_thread_back() {
        let threads = Threads::new(1);
        let (results, received) = mpsc::sync_channel(10);
        for _ in 0..3 {
            let results = results.clone();
            assert!(threads.run(|| -> u8 { panic!("on purpose") }, move |result| results.send(result).unwrap()));
            assert_eq!(None, received.recv().unwrap());
        }
    }
}
