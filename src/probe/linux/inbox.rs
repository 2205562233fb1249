//! Work of a thread that sleeps on sockets: a queue with a bell it can sleep on as well.

use std::{
    mem,
    os::fd::{AsFd as _, BorrowedFd},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use nix::{
    poll::{PollFd, PollFlags, PollTimeout},
    sys::eventfd::{EfdFlags, EventFd},
};

use crate::clock;

/// Between two looks into a queue without a bell.
const LOOK: Duration = Duration::from_millis(20);

/// The queue of one thread.
pub(in crate::probe) struct Inbox<T> {
    queue: Mutex<Vec<T>>,
    bell: Option<EventFd>,
    stop: AtomicBool,
}

impl<T> Inbox<T> {
    pub(in crate::probe) fn new() -> Self {
        let bell = EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC).ok();
        Self { queue: Mutex::default(), bell, stop: AtomicBool::new(false) }
    }

    /// Adds work and wakes the thread.
    pub(in crate::probe) fn put(&self, work: Vec<T>) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).extend(work);
        self.ring();
    }

    /// All work there is.
    pub(in crate::probe) fn take(&self) -> Vec<T> {
        mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Tells the thread to end.
    pub(in crate::probe) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        self.ring();
    }

    pub(in crate::probe) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn ring(&self) {
        if let Some(bell) = &self.bell {
            // A bell that cannot be rung is ringing already.
            bell.write(1).ok();
        }
    }

    /// Sleeps until the bell rings, one of `sockets` has something, or `deadline` (monotonic) has come; says of each
    /// socket whether it has something.
    pub(in crate::probe) fn wait(
        &self,
        sockets: &[(BorrowedFd<'_>, PollFlags)],
        deadline: Option<Duration>,
    ) -> Vec<bool> {
        // Who has no bell looks by itself.
        let soon = if self.bell.is_none() { Some(clock::now().mono + LOOK) } else { None };
        let deadline = [deadline, soon].into_iter().flatten().min();
        let timeout = deadline.map_or(PollTimeout::NONE, |deadline| {
            let left = deadline.saturating_sub(clock::now().mono);
            // Rounded up, or the thread would spin through the last millisecond.
            PollTimeout::try_from(left.as_millis().saturating_add(u128::from(!left.is_zero())))
                .unwrap_or(PollTimeout::MAX)
        });
        let mut polled: Vec<PollFd<'_>> = sockets.iter().map(|(fd, flags)| PollFd::new(*fd, *flags)).collect();
        polled.extend(self.bell.as_ref().map(|bell| PollFd::new(bell.as_fd(), PollFlags::POLLIN)));
        // An interrupted wait is a short one.
        nix::poll::poll(&mut polled, timeout).ok();
        if let Some(bell) = &self.bell {
            bell.read().ok();
        }
        let ready = |polled: &PollFd<'_>| polled.revents().is_some_and(|events| !events.is_empty());
        polled.iter().take(sockets.len()).map(ready).collect()
    }
}
