//! Kind of a file of a log folder, by its name.

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogKind {
    /// Rows of the monitor: `netlog.csv`, and those put aside.
    Rows,
    /// Traces to one target, one after the other: `mtr_<target>.log`.
    Traces,
    /// One trace at an outage: `trace_<host>_<time>.log`.
    Trace,
    /// Facts that the computer knew of its network: `wan_diag_<time>.log`.
    Network,
    /// An analysis: `analysis_on_outage_<time>.log`.
    Analysis,
    /// A look by TCP, ISP hops, and whatever else ends with `.json`.
    Data,
    /// Any other text.
    Other,
}

impl LogKind {
    /// The kind of a file; `None` when it is none to look into.
    ///
    /// ```
    /// use network_logging::log_view::kind::LogKind;
    ///
    /// assert_eq!(Some(LogKind::Traces), LogKind::of("mtr_1_1_1_1.log"));
    /// assert_eq!(None, LogKind::of("history.db"));
    /// ```
    pub fn of(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let extension = extension.to_ascii_lowercase();
        if stem.is_empty() || !["log", "csv", "json", "jsonl", "txt"].contains(&extension.as_str()) {
            return None;
        }
        Some(match (extension.as_str(), stem) {
            ("csv", stem) if stem.starts_with("netlog") => Self::Rows,
            ("log", stem) if stem.starts_with("mtr_") => Self::Traces,
            ("log", stem) if stem.starts_with("trace_") => Self::Trace,
            ("log", stem) if stem.starts_with("wan_diag_") => Self::Network,
            ("log", stem) if stem.starts_with("analysis_on_outage_") => Self::Analysis,
            ("json" | "jsonl", _) => Self::Data,
            _ => Self::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        for (name, kind) in [
            ("netlog.csv", Some(LogKind::Rows)),
            ("netlog_20260101_000000.csv", Some(LogKind::Rows)),
            ("mtr_192_0_2_1_20251002_123510.log", Some(LogKind::Traces)),
            ("trace_192.0.2.1_20251002_123510.log", Some(LogKind::Trace)),
            ("wan_diag_20251002_123510.log", Some(LogKind::Network)),
            ("analysis_on_outage_20251002_123510.log", Some(LogKind::Analysis)),
            ("isp_candidates.json", Some(LogKind::Data)),
            ("cron.log", Some(LogKind::Other)),
            ("NOTES.TXT", Some(LogKind::Other)),
            ("netlog.lock", None),
            (".netlog.chain.json.tmp", None),
            (".log", None),
            ("history.db-wal", None),
            ("log", None),
        ] {
            assert_eq!(kind, LogKind::of(name), "{name}");
        }
    }
}
