//! The lab: the real `netlog` in a small internet made of Linux network namespaces, with real servers and real faults.
//!
//! No packet leaves the namespaces, so the addresses of well-known hosts can be used inside. It needs root, iproute2,
//! nftables and util-linux; without them every test says so and passes, unless `NETLOG_LAB=require` is set.
//! `NETLOG_LAB_KEEP=1` keeps the files of every monitor; `NETLOG_LAB_BIN=FILE` tests another build than the one at hand. The tests mostly wait: run them with `--test-threads 6`.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests start the programs, and look at the clock")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod boot;
mod capture;
mod certificates;
mod contract;
mod dns_server;
mod false_alarms;
mod faults;
mod look;
mod machine;
mod monitor;
mod netns;
mod outages;
mod paths;
mod probe_tcp;
mod quality;
mod ready;
mod schedule;
mod self_test;
mod servers;
mod topology;
mod traces;
mod web_server;
mod window;
mod zone;
