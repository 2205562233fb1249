//! Notices: what was wrong while the line worked.

use crate::{
    analysis::replay,
    model::{
        log_row::LogRow,
        summary::Notice,
        time::Timestamp,
        verdict::{Evidence, FaultDomain, RootCause, Status},
    },
};

/// Rows in a row that say the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Notices {
    now: Option<(FaultDomain, Timestamp)>,
    last: Option<Timestamp>,
    all: Vec<Notice>,
}

/// Longest time between two rows of one notice.
const TOGETHER: chrono::TimeDelta = chrono::TimeDelta::hours(6);

impl Notices {
    /// `repeats` says that nothing but times and RTTs differs from the row before.
    pub(super) fn take(&mut self, row: &LogRow, repeats: bool) {
        if repeats && self.now.is_none() {
            self.last = Some(row.utc);
            return;
        }
        let domain = match (row.seq, row.status) {
            (None, _) => replay::notice(row),
            // A single cycle over a line that loses packets begins no notice; one that stands goes on.
            (_, Status::Ok) if is_degraded(row) => {
                beside_degradation(row).filter(|shown| self.now.is_some_and(|(known, _)| known == *shown))
            }
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

/// True if the domain of a row is that of a degradation, which is told elsewhere.
fn is_degraded(row: &LogRow) -> bool {
    [Evidence::LossHigh, Evidence::LatencyHigh, Evidence::JitterHigh].iter().any(|shown| row.evidence.contains(shown))
}

/// Domain of the notice that stands beside a degradation, in the order of the verdict table.
fn beside_degradation(row: &LogRow) -> Option<FaultDomain> {
    let shown = |any: &[Evidence]| any.iter().any(|evidence| row.evidence.contains(evidence));
    if shown(&[Evidence::LargePacketsLost]) {
        Some(FaultDomain::Mtu)
    } else if row.cause == Some(RootCause::IcmpOnly) {
        Some(FaultDomain::Filtering)
    } else if shown(&[Evidence::Ipv6Dead]) {
        Some(FaultDomain::Ipv6)
    } else if shown(&[Evidence::OneResolverDead, Evidence::DnsInventsNames]) {
        Some(FaultDomain::Dns)
    } else if shown(&[Evidence::SomeTargetsDead, Evidence::OneSiteDead]) {
        Some(FaultDomain::Destination)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The notices of rows a minute apart, each with its domain and evidence.
    fn found(rows: &[(Option<FaultDomain>, &[Evidence])]) -> Vec<(FaultDomain, i64, i64)> {
        let mut notices = Notices::default();
        let minute = |n: usize| Timestamp::UNIX_EPOCH + chrono::TimeDelta::minutes(i64::try_from(n).unwrap());
        for (n, (domain, evidence)) in rows.iter().enumerate() {
            let evidence = evidence.to_vec();
            let row = LogRow { seq: Some(1), domain: *domain, evidence, ..LogRow::new(minute(n), Status::Ok) };
            notices.take(&row, false);
        }
        let since = |at: Timestamp| (at - Timestamp::UNIX_EPOCH).num_minutes();
        notices.finish(|_, _| true).iter().map(|one| (one.domain, since(one.start), since(one.end))).collect()
    }

    #[test]
    fn a_notice_goes_on_beside_a_degradation_and_ends_where_its_evidence_ends() {
        use Evidence::{Ipv6Dead, LatencyHigh};
        let (v6, access) = (Some(FaultDomain::Ipv6), Some(FaultDomain::Access));
        let rows: [(_, &[Evidence]); 5] = [
            (v6, &[Ipv6Dead]),
            (access, &[Ipv6Dead, LatencyHigh]),
            (v6, &[Ipv6Dead]),
            (access, &[LatencyHigh]),
            (None, &[]),
        ];
        assert_eq!(vec![(FaultDomain::Ipv6, 0, 3)], found(&rows));
    }

    #[test]
    fn one_cycle_over_a_lossy_line_begins_no_notice() {
        use Evidence::{LossHigh, OneSiteDead};
        let access = Some(FaultDomain::Access);
        let rows: [(_, &[Evidence]); 3] = [(None, &[]), (access, &[OneSiteDead, LossHigh]), (access, &[LossHigh])];
        assert!(found(&rows).is_empty());
    }
}
