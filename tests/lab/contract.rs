//! What the monitor must say about a fault, and how the tests ask.

use std::{thread, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    faults::{Fault, Truth},
    monitor::{Event, Monitor, Record, Row, instant, seconds},
    topology::{ACCESS, CORE, Echo, Lab, RESOLVER, ROUTER},
};

/// How far a reported edge of an outage may be from the truth, in seconds.
const EDGE: f64 = 3.0;
/// How long it takes a loaded machine to do a thing that is timed, in seconds.
const SLACK: f64 = 1.0;
/// How long a fault of the path may go unnoticed, in seconds.
const NOTICE: f64 = 2.0;
const WARM_UP: Duration = Duration::from_secs(8);

/// One experiment: a healthy line, a fault, a healthy line again.
pub(crate) struct Case {
    fault: Fault,
    echo: Echo,
    resolvers: Vec<&'static str>,
    lasting: Duration,
    recovery: Duration,
    config: Value,
}

impl Case {
    /// A fault that the pulse sees.
    pub(crate) fn path(fault: Fault) -> Self {
        Self {
            fault,
            echo: Echo::Allowed,
            resolvers: vec![ROUTER],
            lasting: Duration::from_secs(12),
            recovery: Duration::from_secs(14),
            config: json!({ "isp_targets": [ACCESS, CORE], "ping_interval_sec": 5 }),
        }
    }

    /// A fault that only a full cycle sees; the cycles follow each other closely.
    pub(crate) fn service(fault: Fault) -> Self {
        let config = json!({
            "isp_targets": [ACCESS, CORE],
            "ping_interval_sec": 2,
            "tcp_timeout_sec": 2,
            "http_timeout_sec": 2,
            "dns_timeout_sec": 1,
        });
        Self { lasting: Duration::from_secs(18), config, ..Self::path(fault) }
    }

    /// Has the system refuse echo sockets.
    pub(crate) fn without_echo(self) -> Self {
        Self { echo: Echo::Refused, ..self }
    }

    /// Has the fault last so many seconds.
    pub(crate) fn lasting(self, seconds: u64) -> Self {
        Self { lasting: Duration::from_secs(seconds), ..self }
    }

    /// Gives the client two resolvers: the router, and the provider's without the detour.
    pub(crate) fn with_two_resolvers(self) -> Self {
        Self { resolvers: vec![ROUTER, RESOLVER], ..self }
    }

    /// The fault is an outage of this domain, and nothing else is.
    #[track_caller]
    pub(crate) fn expect_outage(self, domain: &str) {
        if let Some(story) = self.run("outage_closed") {
            story.assert_one_outage(domain);
            story.assert_rows(domain);
            story.assert_report(domain);
        }
    }

    /// The same, and it is noticed at once.
    #[track_caller]
    pub(crate) fn expect_at_once(self, domain: &str) {
        if let Some(story) = self.run("outage_closed") {
            story.assert_noticed();
            story.assert_one_outage(domain);
            story.assert_rows(domain);
        }
    }

    /// The fault is nobody's outage. What the monitor said is returned for more questions.
    #[track_caller]
    pub(crate) fn expect_no_outage(self) -> Option<Story> {
        let story = self.run("no such event")?;
        story.assert_line_stayed_up();
        Some(story)
    }

    /// Runs the experiment. After the fault it goes on until an event of the kind `until` arrives.
    fn run(&self, until: &str) -> Option<Story> {
        let lab = Lab::new(self.echo, &self.resolvers)?;
        let monitor = Monitor::start(&lab, &self.config);
        thread::sleep(WARM_UP);
        let active = lab.begin(self.fault);
        thread::sleep(self.lasting);
        let truth = active.end();
        thread::sleep(self.recovery);
        if until == "outage_closed" {
            // Late is not the same as never; how late is a question for the assertions.
            monitor.wait_for(Duration::from_secs(10), |event| event.kind == until);
            // The last row and the analysis come right behind.
            thread::sleep(Duration::from_secs(1));
        }
        Some(Story { record: monitor.finish(), truth })
    }
}

/// What came of an experiment.
pub(crate) struct Story {
    pub(crate) record: Record,
    pub(crate) truth: Truth,
}

impl Story {
    /// Fails with all that was said unless `holds`.
    #[track_caller]
    pub(crate) fn assert(&self, holds: bool, what: &str) {
        assert!(holds, "{what}{}", self.record.story(self.truth.start));
    }

    #[track_caller]
    fn assert_near(&self, truth: DateTime<Utc>, claim: DateTime<Utc>, what: &str) {
        let off = seconds(claim - truth);
        self.assert(off.abs() <= EDGE, &format!("{what} is {off} s off"));
    }

    #[track_caller]
    fn assert_noticed(&self) {
        let notices = |event: &&Event| match event.kind.as_str() {
            "suspected" | "confirmed" => true,
            "state" => event.text("state") != "up",
            _ => false,
        };
        let first = self.record.events.iter().filter(|event| event.arrived >= self.truth.start).find(notices);
        let after = first.map(|event| seconds(event.arrived - self.truth.start));
        self.assert(after.is_some_and(|after| after <= NOTICE), &format!("noticed after {after:?} s"));
    }

    #[track_caller]
    pub(crate) fn assert_one_outage(&self, domain: &str) {
        let (opened, closed) = (self.record.all("outage_opened"), self.record.all("outage_closed"));
        self.assert(opened.len() == 1, &format!("{} outages opened", opened.len()));
        self.assert(closed.len() == 1, &format!("{} outages closed", closed.len()));
        let (opened, closed) = (opened[0], closed[0]);
        self.assert(!opened.json["id"].is_null() && opened.json["id"] == closed.json["id"], "another id");
        for event in [opened, closed] {
            let found = event.text("fault_domain");
            self.assert(found == domain, &format!("{} says {found}, not {domain}", event.kind));
        }
        let (start, end) = (closed.time("start"), closed.time("end"));
        self.assert(opened.time("start") == start, "the start moved");
        self.assert_near(self.truth.start, start, "the start");
        self.assert_near(self.truth.end, end, "the end");
        let stretch = closed.number("duration_s") - seconds(end - start);
        self.assert(stretch.abs() < 0.1, &format!("the duration is {stretch} s more than the end less the start"));
        let uncertainty = closed.number("uncertainty_s");
        self.assert((0.0..=10.0).contains(&uncertainty), &format!("an uncertainty of {uncertainty} s"));
        let late = seconds(start - self.truth.start);
        self.assert(late <= uncertainty + SLACK, &format!("the start is {late} s late, told within {uncertainty} s"));
        let segments = closed.json["segments"].as_array().map_or(0, Vec::len);
        self.assert(segments >= 1, "no segments");
        self.assert(closed.json["segments"][0]["start"] == closed.json["start"], "the first segment starts elsewhere");
        self.assert(self.record.all("micro_interruption").is_empty(), "a micro-interruption beside the outage");
        self.assert_order();
    }

    /// The file tells the same.
    #[track_caller]
    pub(crate) fn assert_rows(&self, domain: &str) {
        let rows = &self.record.rows;
        let bad = |row: &&Row| row["overall_status"] == status_of(domain) && row["fault_domain"] == domain;
        let since = rows.iter().filter(bad).find_map(|row| instant(&row["since_utc"]));
        match since {
            Some(since) => self.assert_near(self.truth.start, since, "since_utc"),
            None => self.assert(false, &format!("no row says {} and {domain}", status_of(domain))),
        }
        for (row, which) in [(rows.first(), "first"), (rows.last(), "last")] {
            self.assert(row.is_some_and(|row| row["overall_status"] == "OK"), &format!("the {which} row is not OK"));
        }
    }

    /// An analysis was written when the outage was over, and tells of it.
    #[track_caller]
    fn assert_report(&self, domain: &str) {
        let report = self.record.files.iter().find(|(name, _)| name.starts_with("analysis_on_outage_"));
        let tells = |text: &str| text.contains("#1 ") && text.contains(&format!("fault: {domain} "));
        self.assert(report.is_some_and(|(_, text)| tells(text)), &format!("the analysis says {report:?}"));
    }

    /// The first word is "started", the last "stopped", and each row that was announced is in the file.
    #[track_caller]
    fn assert_order(&self) {
        let kinds: Vec<&str> = self.record.events.iter().map(|event| event.kind.as_str()).collect();
        self.assert(kinds.first() == Some(&"started") && kinds.last() == Some(&"stopped"), "no clean start and stop");
        let (announced, written) = (self.record.all("row").len(), self.record.rows.len());
        self.assert(announced == written, &format!("{announced} rows announced, {written} written"));
        self.assert(self.record.all("gap").is_empty(), "a gap");
        self.assert_analysis();
    }

    /// The log, read back by `netlog analyze`, tells what the monitor told.
    #[track_caller]
    fn assert_analysis(&self) {
        let analysis = &self.record.analysis;
        for (kind, list, keys) in [
            ("outage_closed", "outages", ["start", "end", "fault_domain", "uncertainty_s"].as_slice()),
            ("micro_interruption", "micro_interruptions", &["start", "end", "fault_domain"]),
        ] {
            let of = |value: &Value| keys.iter().map(|key| value[key].clone()).collect::<Vec<_>>();
            let told: Vec<_> = self.record.all(kind).iter().map(|event| of(&event.json)).collect();
            let read: Vec<_> = analysis[list].as_array().into_iter().flatten().map(of).collect();
            self.assert(told == read, &format!("told {told:?}, and in the log stands {read:?}"));
        }
    }

    /// Nobody was accused.
    #[track_caller]
    pub(crate) fn assert_line_stayed_up(&self) {
        for kind in ["outage_opened", "outage_closed", "micro_interruption", "intermittent", "confirmed"] {
            self.assert(self.record.all(kind).is_empty(), &format!("{kind} for nothing"));
        }
        let down = self.record.all("state").iter().any(|event| event.text("state") == "down");
        self.assert(!down, "down for nothing");
        let bad = self.record.rows.iter().find(|row| row["overall_status"] != "OK");
        self.assert(bad.is_none(), &format!("a row that is not OK: {bad:?}"));
        self.assert(!self.record.rows.is_empty(), "no rows");
        self.assert_order();
    }

    /// Some row during the fault was OK and named this domain.
    #[track_caller]
    pub(crate) fn assert_mentions(&self, domain: &str) {
        let mentioned = self.record.rows.iter().any(|row| row["fault_domain"] == domain);
        self.assert(mentioned, &format!("no row mentions {domain}"));
    }

    /// There was a notice of this domain, and then it was over.
    #[track_caller]
    pub(crate) fn assert_notice(&self, domain: &str) {
        let notices = self.record.all("notice");
        let active: Vec<bool> = notices
            .iter()
            .filter(|event| event.text("fault_domain") == domain)
            .map(|event| event.json["active"] == true)
            .collect();
        self.assert(active == [true, false], &format!("notices of {domain}: {active:?}"));
    }
}

/// A line without any fault, watched for so many seconds.
pub(crate) fn watch_a_healthy_line(echo: Echo, for_seconds: u64) -> Option<Story> {
    let case = Case { echo, recovery: Duration::ZERO, ..Case::service(Fault::Loss(0)) };
    case.lasting(for_seconds).expect_no_outage()
}

fn status_of(domain: &str) -> &'static str {
    match domain {
        "host" | "lan" => "LAN_DOWN",
        "access" | "isp" | "upstream" => "WAN_DOWN",
        "dns" => "DNS_APP_FAIL",
        _ => "APP_LAYER_FAIL",
    }
}
