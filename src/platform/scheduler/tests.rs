//! A schedule with everything in its paths that is hard to spell.

use crate::model::schedule::{Schedule, Scope};

pub(super) fn schedule(rhythm: &str, scope: Scope) -> Schedule {
    Schedule {
        rhythm: rhythm.parse().unwrap(),
        scope,
        program: "/opt/it's 100% \"new\"/netlog".into(),
        config: Some("/home/jürgen/my config.json".into()),
        log_dir: "/home/jürgen/100% \"My\" it's $logs --&".into(),
        data_dir: Some("/home/jürgen/.local/share/network-logging".into()),
        account: "jürgen".into(),
        since: "2026-11-25T15:00:00Z".parse().unwrap(),
    }
}
