//! The rows that the monitor would have written.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    Episode, Plan, What,
    line::{HOPS, Line, TARGETS, clock_ahead, rtt},
};
use crate::model::{
    host::Host,
    ledger::GapReason,
    row::Row,
    time::Timestamp,
    verdict::{Confidence, Evidence, FaultDomain, LastHop, RootCause, Status, Verdict},
};

const CYCLE: TimeDelta = TimeDelta::seconds(20);

/// Hands every row to `give`, in the order in which they are written.
pub fn rows(plan: &Plan, episodes: &[Episode], mut give: impl FnMut(Row)) {
    let mut writer = Writer {
        rng: fastrand::Rng::with_seed(plan.seed ^ 0xd1a9),
        seq: 0,
        begin: plan.begin(),
        next: plan.begin(),
        gap: None,
    };
    give(writer.change(plan.begin(), None));
    for episode in episodes {
        writer.cycles(episode.from, None, &mut give);
        match episode.what {
            What::Down(_) | What::Degraded(..) => {
                give(writer.change(episode.from, Some(episode.what)));
                writer.cycles(episode.until, Some(episode.what), &mut give);
                give(writer.change(episode.until, None));
            }
            What::Notice(_) => writer.cycles(episode.until, Some(episode.what), &mut give),
            What::Asleep => {
                writer.gap = Some((GapReason::Asleep, episode.from));
                give(writer.change(episode.until, None));
            }
            What::Stopped => {
                writer.seq = 0;
                give(writer.change(episode.until, None));
            }
        }
    }
    writer.cycles(plan.end, None, &mut give);
}

struct Writer {
    rng: fastrand::Rng,
    seq: u64,
    begin: Timestamp,
    /// Time at which the next cycle is due.
    next: Timestamp,
    gap: Option<(GapReason, Timestamp)>,
}

impl Writer {
    /// The row that tells of a change since `since`, somewhat later.
    fn change(&mut self, since: Timestamp, what: Option<What>) -> Row {
        let at = since + TimeDelta::milliseconds(900 + self.rng.i64(0..600));
        let mut row = self.row(at, what);
        row.since = Some(since);
        row.uncertainty =
            matches!(what, Some(What::Down(_))).then(|| Duration::from_millis(950 + self.rng.u64(0..100)));
        row.gap = self.gap.take();
        self.next = at + CYCLE;
        row
    }

    /// The rows of the cycles until `until`.
    fn cycles(&mut self, until: Timestamp, what: Option<What>, give: &mut impl FnMut(Row)) {
        while self.next < until {
            let at = self.next;
            give(self.row(at, what));
            self.next = at + CYCLE + TimeDelta::milliseconds(self.rng.i64(-300..300));
        }
    }

    fn row(&mut self, at: Timestamp, what: Option<What>) -> Row {
        self.seq += 1;
        let mut row = Row::new(at, self.seq, verdict(what));
        let line = Line::of(what, at);
        let Line { loss, late, busy, down, .. } = line;
        let home = line.reaches_home();
        row.gateway_rtt = home.then(|| self.rtt(0.62, 1.0));
        for (idx, (addr, rtt)) in HOPS.into_iter().enumerate() {
            let rtt = line.reaches_hop(idx).then(|| self.rtt(rtt, busy * late));
            row.isp_hops.push((Host::new(addr.into()), rtt));
        }
        let beyond = line.reaches_all();
        for (idx, (addr, rtt)) in TARGETS.into_iter().enumerate() {
            let answers = line.reaches_target(idx) && self.rng.f64() >= loss;
            row.targets.push((Host::new(addr.into()), answers.then(|| self.rtt(rtt, busy * late))));
        }
        let names = beyond && down != Some(FaultDomain::Dns);
        row.dns_ok = Some(names);
        row.http_dns_ok = Some(names);
        (row.http_ip_ok, row.tcp_ok) = (Some(beyond), Some(beyond));
        row.ipv6_ok = Some(beyond && what != Some(What::Notice(FaultDomain::Ipv6)));
        row.resolvers = vec![(Host::new([192, 168, 1, 1].into()), if names { "ok" } else { "timeout" }.to_owned())];
        row.loss = Some(if beyond { (loss * (0.6 + self.rng.f64() * 0.8) * 1e4).round() / 1e4 } else { 1.0 });
        if beyond {
            let p50 = self.rtt(14.3, busy * late);
            row.rtt_p50 = Some(p50);
            row.rtt_p95 = Some(p50.mul_f64(1.25 + self.rng.f64() * 0.2));
            row.jitter = Some(p50.mul_f64(0.03 * late));
        }
        row.link = Some("wired:eth0".to_owned());
        row.clock_offset = Some(clock_ahead(self.begin, at));
        row.is_demo = true;
        row.cycle_time = Some(if beyond { self.rtt(180.0, 1.0) } else { self.rtt(4400.0, 1.0) });
        row
    }

    /// Around so many milliseconds, now and then much longer.
    fn rtt(&mut self, millis: f64, factor: f64) -> Duration {
        rtt(&mut self.rng, millis, factor)
    }
}

fn verdict(what: Option<What>) -> Verdict {
    use Evidence as E;
    let works = [E::GatewayAlive, E::IspHopAlive, E::NamesResolve, E::TargetsAlive, E::PublicDnsAlive];
    let (status, cause, evidence) = match what {
        None => (Status::Ok, None, works.to_vec()),
        Some(What::Degraded(_, evidence)) => (Status::Ok, None, works.into_iter().chain([evidence]).collect()),
        Some(What::Notice(FaultDomain::Ipv6)) => (Status::Ok, None, works.into_iter().chain([E::Ipv6Dead]).collect()),
        Some(What::Notice(_)) => (Status::Ok, None, vec![E::GatewayAlive, E::IspHopAlive, E::SomeTargetsDead]),
        Some(What::Down(domain)) => down(domain),
        Some(What::Asleep | What::Stopped) => (Status::Ok, None, Vec::new()),
    };
    let hop = |ttl, addr: [u8; 4]| Some(LastHop { ttl, addr: addr.into() });
    let (domain, last_hop) = match what {
        Some(What::Down(domain)) => (
            Some(domain),
            match domain {
                FaultDomain::Access => hop(1, [192, 168, 1, 1]),
                FaultDomain::Isp => hop(2, HOPS[0].0),
                FaultDomain::Upstream => hop(3, HOPS[1].0),
                _ => None,
            },
        ),
        Some(What::Degraded(domain, _) | What::Notice(domain)) => (Some(domain), None),
        _ => (None, None),
    };
    Verdict { status, cause, domain, confidence: Confidence::High, evidence, last_hop }
}

fn down(domain: FaultDomain) -> (Status, Option<RootCause>, Vec<Evidence>) {
    use Evidence as E;
    match domain {
        FaultDomain::Host => (Status::LanDown, Some(RootCause::Lan), vec![E::LinkDown]),
        FaultDomain::Lan => (Status::LanDown, Some(RootCause::Lan), vec![E::GatewayDead, E::TargetsDead]),
        FaultDomain::Dns => (
            Status::DnsAppFail,
            Some(RootCause::Dns),
            vec![E::GatewayAlive, E::IspHopAlive, E::TargetsAlive, E::SystemDnsDead, E::PublicDnsAlive],
        ),
        FaultDomain::Access => {
            (Status::WanDown, Some(RootCause::Transport), vec![E::GatewayAlive, E::IspHopDead, E::TargetsDead])
        }
        _ => (Status::WanDown, Some(RootCause::Transport), vec![E::GatewayAlive, E::IspHopAlive, E::TargetsDead]),
    }
}
