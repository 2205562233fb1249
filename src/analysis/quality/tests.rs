use super::*;

const LIMITS: Limits = Limits { loss: 0.02, rtt: ms(150), rtt_rise: ms(50), jitter: ms(30), jitter_rise: ms(10) };

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn usual(median: u64, spread: u64) -> Usual {
    Usual { median: ms(median), spread: ms(spread) }
}

/// A host of which every `nth` answer of `n` is `bad`, the others taking this long.
fn host(n: usize, millis: u64, nth: usize, bad: Option<u64>) -> HostSamples {
    // All in one minute, however many.
    let at = |i: usize| ms(60_000 * i as u64 / n as u64);
    let samples = (1..=n).map(|i| (at(i), if i % nth == 0 { bad.map(ms) } else { Some(ms(millis)) })).collect();
    HostSamples { samples, usual: Some(usual(millis, 1)), ..HostSamples::default() }
}

fn steady(n: usize, millis: u64) -> HostSamples {
    host(n, millis, usize::MAX, None)
}

/// A line of a router, two hops and four targets. From this part on (0 is the router) `bad` shows.
fn line(first: usize, bad: &dyn Fn(usize, u64) -> HostSamples) -> Path {
    let of = |part: usize, n: usize, millis: u64| if part >= first { bad(n, millis) } else { steady(n, millis) };
    Path {
        gateway: Some(of(0, 60, 1)),
        hops: vec![of(1, 30, 9), of(2, 30, 12)],
        targets: [19, 21, 24, 30].map(|millis| of(3, 30, millis)).to_vec(),
        recent: Duration::ZERO,
    }
}

fn lossy(n: usize, millis: u64) -> HostSamples {
    host(n, millis, 5, None)
}

fn slow(n: usize, millis: u64) -> HostSamples {
    HostSamples { usual: Some(usual(millis, 1)), ..steady(n, millis + 120) }
}

fn late(n: usize, millis: u64) -> HostSamples {
    host(n, millis, 4, Some(millis + 15))
}

fn shaky(n: usize, millis: u64) -> HostSamples {
    HostSamples { usual: None, ..host(n, millis, 2, Some(millis + 70)) }
}

#[track_caller]
fn check(path: &Path, expected: Option<(FaultDomain, Evidence)>) {
    let found = assess(path, &LIMITS, Ask::HasBegun);
    assert_eq!(expected, found.as_ref().map(|found| (found.domain, found.evidence[0])), "{found:?}");
}

#[test]
fn the_innermost_part_with_the_same_fault_is_named() {
    use Evidence::{JitterHigh, LatencyHigh, LossHigh};
    use FaultDomain::{Access, Isp, Lan, Upstream};
    type Bad = fn(usize, u64) -> HostSamples;
    let faults: [(Bad, Evidence); 4] =
        [(lossy, LossHigh), (slow, LatencyHigh), (late, JitterHigh), (shaky, JitterHigh)];
    for (bad, evidence) in faults {
        for (first, domain) in [Lan, Access, Isp, Upstream].into_iter().enumerate() {
            check(&line(first, &bad), Some((domain, evidence)));
        }
        check(&line(4, &bad), None);
        // Without a hop the access line is as far as one can see, and that is said.
        let blind = Path { hops: Vec::new(), ..line(1, &bad) };
        check(&blind, Some((Access, evidence)));
        let found = assess(&blind, &LIMITS, Ask::HasBegun).unwrap();
        assert!(found.evidence.contains(&Evidence::NoIspHopKnown), "{found:?}");
    }
}

#[test]
fn confidence_grows_with_the_samples_that_tell_the_parts_apart() {
    let with_gateway = |gateway: Option<HostSamples>| Path { gateway, ..line(1, &lossy) };
    let of = |path: &Path| assess(path, &LIMITS, Ask::HasBegun).map(|found| (found.domain, found.confidence));
    // A fifth is lost behind the router: ten answers of it are little, thirty are more, sixty are enough.
    let expected = [(10, Confidence::Low), (25, Confidence::Medium), (60, Confidence::High)];
    for (n, confidence) in expected {
        assert_eq!(Some((FaultDomain::Access, confidence)), of(&with_gateway(Some(steady(n, 1)))), "{n}");
    }
    // With nobody before the targets there is nothing to tell apart.
    let blind = Path { gateway: None, hops: Vec::new(), ..line(1, &lossy) };
    assert_eq!(Some((FaultDomain::Access, Confidence::Low)), of(&blind));
    // Which hop of the provider it is does not matter.
    let mut path = line(2, &lossy);
    path.hops.insert(1, lossy(4, 10));
    assert_eq!(Some((FaultDomain::Isp, Confidence::High)), of(&path));
}

#[test]
fn a_router_that_answers_carelessly_hurts_nobody() {
    let careless = |n, millis| HostSamples { usual: Some(usual(millis, 1)), ..host(n, millis + 300, 2, None) };
    for idx in 0..3 {
        let mut path = line(4, &lossy);
        match idx {
            0 => path.gateway = Some(careless(60, 1)),
            _ => path.hops[idx - 1] = careless(30, 9),
        }
        check(&path, None);
        // And is not accused of what others do, either, where one behind it does well.
        if idx == 2 {
            continue;
        }
        let mut path = line(3, &lossy);
        match idx {
            0 => path.gateway = Some(host(60, 1, 3, None)),
            _ => path.hops[idx - 1] = host(30, 9, 3, None),
        }
        check(&path, Some((FaultDomain::Upstream, Evidence::LossHigh)));
    }
    // Who answers nothing does not answer pings.
    let mut path = line(1, &lossy);
    path.gateway = Some(host(60, 1, 1, None));
    check(&path, Some((FaultDomain::Access, Evidence::LossHigh)));
}

#[test]
fn one_target_or_one_operator_is_no_fault_of_the_line() {
    for bad in [lossy, slow, late] {
        let mut path = line(4, &bad);
        path.targets[1] = bad(30, 21);
        check(&path, None);
        path.targets[3] = bad(30, 30);
        check(&path, None);
        path.targets[0] = bad(30, 19);
        path.targets[2] = bad(30, 24);
        assert!(assess(&path, &LIMITS, Ask::HasBegun).is_some());
    }
}

#[test]
fn hosts_of_one_operator_are_one_witness() {
    type Bad = fn(usize, u64) -> HostSamples;
    for (bad, evidence) in [(lossy as Bad, Evidence::LossHigh), (slow, Evidence::LatencyHigh)] {
        let mut path = line(4, &bad);
        for idx in [1, 3] {
            path.targets[idx] = HostSamples { operator: Some("Google"), ..bad(30, 21) };
        }
        check(&path, None);
        // All operators agree.
        path.targets[0] = bad(30, 19);
        path.targets[2] = bad(30, 24);
        check(&path, Some((FaultDomain::Upstream, evidence)));
    }
}

#[test]
fn a_few_samples_prove_nothing() {
    let few = |n: usize, millis: u64| lossy(n, millis);
    let path = Path { targets: vec![few(7, 20)], ..Path::default() };
    check(&path, None);
    let one_of_thirty = Path { targets: vec![host(30, 20, 30, None)], ..Path::default() };
    check(&one_of_thirty, None);
    check(&Path::default(), None);
}

#[test]
fn a_degradation_ends_only_well_below_its_limit() {
    // 2 lost of 120 are 1.7 %: too little to begin, too much to end.
    let mut path = line(4, &lossy);
    path.targets[0] = host(30, 19, 30, None);
    path.targets[1] = host(30, 21, 30, None);
    assert_eq!(None, assess(&path, &LIMITS, Ask::HasBegun));
    assert!(assess(&path, &LIMITS, Ask::MayBe).is_some());
    let loss = |evidence| Finding {
        domain: FaultDomain::Lan,
        confidence: Confidence::High,
        evidence: vec![evidence],
        is_fixed: false,
    };
    assert!(assess(&path, &LIMITS, Ask::StillHolds(&loss(Evidence::LossHigh))).is_some());
    // It is not what was wrong.
    assert_eq!(None, assess(&path, &LIMITS, Ask::StillHolds(&loss(Evidence::LatencyHigh))));
    path.targets[0] = steady(30, 19);
    assert_eq!(None, assess(&path, &LIMITS, Ask::MayBe));
}

#[test]
fn a_rise_counts_against_what_is_usual_and_the_fixed_limit_for_all() {
    let risen = |now: u64, usually: Option<Usual>| {
        let host = HostSamples { usual: usually, ..steady(30, now) };
        let path = Path { targets: vec![host; 4], ..Path::default() };
        assess(&path, &LIMITS, Ask::HasBegun).is_some()
    };
    assert!(!risen(65, Some(usual(20, 1))) && risen(75, Some(usual(20, 1))));
    assert!(!risen(75, None) && risen(151, None));
    // A rise of the median alone is latency, however small the natural variation.
    assert!(!risen(40, Some(usual(20, 0))));
    // What is usual is too slow all the same.
    assert!(risen(600, Some(usual(600, 10))));
}

#[test]
fn variation_that_is_natural_for_a_line_is_none() {
    // Every fourth answer 15 ms late is natural where every tenth takes 40 ms more.
    let wifi = |n, millis| HostSamples { usual: Some(usual(millis, 40)), ..late(n, millis) };
    check(&line(0, &wifi), None);
}

#[test]
fn large_packets_that_became_slow_are_told_of_a_rate_that_fell() {
    let host = |large: u64| HostSamples {
        large: vec![(ms(1), ms(large)); 3],
        usual_large: Some(usual(21, 1)),
        ..steady(30, 20)
    };
    let path = |large: [u64; 2]| Path { targets: large.map(host).to_vec(), ..line(4, &lossy) };
    check(&path([70, 68]), Some((FaultDomain::Access, Evidence::LatencyHigh)));
    check(&path([70, 21]), None);
    check(&path([30, 30]), None);
    let all = Path {
        gateway: Some(HostSamples { large: vec![(ms(1), ms(60)); 3], usual_large: Some(usual(2, 1)), ..steady(60, 1) }),
        ..path([70, 68])
    };
    check(&all, Some((FaultDomain::Lan, Evidence::LatencyHigh)));
}

#[test]
fn a_restless_past_excuses_no_more_than_it_shows() {
    use Evidence::JitterHigh;
    use FaultDomain::{Access, Upstream};
    // A hop of which one answer in ten has always been late, where far hosts hardly vary.
    let past: Vec<Duration> = (0..100).map(|i| if i % 10 == 0 { ms(49) } else { ms(9) }).collect();
    let restless = |host: HostSamples| HostSamples { usual: Some(usual(9, 40)), past: past.clone().into(), ..host };
    let mut path = line(1, &late);
    path.hops[0] = restless(late(60, 9));
    check(&path, Some((Access, JitterHigh)));
    // What it has always done is no part of what begins behind it.
    let mut path = line(3, &late);
    path.hops[0] = restless(host(60, 9, 10, Some(49)));
    check(&path, Some((Upstream, JitterHigh)));
}

#[test]
fn connections_that_a_hop_refuses_count_like_its_other_answers() {
    use Evidence::LossHigh;
    use FaultDomain::{Access, Isp};
    let silent = |refusals: HostSamples| HostSamples { refusals: refusals.samples, ..HostSamples::default() };
    let mut path = line(1, &lossy);
    path.hops[0] = silent(lossy(60, 10));
    check(&path, Some((Access, LossHigh)));
    path.hops[0] = silent(steady(60, 10));
    check(&path, Some((Isp, LossHigh)));
    // Who refuses none at all drops them himself.
    path.hops[0] = HostSamples { refusals: host(60, 10, 1, None).samples, ..lossy(30, 9) };
    check(&path, Some((Access, LossHigh)));
}

#[test]
fn what_left_together_waited_together() {
    // A jump of the delay now and then, which every packet meets that is on its way.
    let jumps = |apart: u64| {
        move |_: usize, millis: u64| {
            let rtt = |second: u64| ms(if second % 4 == 3 { millis + 40 } else { millis });
            let at = |second: u64| ms(1000 * second + apart * millis);
            let samples = (0..15).map(|second| (at(second), Some(rtt(second)))).collect();
            HostSamples { samples, usual: Some(usual(millis, 1)), ..HostSamples::default() }
        }
    };
    check(&line(0, &jumps(0)), None);
    check(&line(0, &jumps(30)), Some((FaultDomain::Lan, Evidence::JitterHigh)));
}

#[test]
fn a_line_that_always_repeats_what_it_lost_is_none_that_does_badly() {
    // Six late ones of two hundred, where two in a hundred always were.
    let repeats = |n: usize, millis: u64| host(n, millis, 30, Some(millis + 25));
    check(&line(1, &repeats), None);
}
