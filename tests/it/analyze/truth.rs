//! Lines whose truth is known minute by minute, and the log that the original would write of them.
//!
//! Nothing here is shared with the program: time is an array of minutes, and figures are counted in it.

/// What the line does in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Works,
    Lan,
    Wan,
    Isp,
    Dns,
    App,
    /// Nobody looks.
    Asleep,
}

impl Line {
    fn domain(self) -> Option<&'static str> {
        Some(match self {
            Self::Works | Self::Asleep => return None,
            Self::Lan => "lan",
            Self::Wan => "access",
            Self::Isp => "isp",
            Self::Dns => "dns",
            Self::App => "app",
        })
    }
}

/// Minutes, one after the other.
pub(super) struct Truth {
    begin: i64,
    minutes: Vec<Line>,
}

/// Numbers that look random and are the same for the same seed.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        // Splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for idx in (1..items.len()).rev() {
            let other = self.below(idx + 1);
            items.swap(idx, other);
        }
    }

    /// Every item comes to stand at most `by` places away.
    pub(super) fn swap_near<T>(&mut self, items: &mut [T], by: usize) {
        for idx in (0..items.len().saturating_sub(by)).step_by(by + 1) {
            let other = idx + self.below(by + 1);
            items.swap(idx, other);
        }
    }
}

impl Truth {
    /// Faults of some minutes, an hour or two apart, and `n_sleeps` sleeps of an hour or more, some in a fault.
    pub(super) fn random(seed: u64, n_minutes: usize, n_sleeps: usize) -> Self {
        let mut rng = Rng::new(seed);
        let mut minutes = vec![Line::Works; n_minutes];
        let kinds = [Line::Lan, Line::Wan, Line::Isp, Line::Dns, Line::App];
        let mut at = 10;
        loop {
            at += 20 + rng.below(150);
            let length = 1 + rng.below(12);
            if at + length + 20 > n_minutes {
                break;
            }
            minutes[at..at + length].fill(kinds[rng.below(kinds.len())]);
            at += length;
        }
        for idx in 0..n_sleeps {
            // Far enough apart that the rhythm of rows is plain between them.
            let from = (idx + 1) * n_minutes / (n_sleeps + 1) + rng.below(20);
            let mut from = from.min(n_minutes - 200);
            if idx % 2 == 0 {
                // In the middle of the next fault.
                from = (from..n_minutes - 200).find(|at| minutes[*at].domain().is_some()).map_or(from, |at| at + 1);
            }
            let length = 60 + rng.below(60);
            minutes[from..from + length].fill(Line::Asleep);
        }
        Self { begin: 1_704_067_200, minutes }
    }

    fn at(&self, minute: usize) -> i64 {
        self.begin + 60 * i64::try_from(minute).unwrap()
    }

    /// The rows that the original would write, one a minute.
    pub(super) fn lines(&self) -> Vec<Vec<u8>> {
        let rows = self.minutes.iter().enumerate().filter(|(_, line)| **line != Line::Asleep);
        rows.map(|(minute, line)| row(self.at(minute), *line)).collect()
    }

    pub(super) fn log(&self) -> Vec<u8> {
        file(&self.lines())
    }

    /// Runs of bad minutes. A gap ends one; a change of the part at fault does not, and the part that was at fault for
    /// most minutes counts, of two the first.
    pub(super) fn outages(&self) -> Vec<(f64, Option<f64>, String)> {
        let mut found = Vec::new();
        let mut run: Option<(usize, Vec<&str>)> = None;
        for (minute, line) in self.minutes.iter().enumerate() {
            match (line.domain(), &mut run) {
                (Some(domain), Some((_, domains))) => domains.push(domain),
                (Some(domain), None) => run = Some((minute, vec![domain])),
                (None, Some(_)) => {
                    let (start, domains) = run.take().unwrap();
                    found.push((self.at(start) as f64, Some(self.at(minute) as f64), most(&domains)));
                }
                (None, None) => {}
            }
        }
        found.extend(run.map(|(start, domains)| (self.at(start) as f64, None, most(&domains))));
        found
    }

    /// Outages by cause: how many, and the seconds of all. In this world each part has one hint, and the home is a cause
    /// of its own.
    pub(super) fn by_cause(&self, cause: &str) -> (f64, f64) {
        let end = self.at(self.minutes.len()) as f64;
        let outages = self.outages();
        let of_it = outages.iter().filter(|(_, _, domain)| hint(domain) == cause);
        of_it.fold((0.0, 0.0), |(n, sum), (from, until, _)| (n + 1.0, sum + until.unwrap_or(end) - from))
    }

    /// Bad rows by cause.
    pub(super) fn rows_by_cause(&self, cause: &str) -> usize {
        self.count(|line| line.domain().is_some_and(|domain| hint(domain) == cause))
    }

    /// Bad rows that tell of the provider: all, and those in which its hop was down.
    pub(super) fn isp_impact(&self) -> (usize, usize) {
        let outside = |line: Line| line.domain().is_some() && line != Line::Lan;
        (self.count(outside), self.count(|line| line == Line::Wan))
    }

    fn count(&self, matches: impl Fn(Line) -> bool) -> usize {
        self.minutes.iter().filter(|line| matches(**line)).count()
    }

    pub(super) fn down(&self) -> f64 {
        60.0 * self.n_bad_rows() as f64
    }

    pub(super) fn not_monitored(&self) -> f64 {
        60.0 * self.count(|line| line == Line::Asleep) as f64
    }

    pub(super) fn n_gaps(&self) -> usize {
        let asleep = |line: &Line| *line == Line::Asleep;
        self.minutes.windows(2).filter(|pair| !asleep(&pair[0]) && asleep(&pair[1])).count()
    }

    pub(super) fn n_rows(&self) -> usize {
        self.count(|line| line != Line::Asleep)
    }

    pub(super) fn n_bad_rows(&self) -> usize {
        self.count(|line| line.domain().is_some())
    }

    /// Rows, and bad ones, in this hour of the day in UTC.
    pub(super) fn by_hour(&self, hour: usize) -> (usize, usize) {
        let in_hour = |minute: usize| usize::try_from(self.at(minute) / 3600 % 24).unwrap() == hour;
        let rows = self.minutes.iter().enumerate().filter(|(minute, line)| in_hour(*minute) && **line != Line::Asleep);
        let bad = rows.clone().filter(|(_, line)| line.domain().is_some());
        (rows.count(), bad.count())
    }
}

fn hint(domain: &str) -> &'static str {
    match domain {
        "lan" => "LAN",
        "dns" => "DNS",
        _ => "Transport",
    }
}

fn most(domains: &[&str]) -> String {
    let n = |domain: &str| domains.iter().filter(|other| **other == domain).count();
    let best = domains.iter().map(|domain| n(domain)).max().unwrap();
    (*domains.iter().find(|domain| n(domain) == best).unwrap()).to_owned()
}

/// A row of the original, without the end of its line.
pub(super) fn row(at: i64, line: Line) -> Vec<u8> {
    let time = chrono::DateTime::from_timestamp(at, 0).unwrap();
    let (local, utc) = (time.format("%Y-%m-%d %H:%M:%S"), time.format("%Y-%m-%dT%H:%M:%S+00:00"));
    let (gateway, targets, flags, status, hint, isp) = match line {
        Line::Works => ("0.52", "4/4", "1,1,1,1", "OK", "", "1/1,1,,192.0.2.9:ok"),
        Line::Lan => ("", "0/4", "0,0,0,0", "LAN_DOWN", "Transport", "0/1,0,,192.0.2.9:down"),
        Line::Wan => ("0.50", "0/4", "0,0,0,0", "WAN_DOWN", "Transport", "0/1,0,,192.0.2.9:down"),
        Line::Isp => ("0.55", "0/4", "0,0,0,0", "WAN_DOWN", "Transport", "1/1,1,,192.0.2.9:ok"),
        Line::Dns => ("0.61", "4/4", "0,0,1,1", "DNS_APP_FAIL", "DNS", "1/1,1,,192.0.2.9:ok"),
        Line::App => ("0.49", "4/4", "1,0,0,0", "APP_LAYER_FAIL", "Transport", "1/1,1,,192.0.2.9:ok"),
        Line::Asleep => unreachable!("nobody writes a row"),
    };
    format!("{local},{utc},{gateway},{targets},{flags},{status},,,,{hint},{isp}").into_bytes()
}

/// Lines with a header, as the original ends them.
pub(super) fn file(lines: &[Vec<u8>]) -> Vec<u8> {
    let header = "local_timestamp,utc_timestamp,gateway_ms,targets_reachable,dns_ok,http_dns_ok,http_ip_ok,tcp443_ok,\
                  overall_status,trace_file,intensive_trace_bundle,wan_diag_file,root_cause_hint,isp_reachable,\
                  isp_tcp_ok,baseline_mtr_bundle,isp_detail";
    let mut bytes = header.as_bytes().to_vec();
    for line in lines {
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(line);
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}
