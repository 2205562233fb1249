use super::*;
use crate::model::verdict::{Confidence, FaultDomain};

fn row(seq: u64, second: i64) -> LogRow {
    let at = chrono::DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap();
    LogRow { seq: Some(seq), confidence: Some(Confidence::High), ..LogRow::new(at, Status::Ok) }
}

fn change(seq: u64, second: i64, since: i64, domain: Option<FaultDomain>) -> LogRow {
    let row = row(seq, second);
    let since = row.utc - TimeDelta::seconds(second - since);
    let status = if domain.is_some() { Status::WanDown } else { Status::Ok };
    LogRow { since: Some(since), status, domain, ..row }
}

/// What is told of these rows, each with its second: the state from then on, or the end of an outage.
#[track_caller]
fn check(rows: &[LogRow], expected: &[(i64, &str)]) {
    let mut replay = Replay::new(Duration::from_secs(10));
    let mut told: Vec<Told> = rows.iter().flat_map(|row| replay.take(row, false).unwrap_or_default()).collect();
    told.extend(replay.finish().0);
    let second = |stamp: Stamp| stamp.wall.timestamp() - 1_700_000_000;
    let found: Vec<(i64, String)> = told
        .into_iter()
        .filter_map(|told| match told {
            Told::State(at, State::Up, _) => Some((second(at), "up".to_owned())),
            Told::State(at, State::Degraded, _) => Some((second(at), "degraded".to_owned())),
            Told::State(at, State::Down(domain), _) => Some((second(at), domain.to_string())),
            Told::State(at, State::NotMonitored(reason), _) => Some((second(at), reason.as_str().to_owned())),
            Told::Outage(outage, _) => Some((outage.end.map_or(-1, second), "outage".to_owned())),
            Told::Micro(..) | Told::Intermittent(_) | Told::Disagreement(_) => None,
        })
        .collect();
    let expected: Vec<(i64, String)> = expected.iter().map(|(at, what)| (*at, (*what).to_owned())).collect();
    assert_eq!(expected, found);
}

const ACCESS: Option<FaultDomain> = Some(FaultDomain::Access);

#[test]
fn a_run_is_repeated_to_the_second() {
    let rows =
        [change(1, 2, 0, None), row(2, 20), change(3, 31, 30, ACCESS), row(4, 50), change(5, 71, 70, None), row(6, 90)];
    check(&rows, &[(0, "up"), (30, "access"), (70, "up"), (70, "outage")]);
}

#[test]
fn what_lies_between_two_runs_was_not_monitored_and_ends_an_outage() {
    let rows = [change(1, 2, 0, None), change(2, 31, 30, ACCESS), row(3, 50), change(1, 102, 100, ACCESS), row(2, 120)];
    check(&rows, &[(0, "up"), (30, "access"), (50, "not_running"), (50, "outage"), (100, "access"), (-1, "outage")]);
}

#[test]
fn rows_that_are_missing_hide_what_they_said_for_a_minute_at_most() {
    // The rows 3 and 4 are gone: for a short time the state may be taken to have held.
    check(&[change(1, 2, 0, None), row(2, 20), row(5, 60)], &[(0, "up")]);
    check(
        &[change(1, 2, 0, None), row(2, 20), row(90, 2000), row(91, 2020)],
        &[(0, "up"), (20, "not_running"), (2000, "up")],
    );
    // A change that is gone is seen in the next row.
    let down = LogRow { status: Status::WanDown, domain: ACCESS, ..row(4, 60) };
    check(&[change(1, 2, 0, None), row(2, 20), down, row(5, 80)], &[(0, "up"), (60, "access"), (-1, "outage")]);
}

#[test]
fn every_outage_has_the_evidence_of_its_own_rows() {
    let with = |row: LogRow, name: &str| LogRow { trace_file: name.to_owned(), ..row };
    let sampled = |second: i64, domain: Option<FaultDomain>| {
        let row = change(1, second, second, domain);
        LogRow { since: None, ..row }
    };
    let rows = [
        sampled(0, None),
        with(sampled(60, ACCESS), "first"),
        sampled(120, None),
        with(sampled(180, ACCESS), "second"),
        sampled(240, None),
        sampled(300, None),
    ];
    let mut replay = Replay::new(Duration::from_secs(10));
    let mut told: Vec<Told> = rows.iter().flat_map(|row| replay.take(row, false).unwrap_or_default()).collect();
    told.extend(replay.finish().0);
    let files: Vec<Vec<String>> = told
        .into_iter()
        .filter_map(
            |told| if let Told::Outage(_, claims) = told { Some(claims.of(FaultDomain::Access).files) } else { None },
        )
        .collect();
    assert_eq!(vec![vec!["first".to_owned()], vec!["second".to_owned()]], files);
}

#[test]
fn a_web_page_that_came_excuses_the_line() {
    let original = |status, web, dns| {
        let row = LogRow { seq: None, ..row(1, 0) };
        LogRow { status, http_dns_ok: Some(false), http_ip_ok: Some(web), tcp_ok: Some(web), dns_ok: Some(dns), ..row }
    };
    for (row, expected, noticed) in [
        (original(Status::LanDown, false, false), State::Down(FaultDomain::Lan), None),
        (original(Status::LanDown, true, true), State::Up, Some(FaultDomain::Filtering)),
        (original(Status::WanDown, false, false), State::Down(FaultDomain::Access), None),
        (original(Status::WanDown, true, true), State::Up, Some(FaultDomain::Filtering)),
        (original(Status::DnsAppFail, true, false), State::Down(FaultDomain::Dns), None),
        (original(Status::DnsAppFail, true, true), State::Up, Some(FaultDomain::Destination)),
        (original(Status::AppLayerFail, false, true), State::Down(FaultDomain::App), None),
        (original(Status::Ok, true, false), State::Up, Some(FaultDomain::Dns)),
    ] {
        assert_eq!((expected, noticed), (original::state(&row), notice(&row)), "{row:?}");
    }
}

#[test]
fn an_outage_names_its_first_hundred_files() {
    let down = |seq: u64| {
        let traced = LogRow { trace_file: format!("trace_{seq}.log"), ..row(seq, 20 * seq.cast_signed()) };
        LogRow { status: Status::WanDown, domain: ACCESS, ..traced }
    };
    let mut replay = Replay::new(Duration::from_secs(10));
    let rows = [change(1, 2, 0, None), LogRow { since: Some(row(2, 25).utc), ..down(2) }]
        .into_iter()
        .chain((3..300).map(down));
    let mut told: Vec<Told> = rows.flat_map(|row| replay.take(&row, false).unwrap_or_default()).collect();
    told.extend(replay.finish().0);
    let files = told.iter().find_map(|told| match told {
        Told::Outage(_, claims) => Some(claims.of(FaultDomain::Access).files),
        _ => None,
    });
    let expected: Vec<String> = (2..102).map(|seq| format!("trace_{seq}.log")).collect();
    assert_eq!(Some(expected), files);
}

#[test]
fn every_segment_has_the_confidence_of_its_own_rows() {
    let at = |row: LogRow, confidence| LogRow { confidence: Some(confidence), ..row };
    let lan = Some(FaultDomain::Lan);
    let rows = [
        change(1, 2, 0, None),
        at(change(2, 31, 30, ACCESS), Confidence::Low),
        at(change(3, 61, 60, lan), Confidence::High),
        at(change(4, 91, 90, ACCESS), Confidence::Medium),
        at(row(5, 100), Confidence::Low),
        change(6, 121, 120, None),
        row(7, 150),
        at(change(8, 161, 160, ACCESS), Confidence::Low),
        change(9, 165, 164, None),
        row(10, 200),
    ];
    // A row of a run repeats the state that holds.
    let rows = rows
        .map(|row| if row.seq == Some(5) { LogRow { status: Status::WanDown, domain: ACCESS, ..row } } else { row });
    let mut replay = Replay::new(Duration::from_secs(10));
    let mut told: Vec<Told> = rows.iter().flat_map(|row| replay.take(row, false).unwrap_or_default()).collect();
    told.extend(replay.finish().0);
    let mut found = Vec::new();
    for told in told {
        match told {
            Told::Outage(outage, claims) => {
                found.extend(outage.segments.iter().map(|segment| claims.proof(*segment).confidence));
            }
            Told::Micro(_, proof) => found.push(proof.confidence),
            _ => {}
        }
    }
    assert_eq!([Confidence::Low, Confidence::High, Confidence::Medium, Confidence::Low].map(Some), found[..]);
}
