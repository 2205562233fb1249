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

/// Returns the time at which the clock on the wall here shows `local`, the first one if it does so twice; `None` when
/// it never does.
pub fn from_local(local: NaiveDateTime) -> Option<Timestamp> {
    chrono::Local.from_local_datetime(&local).earliest().map(|at| at.to_utc())
}

/// Returns the offset of the clock on the wall here from UTC at `at`.
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
    use std::{mem, sync::OnceLock, time::Duration};

    use windows_sys::{
        Win32::{
            Foundation::FARPROC,
            System::{
                LibraryLoader::{GetModuleHandleW, GetProcAddress},
                Performance::{QueryPerformanceCounter, QueryPerformanceFrequency},
                WindowsProgramming::QueryUnbiasedInterruptTime,
            },
        },
        core::w,
    };

    /// Writes a time in units of 100 ns.
    type Query = unsafe extern "system" fn(*mut u64);

    pub(super) fn read() -> (Duration, Duration) {
        static PRECISE: OnceLock<Option<(Query, Query)>> = OnceLock::new();
        PRECISE.get_or_init(precise).map_or_else(coarse, |(mono, awake)| (ask(mono), ask(awake)))
    }

    /// The precise clocks of Windows 10, which are looked for so that the program starts where they are missing.
    #[expect(unsafe_code, reason = "the standard library does not choose the clock")]
    fn precise() -> Option<(Query, Query)> {
        // SAFETY: the name ends in a zero; every process has this library until it ends.
        let library = unsafe { GetModuleHandleW(w!("kernelbase.dll")) };
        if library.is_null() {
            return None;
        }
        // SAFETY: the library is loaded, the names end in a zero, and the functions have this type by their
        // documentation.
        unsafe {
            let query = |found: FARPROC| {
                found.map(|found| mem::transmute::<unsafe extern "system" fn() -> isize, Query>(found))
            };
            let mono = query(GetProcAddress(library, c"QueryInterruptTimePrecise".as_ptr().cast()))?;
            let awake = query(GetProcAddress(library, c"QueryUnbiasedInterruptTimePrecise".as_ptr().cast()))?;
            Some((mono, awake))
        }
    }

    #[expect(unsafe_code, reason = "the standard library does not choose the clock")]
    fn ask(query: Query) -> Duration {
        let mut ticks = 0;
        // SAFETY: it writes one u64, which is valid for the whole call.
        unsafe { query(&raw mut ticks) };
        Duration::from_nanos(ticks.saturating_mul(100))
    }

    /// The performance counter goes on through sleep; what does not is known to some milliseconds.
    #[expect(unsafe_code, reason = "the standard library does not choose the clock")]
    fn coarse() -> (Duration, Duration) {
        let (mut count, mut a_second, mut awake) = (0, 0, 0);
        // SAFETY: all take a pointer to one number of 64 bits, valid for the whole call.
        unsafe {
            QueryPerformanceCounter(&raw mut count);
            QueryPerformanceFrequency(&raw mut a_second);
            QueryUnbiasedInterruptTime(&raw mut awake);
        }
        let nanos = i128::from(count) * 1_000_000_000 / i128::from(a_second.max(1));
        (Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)), Duration::from_nanos(awake.saturating_mul(100)))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn both_ways_count_the_same_time() {
            let (mono, awake) = coarse();
            std::thread::sleep(Duration::from_millis(100));
            let (later_mono, later_awake) = coarse();
            for passed in [later_mono.saturating_sub(mono), later_awake.saturating_sub(awake)] {
                assert!(passed >= Duration::from_millis(80) && passed < Duration::from_secs(10), "{passed:?}");
            }
        }
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
