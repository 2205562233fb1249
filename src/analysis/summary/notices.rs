//! What was wrong while the line worked.

use crate::{
    analysis::replay,
    model::{
        log_row::LogRow,
        summary::Notice,
        time::Timestamp,
        verdict::{Evidence, FaultDomain, Status},
    },
};

/// Rows in a row that say the same.
#[derive(Debug, Default)]
pub(super) struct Notices {
    now: Option<(FaultDomain, Timestamp)>,
    last: Option<Timestamp>,
    all: Vec<Notice>,
}

/// How far apart two rows of one notice may be.
const TOGETHER: chrono::TimeDelta = chrono::TimeDelta::hours(6);

impl Notices {
    /// `repeats` says that nothing but times and RTTs differs from the row before.
    pub(super) fn take(&mut self, row: &LogRow, repeats: bool) {
        if repeats && self.now.is_none() {
            self.last = Some(row.utc);
            return;
        }
        let quality = [Evidence::LossHigh, Evidence::LatencyHigh, Evidence::JitterHigh];
        let domain = match (row.seq, row.status) {
            (None, _) => replay::notice(row),
            // How well the line works is told elsewhere.
            (_, Status::Ok) if quality.iter().any(|evidence| row.evidence.contains(evidence)) => None,
            (_, Status::Ok) => row.domain,
            _ => None,
        };
        let last = self.last.replace(row.utc);
        let is_apart = last.is_some_and(|last| row.utc - last > TOGETHER);
        if let Some((known, start)) = self.now
            && (Some(known) != domain || is_apart)
        {
            let end = if is_apart { last.unwrap_or(row.utc) } else { row.utc };
            self.all.push(Notice { start, end, is_open: false, domain: known });
            self.now = None;
        }
        if let (Some(domain), None) = (domain, self.now) {
            self.now = Some((domain, row.utc));
        }
    }

    /// Those whose beginning and end are `wanted`.
    pub(super) fn finish(self, wanted: impl Fn(Timestamp, Timestamp) -> bool) -> Vec<Notice> {
        let open = self.now.zip(self.last);
        let open = open.map(|((domain, start), end)| Notice { start, end, is_open: true, domain });
        self.all.into_iter().chain(open).filter(|notice| wanted(notice.start, notice.end)).collect()
    }
}
