//! `netlog.csv` (RFC 4180): one line a row, the original's 17 columns first, ours after them.
//!
//! The writer makes lines that the original's tools read; the reader takes both programs' files, whole or damaged.
//! Neither opens a file.
//!
//! | columns | spelling |
//! |---|---|
//! | times | UTC as Python's `isoformat` prints it: microseconds, left out when they are 0, then `+00:00` |
//! | `local_timestamp` | `2025-10-02 14:35:02`, without an offset |
//! | `*_ms` | milliseconds with two decimals, at least 0.01 for an RTT: the original leaves 0 out as "no reply" |
//! | yes or no | `1`, `0`, empty when not measured |
//! | lists | joined by `;` |
//! | `isp_detail` | `192.0.2.1:ok`, `[2001:db8::1]:down` |
//! | `targets_detail` | `192.0.2.1=12.34`, `2001:db8::1=lost` |
//! | `resolver_detail` | `192.0.2.53=ok`, `192.0.2.54=timeout` |
//! | `chain` | left empty by [`render`]; [`chain()`] fills it |
//! | `evidence` | codes; `last_hop=2@192.0.2.1` (distance and router); `onset_within=1.020` (seconds); `gap=asleep@2025-10-02T12:35:02.123456Z`; `clock_step=+3600` (seconds) |
//!
//! The original splits `isp_detail` at the first colon. It never had IPv6; the brackets keep the address whole for
//! every other reader, and ours reads `2001:db8::1:down` as well.

mod as_read;
mod axis;
mod chain;
mod clock_steps;
mod fields;
mod json_lines;
mod known;
mod line;
mod marks;
mod problem;
mod read;
mod spelling;
mod spreadsheet;
mod times;
mod write;

pub use as_read::as_read;
pub use chain::{Digest, Link, chain, split};
pub use clock_steps::clock_steps;
pub use json_lines::JsonLines;
pub use marks::{Marks, tell_put_aside};
pub use problem::{LineError, Problem};
pub use read::Reader;
pub use write::{header_line, render};

/// Number of columns of the original.
const ORIGINAL: usize = 17;
/// End of a line that was cut short and closed later: no row, whatever is before it.
pub const CUT: &str = "#cut";

macro_rules! columns {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The columns, in the order of the file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Column {
            $($variant),+
        }

        impl Column {
            /// Every column in the order of the file.
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the header line.
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }

        /// Names of all columns, in the order of the file.
        pub const HEADER: &[&str] = &[$($name),+];
    };
}

columns! {
    LocalTimestamp = "local_timestamp",
    UtcTimestamp = "utc_timestamp",
    GatewayMs = "gateway_ms",
    TargetsReachable = "targets_reachable",
    DnsOk = "dns_ok",
    HttpDnsOk = "http_dns_ok",
    HttpIpOk = "http_ip_ok",
    TcpOk = "tcp443_ok",
    OverallStatus = "overall_status",
    TraceFile = "trace_file",
    IntensiveTraceBundle = "intensive_trace_bundle",
    WanDiagFile = "wan_diag_file",
    RootCauseHint = "root_cause_hint",
    IspReachable = "isp_reachable",
    IspTcpOk = "isp_tcp_ok",
    BaselineMtrBundle = "baseline_mtr_bundle",
    IspDetail = "isp_detail",
    Seq = "seq",
    SinceUtc = "since_utc",
    FaultDomain = "fault_domain",
    Confidence = "confidence",
    Evidence = "evidence",
    TargetsDetail = "targets_detail",
    LossPct = "loss_pct",
    RttP50Ms = "rtt_p50_ms",
    RttP95Ms = "rtt_p95_ms",
    JitterMs = "jitter_ms",
    Ipv6Ok = "ipv6_ok",
    ResolverDetail = "resolver_detail",
    Link = "link",
    ClockOffsetMs = "clock_offset_ms",
    CycleMs = "cycle_ms",
    Chain = "chain",
}

#[cfg(test)]
mod tests;
