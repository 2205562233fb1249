//! The ledger: one state for every second, and what follows from it.
//!
//! It is fed points in time order, by the live engine and by the reader of a log alike, so both conclude the same.
//! The state given at a point holds until the next point. The rules are those of unavailable seconds (ITU-T G.826):
//! an outage begins with the first of enough bad seconds in a row and ends with the first of as many clean ones.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use crate::model::{
    ledger::{Change, GapReason, MicroInterruption, Outage, Segment, State},
    time::Stamp,
    verdict::FaultDomain,
};

/// Seconds are counted whole, so a run within half a second of the limit has reached it.
const ROUNDING: Duration = Duration::from_millis(500);
/// Micro-interruptions within this time belong to one intermittent incident.
const INTERMITTENT_WITHIN: Duration = Duration::from_mins(5);
/// Number of micro-interruptions that make one intermittent incident.
const INTERMITTENT_COUNT: usize = 3;

/// The state machine of every second.
#[derive(Debug, Clone)]
pub struct Ledger {
    outage_after: Duration,
    /// The state that holds, and since when.
    now: Option<(State, Stamp)>,
    /// The last point fed; everything before it is accounted for.
    last: Option<Stamp>,
    totals: BTreeMap<State, Duration>,
    run: Option<Run>,
    n_outages: u64,
    micros: VecDeque<Stamp>,
    intermittent_until: Option<Duration>,
    changes: Vec<Change>,
}

/// Bad seconds in a row, or an outage they have become.
#[derive(Debug, Clone)]
struct Run {
    start: Stamp,
    uncertainty: Duration,
    segments: Vec<Segment>,
    /// Number of the outage once there were enough of them.
    outage: Option<u64>,
    /// Since when the line has been clean again.
    clean_since: Option<Stamp>,
}

impl Ledger {
    /// From now on calls `outage_after` bad seconds in a row an outage, those of an open run included.
    pub fn set_outage_after(&mut self, outage_after: Duration) {
        self.outage_after = outage_after;
    }

    /// A ledger that calls `outage_after` bad seconds in a row an outage.
    pub fn new(outage_after: Duration) -> Self {
        Self {
            outage_after,
            now: None,
            last: None,
            totals: BTreeMap::new(),
            run: None,
            n_outages: 0,
            micros: VecDeque::new(),
            intermittent_until: None,
            changes: Vec::new(),
        }
    }

    /// The state is `state` from `at` on. A point before the last one is taken as if it were the last one.
    pub fn observe(&mut self, at: Stamp, state: State) -> Vec<Change> {
        let at = self.advance(at);
        let before = self.now.map(|(state, _)| state);
        if before != Some(state) {
            self.now = Some((state, at));
            self.changes.push(Change::State(at, state));
            match state {
                State::Down(domain) => self.bad(at, domain),
                State::Up | State::Degraded => self.clean(at),
                State::NotMonitored(_) => self.cut(at),
            }
        }
        self.changes.split_off(0)
    }

    /// Nobody looked from `from` on. An open run of bad seconds is discarded, an open outage ends there.
    pub fn gap(&mut self, from: Stamp, reason: GapReason) -> Vec<Change> {
        self.observe(from, State::NotMonitored(reason))
    }

    /// The state is `state` since `since` already, in place of the one that was told; since the beginning of that at the
    /// earliest. Both are states of a line that works: how well it does so is known afterwards. Returns the time since
    /// when the state holds.
    pub fn restate(&mut self, since: Stamp, state: State) -> Stamp {
        let Some(((before, began), last)) = self.now.zip(self.last) else { return since };
        let since = if since.mono < began.mono { began } else { since };
        let moved = last.since(since);
        if let Some(total) = self.totals.get_mut(&before) {
            *total = total.saturating_sub(moved);
        }
        *self.totals.entry(state).or_default() += moved;
        self.now = Some((state, since));
        since
    }

    /// The state that holds has held until `at`.
    pub fn hold(&mut self, at: Stamp) -> Vec<Change> {
        self.advance(at);
        self.changes.split_off(0)
    }

    /// Returns the time for which each state has held. All of them sum to the time from the first point to the last.
    pub fn totals(&self) -> &BTreeMap<State, Duration> {
        &self.totals
    }

    /// The state that holds and since when; `None` before the first point.
    pub fn state(&self) -> Option<(State, Stamp)> {
        self.now
    }

    /// The outage that is not over yet.
    pub fn open_outage(&self) -> Option<Outage> {
        let run = self.run.as_ref()?;
        Some(run.outage(run.outage?, None, false))
    }

    /// Bad seconds that are not over yet, as an outage whatever their number.
    pub fn open_run(&self) -> Option<Outage> {
        let run = self.run.as_ref()?;
        Some(run.outage(run.outage.unwrap_or(self.n_outages + 1), None, false))
    }

    /// Bad seconds in a row that make an outage.
    pub fn outage_after(&self) -> Duration {
        self.outage_after
    }

    /// True while bad seconds are being counted, or an outage is not over.
    pub fn is_bad(&self) -> bool {
        self.run.is_some()
    }

    /// The latest segment of the bad seconds in hand.
    pub fn segment(&self) -> Option<Segment> {
        self.run.as_ref()?.segments.last().copied()
    }

    fn advance(&mut self, at: Stamp) -> Stamp {
        let Some(last) = self.last else {
            self.last = Some(at);
            return at;
        };
        if at.mono <= last.mono {
            return last;
        }
        if let Some((state, _)) = self.now {
            *self.totals.entry(state).or_default() += at.since(last);
        }
        self.last = Some(at);
        if let Some(run) = &mut self.run {
            let enough = |since: Stamp| at.since(since) + ROUNDING >= self.outage_after;
            match (run.outage, run.clean_since) {
                (None, _) if enough(run.start) => {
                    self.n_outages += 1;
                    run.outage = Some(self.n_outages);
                    self.changes.push(Change::Opened(run.outage(self.n_outages, None, false)));
                }
                (Some(id), Some(clean)) if enough(clean) => {
                    self.changes.push(Change::Closed(run.outage(id, Some(clean), false)));
                    self.run = None;
                }
                _ => {}
            }
        }
        at
    }

    fn bad(&mut self, at: Stamp, domain: FaultDomain) {
        let segment = Segment { start: at, domain };
        match &mut self.run {
            Some(run) => {
                run.clean_since = None;
                if run.segments.last().is_none_or(|last| last.domain != domain) {
                    run.segments.push(segment);
                }
            }
            None => {
                self.run = Some(Run {
                    start: at,
                    uncertainty: Duration::ZERO,
                    segments: vec![segment],
                    outage: None,
                    clean_since: None,
                });
            }
        }
    }

    fn clean(&mut self, at: Stamp) {
        match &mut self.run {
            Some(Run { outage: Some(_), clean_since, .. }) => {
                clean_since.get_or_insert(at);
            }
            Some(_) => {
                if let Some(run) = self.run.take() {
                    self.micro(&run, at);
                }
            }
            None => {}
        }
    }

    fn micro(&mut self, run: &Run, end: Stamp) {
        let Some(first) = run.segments.first() else { return };
        self.changes.push(Change::Micro(MicroInterruption { start: run.start, end, domain: first.domain }));
        self.micros.push_back(run.start);
        while self.micros.front().is_some_and(|first| end.since(*first) > INTERMITTENT_WITHIN) {
            self.micros.pop_front();
        }
        let told = self.intermittent_until.is_some_and(|until| run.start.mono <= until);
        if self.micros.len() >= INTERMITTENT_COUNT {
            self.intermittent_until = Some(end.mono + INTERMITTENT_WITHIN);
            if let (false, Some(first)) = (told, self.micros.front()) {
                self.changes.push(Change::Intermittent(*first));
            }
        }
    }

    fn cut(&mut self, at: Stamp) {
        let Some(run) = self.run.take() else { return };
        if let Some(id) = run.outage {
            let (end, by_gap) = run.clean_since.map_or((at, true), |clean| (clean, false));
            self.changes.push(Change::Closed(run.outage(id, Some(end), by_gap)));
        }
    }

    /// Says how far the start of the run that has just begun may be from the truth.
    pub fn set_uncertainty(&mut self, uncertainty: Duration) {
        if let Some(run) = &mut self.run {
            run.uncertainty = run.uncertainty.max(uncertainty);
        }
    }
}

impl Run {
    fn outage(&self, id: u64, end: Option<Stamp>, cut_by_gap: bool) -> Outage {
        // A domain that came up after the last bad second is no part of the outage.
        let segments = self.segments.iter().filter(|segment| end.is_none_or(|end| segment.start.mono < end.mono));
        Outage {
            id,
            start: self.start,
            end,
            cut_by_gap,
            uncertainty: self.uncertainty,
            segments: segments.copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> Stamp {
        let wall = chrono::DateTime::from_timestamp_millis(1_700_000_000_000 + i64::try_from(millis).unwrap());
        Stamp { wall: wall.unwrap(), mono: Duration::from_millis(millis) }
    }

    fn state(c: char) -> State {
        match c {
            '.' => State::Up,
            'd' => State::Degraded,
            'x' => State::Down(FaultDomain::Access),
            'l' => State::Down(FaultDomain::Lan),
            ' ' => State::NotMonitored(GapReason::Asleep),
            other => panic!("{other:?} is no state"),
        }
    }

    fn replay(chart: &str, second: u64) -> (Ledger, Vec<Change>) {
        let mut ledger = Ledger::new(Duration::from_secs(10));
        let mut changes = Vec::new();
        for (idx, c) in chart.chars().enumerate() {
            changes.extend(ledger.observe(at(idx as u64 * second), state(c)));
        }
        changes.extend(ledger.hold(at(chart.len() as u64 * second)));
        (ledger, changes)
    }

    /// One character a second in; what the ledger calls an outage (`#`) or a micro-interruption (`m`) out.
    #[track_caller]
    fn check(chart: &str, expected: &str) {
        let (ledger, changes) = replay(chart, 1000);
        let mut drawn: Vec<char> = chart.chars().map(|_| '.').collect();
        let mut draw = |start: Stamp, end: Stamp, c| {
            let range = usize::try_from(start.mono.as_secs()).unwrap()..usize::try_from(end.mono.as_secs()).unwrap();
            drawn[range].fill(c);
        };
        for change in changes {
            match change {
                Change::Closed(outage) => draw(outage.start, outage.end.unwrap(), '#'),
                Change::Micro(micro) => draw(micro.start, micro.end, 'm'),
                _ => {}
            }
        }
        if let Some(open) = ledger.open_outage() {
            draw(open.start, at(chart.len() as u64 * 1000), 'o');
        }
        assert_eq!(expected, drawn.into_iter().collect::<String>());
    }

    #[test]
    fn ten_bad_seconds_are_an_outage_and_nine_are_not() {
        check("...xxxxxxxxxx............", "...##########............");
        check("...xxxxxxxxx.............", "...mmmmmmmmm.............");
    }

    #[test]
    fn an_outage_needs_ten_clean_seconds_to_end() {
        check("xxxxxxxxxx....x...........", "###############...........");
        check("xxxxxxxxxx....x.....", "oooooooooooooooooooo");
        check("xxxxxxxxxx..........x.....", "##########..........m.....");
    }

    #[test]
    fn a_gap_discards_an_open_run_and_never_extends_an_outage() {
        check("..xxxxx        xxxxx..........", "...............mmmmm..........");
        check("..xxxxxxxxxxxx           ..", "..############.............");
    }

    #[test]
    fn a_change_of_fault_domain_is_a_segment_not_an_outage() {
        let (_, changes) = replay("..llllllxxxxxx............", 1000);
        let closed: Vec<_> =
            changes.iter().filter_map(|c| if let Change::Closed(o) = c { Some(o) } else { None }).collect();
        assert_eq!(1, closed.len());
        let domains: Vec<_> = closed[0].segments.iter().map(|s| s.domain).collect();
        assert_eq!(vec![FaultDomain::Lan, FaultDomain::Access], domains);
        assert_eq!(Some(FaultDomain::Lan), closed[0].domain(at(0)), "the earlier one when two held equally long");
    }

    #[test]
    fn three_short_cuts_in_five_minutes_are_told_once() {
        let (_, changes) = replay(&"....xxx".repeat(6), 1000);
        let told = changes.iter().filter(|change| matches!(change, Change::Intermittent(_))).count();
        let micros = changes.iter().filter(|change| matches!(change, Change::Micro(_))).count();
        assert_eq!((1, 5), (told, micros), "the sixth cut is not over yet");
    }

    #[test]
    fn short_cuts_far_apart_are_no_incident() {
        let (_, changes) = replay(&format!("xxx{}", ".".repeat(200)).repeat(9), 1000);
        assert!(!changes.iter().any(|change| matches!(change, Change::Intermittent(_))));
    }

    #[test]
    fn a_state_told_late_takes_its_time_from_the_one_before_it() {
        let (mut ledger, _) = replay("xxx.........", 1000);
        assert_eq!(at(8000), ledger.restate(at(8000), State::Degraded));
        assert_eq!(Some((State::Degraded, at(8000))), ledger.state());
        ledger.hold(at(15_000));
        // Not before the state that it takes the place of.
        assert_eq!(at(8000), ledger.restate(at(1000), State::Up));
        let seconds = |state| ledger.totals().get(&state).copied().unwrap_or_default().as_secs();
        let down = State::Down(FaultDomain::Access);
        assert_eq!((3, 12, 0), (seconds(down), seconds(State::Up), seconds(State::Degraded)));
    }

    #[test]
    fn samples_that_come_a_little_early_still_make_ten_seconds() {
        let (_, changes) = replay("..xxxxxxxxxx............", 970);
        assert!(changes.iter().any(|change| matches!(change, Change::Closed(_))));
    }

    proptest! {
        #[test]
        fn the_states_sum_to_the_period(chart in "[.dxl ]{1,300}", second in 1_u64..5000) {
            let (ledger, _) = replay(&chart, second);
            let sum: Duration = ledger.totals().values().sum();
            prop_assert_eq!(Duration::from_millis(chart.len() as u64 * second), sum);
        }

        #[test]
        fn outages_never_overlap_and_never_reach_into_a_gap(chart in "[.x ]{1,300}") {
            let (_, changes) = replay(&chart, 1000);
            let mut until = Duration::ZERO;
            for change in &changes {
                if let Change::Closed(outage) = change {
                    let end = outage.end.unwrap().mono;
                    prop_assert!(outage.start.mono >= until && end > outage.start.mono);
                    until = end;
                    let range = usize::try_from(outage.start.mono.as_secs()).unwrap()..usize::try_from(end.as_secs()).unwrap();
                    prop_assert!(!chart[range].contains(' '));
                }
            }
        }

        #[test]
        fn making_a_gap_longer_changes_no_outage(before in "[.x]{0,40}", after in "[.x]{0,40}", gap in 1_usize..40, more in 0_usize..400) {
            let lengths = |gap: usize| {
                let (_, changes) = replay(&format!("{before}{}{after}", " ".repeat(gap)), 1000);
                changes.iter().filter_map(|c| match c {
                    Change::Closed(o) => Some(o.length(at(0))),
                    _ => None,
                }).collect::<Vec<_>>()
            };
            prop_assert_eq!(lengths(gap), lengths(gap + more));
        }

        #[test]
        fn shifting_the_wall_clock_changes_no_duration(chart in "[.xl ]{1,200}", shift in -100_000_000_i64..100_000_000) {
            let mut shifted = Ledger::new(Duration::from_secs(10));
            let mut lengths = Vec::new();
            for (idx, c) in chart.chars().enumerate() {
                let mut stamp = at(idx as u64 * 1000);
                // The clock is set in the middle, as daylight saving or a time server does.
                if idx > chart.len() / 2 {
                    stamp.wall += chrono::TimeDelta::seconds(shift);
                }
                lengths.extend(shifted.observe(stamp, state(c)));
            }
            lengths.extend(shifted.hold(at(chart.len() as u64 * 1000)));
            let durations = |changes: &[Change]| changes.iter().filter_map(|c| match c {
                Change::Closed(o) => Some(o.length(at(0))),
                Change::Micro(m) => Some(m.end.since(m.start)),
                _ => None,
            }).collect::<Vec<_>>();
            prop_assert_eq!(durations(&replay(&chart, 1000).1), durations(&lengths));
        }
    }
}
