//! The only reader of wall and monotonic time.

use std::{sync::OnceLock, time::Duration};

use chrono::{FixedOffset, NaiveDateTime, TimeZone as _};

use crate::model::time::{Moment, Timestamp};

/// Reads all clocks.
pub fn now() -> Moment {
    static START: OnceLock<(Duration, Duration)> = OnceLock::new();
    let (mono, awake) = imp::read();
    let (mono_start, awake_start) = *START.get_or_init(|| (mono, awake));
    Moment { wall: wall(), mono: mono.saturating_sub(mono_start), awake: awake.saturating_sub(awake_start) }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
fn wall() -> Timestamp {
    chrono::Utc::now()
}

/// `at` on the clock on the wall here, without an offset, as the original's logs have it.
pub fn local(at: Timestamp) -> NaiveDateTime {
    chrono::Local.from_utc_datetime(&at.naive_utc()).naive_local()
}

/// When the clock on the wall here shows this, the first time if it does so twice; `None` when it never does.
pub fn from_local(local: NaiveDateTime) -> Option<Timestamp> {
    chrono::Local.from_local_datetime(&local).earliest().map(|at| at.to_utc())
}

/// How far the clock on the wall here is from UTC at `at`.
pub fn offset(at: Timestamp) -> FixedOffset {
    chrono::Local.offset_from_utc_datetime(&at.naive_utc())
}

/// Linux and macOS: one clock that counts through sleep, one that does not.
#[cfg(unix)]
mod imp {
    use std::time::Duration;

    #[cfg(target_os = "linux")]
    const CLOCKS: (libc::clockid_t, libc::clockid_t) = (libc::CLOCK_BOOTTIME, libc::CLOCK_MONOTONIC);
    #[cfg(target_os = "macos")]
    const CLOCKS: (libc::clockid_t, libc::clockid_t) = (libc::CLOCK_MONOTONIC_RAW, libc::CLOCK_UPTIME_RAW);

    pub(super) fn read() -> (Duration, Duration) {
        (clock(CLOCKS.0), clock(CLOCKS.1))
    }

    #[expect(unsafe_code, reason = "the standard library does not choose the clock")]
    fn clock(id: libc::clockid_t) -> Duration {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `time` is a valid timespec for the whole call, which writes to nothing else.
        unsafe { libc::clock_gettime(id, &raw mut time) };
        Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

/// Windows: interrupt time counts through sleep, unbiased interrupt time does not.
#[cfg(windows)]
mod imp {
    use std::time::Duration;

    use windows_sys::Win32::System::WindowsProgramming::{
        QueryInterruptTimePrecise, QueryUnbiasedInterruptTimePrecise,
    };

    #[expect(unsafe_code, reason = "the standard library does not choose the clock")]
    pub(super) fn read() -> (Duration, Duration) {
        let (mut mono, mut awake) = (0_u64, 0_u64);
        // SAFETY: both take a pointer to one u64, valid for the whole call.
        unsafe {
            QueryInterruptTimePrecise(&raw mut mono);
            QueryUnbiasedInterruptTimePrecise(&raw mut awake);
        }
        let from_ticks = |ticks: u64| Duration::from_nanos(ticks.saturating_mul(100));
        (from_ticks(mono), from_ticks(awake))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_run_together_while_awake() {
        let (before, after) = (now(), now());
        assert!(after.mono >= before.mono && after.awake >= before.awake);
        assert!(
            after.mono.saturating_sub(before.mono).abs_diff(after.awake.saturating_sub(before.awake))
                < Duration::from_secs(1)
        );
    }
}
