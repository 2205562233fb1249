//! Whether this machine can carry a lab, how many at once, and what time it is.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    sync::{Condvar, Mutex, OnceLock},
};

use chrono::{DateTime, Utc};

/// Labs that run at the same time.
const SEATS: usize = 6;

/// The truth about when something happened.
#[expect(clippy::disallowed_methods, reason = "the truth must not come from the program under test")]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The file of a system tool.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(|dir| PathBuf::from(dir).join(name)).into_iter().find(|p| p.exists())
}

/// Whether a lab can be made here. Says once why not.
pub(crate) fn ready() -> bool {
    static READY: OnceLock<bool> = OnceLock::new();
    *READY.get_or_init(|| {
        let missing = missing();
        if missing.is_empty() {
            return true;
        }
        let text = format!("SKIPPED: every test of the lab, for want of {}", missing.join(", "));
        assert!(!std::env::var("NETLOG_LAB").is_ok_and(|how| how == "require"), "{text}");
        say(&text);
        false
    })
}

/// Says it aloud. The harness hides what a test that passes prints with `println!` and its kin.
pub(crate) fn say(text: &str) {
    io::stderr().write_all(format!("{text}\n").as_bytes()).unwrap();
}

fn missing() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        missing.push("root");
    }
    for (name, words) in [("ip", "ip (iproute2)"), ("nft", "nft (nftables)"), ("setpriv", "setpriv (util-linux)")] {
        if tool(name).is_none() {
            missing.push(words);
        }
    }
    missing
}

/// The right to run one lab.
pub(crate) struct Seat;

static TAKEN: Mutex<usize> = Mutex::new(0);
static LEFT: Condvar = Condvar::new();

/// Waits for a free seat.
pub(crate) fn seat() -> Seat {
    let mut taken = LEFT.wait_while(TAKEN.lock().unwrap(), |taken| *taken >= SEATS).unwrap();
    *taken += 1;
    Seat
}

impl Drop for Seat {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap() -= 1;
        LEFT.notify_one();
    }
}
