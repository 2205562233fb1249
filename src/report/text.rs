//! The analysis as plain text: the original's sections under their own headings, with right figures, and ours.

use std::{
    fmt::{Arguments, Write as _},
    net::IpAddr,
    time::Duration,
};

use chrono::NaiveDateTime;

use super::{ahead, is_twice, offset};
use crate::model::{
    charge::Charged,
    ledger::State,
    summary::{Bucket, MicroRecord, OutagePart, OutageRecord, Quantiles, RowFigures, Segment, Summary},
    time::Timestamp,
    verdict::{Evidence, RootCause},
};

/// Parts of the text besides the figures.
pub struct Setting<'a> {
    /// Lines that were left out.
    pub n_skipped: u64,
    /// The clock on the wall.
    pub local: &'a dyn Fn(Timestamp) -> NaiveDateTime,
    /// The name of that clock's time zone.
    pub zone: &'a str,
    /// Limits of what is counted: names and values. Empty where everything is counted.
    pub limits: &'a [(String, String)],
}

/// The whole text.
pub fn render(summary: &Summary, setting: &Setting<'_>) -> String {
    let mut page = Page { text: String::new(), setting };
    page.head(summary);
    page.coverage(summary);
    page.outages(summary);
    page.short(summary);
    page.others(summary);
    page.calendar(summary);
    page.hosts(summary);
    page.paths(summary);
    page.by_rows(summary);
    page.text
}

/// A length of time as people say it: `9.5 s`, `3 min 20 s`, `2 h 05 min`, `12 d 3 h`.
pub fn length(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length, rounded")]
    let whole = seconds.round() as u64;
    // Rounded to the last unit that is shown.
    let (minutes, full_hours) = ((whole + 30) / 60, (whole + 1800) / 3600);
    let (hours, days) = (whole / 3600, minutes / 1440);
    match (days, hours) {
        (0, 0) => format!("{} min {:02} s", whole / 60, whole % 60),
        (0, _) => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ => format!("{} d {} h", full_hours / 24, full_hours % 24),
    }
}

/// As the original prints a duration: `0:10:00`, `1 day, 2:03:04`.
fn python(length: Duration) -> String {
    let whole = (length + Duration::from_millis(500)).as_secs();
    let (days, rest) = (whole / 86_400, whole % 86_400);
    let clock = format!("{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    match days {
        0 => clock,
        1 => format!("1 day, {clock}"),
        days => format!("{days} days, {clock}"),
    }
}

/// Percent that never rounds a flaw away: 100 only if nothing failed, 0 only if all did.
pub fn percent(part: f64) -> String {
    let percent = part * 100.0;
    let is_exact = part <= 0.0 || part >= 1.0;
    let hides =
        |digits: &usize| [0.0, 100.0].iter().any(|edge| format!("{percent:.digits$}") == format!("{edge:.digits$}"));
    let digits = [2, 3, 4, 6].into_iter().find(|digits| is_exact || !hides(digits)).unwrap_or(8);
    format!("{percent:.digits$} %")
}

/// The party charged, as a word.
fn charged(party: Option<Charged>) -> &'static str {
    party.map_or("owner unknown", Charged::as_str)
}

struct Page<'a> {
    text: String,
    setting: &'a Setting<'a>,
}

const BAD_HOURS: usize = 3;

impl Page<'_> {
    fn line(&mut self, what: Arguments<'_>) {
        // A text takes whatever comes.
        self.text.write_fmt(what).ok();
        self.text.push('\n');
    }

    fn local(&self, at: Timestamp) -> String {
        let time = self.plain(at);
        if is_twice(self.setting.local, at) { format!("{time} {}", self.offset(at)) } else { time }
    }

    fn plain(&self, at: Timestamp) -> String {
        (self.setting.local)(at).format("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn offset(&self, at: Timestamp) -> String {
        offset(ahead(self.setting.local, at)).replace('−', "-")
    }

    /// A beginning and an end, which tell their offsets from UTC where these differ.
    fn span(&self, start: Timestamp, end: Timestamp) -> (String, String) {
        if ahead(self.setting.local, start) == ahead(self.setting.local, end) {
            return (self.local(start), self.local(end));
        }
        let with_offset = |at| format!("{} {}", self.plain(at), self.offset(at));
        (with_offset(start), with_offset(end))
    }

    fn head(&mut self, summary: &Summary) {
        self.line(format_args!("=== Netlog Summary ==="));
        let by_rows = summary.availability_by_rows().filter(|_| summary.n_rows > 0);
        let by_rows = by_rows.map_or_else(|| "–".to_owned(), |part| format!("{:.2}%", part * 100.0));
        self.line(format_args!("Rows: {}  Availability (by row count): {by_rows}", summary.n_rows));
        if let Some(demo) = summary.demo {
            self.line(format_args!("Made-up data: {} rows were made up by \"netlog demo\" and not measured", demo.n));
        }
        if self.setting.n_skipped > 0 {
            let n = self.setting.n_skipped;
            self.line(format_args!("Lines that could not be read and were left out: {n}"));
        }
        if let Some((from, to)) = summary.period {
            let length = length((to - from).to_std().unwrap_or_default());
            let ((from, to), zone) = (self.span(from, to), self.setting.zone);
            self.line(format_args!("Period: {from} -> {to} ({zone}), {length}"));
        }
        if !self.setting.limits.is_empty() {
            let limits: Vec<String> =
                self.setting.limits.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            self.line(format_args!("Not everything is counted: {}", limits.join("; ")));
        }
        let hours = &summary.by_rows.by_hour;
        let mut worst: Vec<(usize, (u64, u64))> = hours.iter().copied().enumerate().collect();
        worst.sort_by_key(|(_, (n, bad))| std::cmp::Reverse((*bad, *n)));
        self.line(format_args!("\nTop hours by non-OK counts:"));
        for (hour, (n, bad)) in worst.into_iter().take(BAD_HOURS) {
            let rate = if n > 0 { bad as f64 / n as f64 * 100.0 } else { 0.0 };
            self.line(format_args!("  {hour:02}:00 - {hour:02}:59  non-OK {bad}/{n} ({rate:.1}%)"));
        }
    }

    fn coverage(&mut self, summary: &Summary) {
        self.line(format_args!("\n=== Time ==="));
        let all: Duration = summary.totals.values().sum();
        for (state, time) in &summary.totals {
            let name = match state {
                State::Up => "up".to_owned(),
                State::Degraded => "up, degraded".to_owned(),
                State::Down(domain) => format!("down: {domain}"),
                State::NotMonitored(reason) => format!("not monitored: {}", reason.as_str().replace('_', " ")),
            };
            let part = time.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
            self.line(format_args!("  {name:<28} {:>14}  {:>11}", length(*time), percent(part)));
        }
        if let (Some(part), Some((lower, upper))) = (summary.availability(), summary.availability_bounds()) {
            let (part, lower, upper) = (percent(part), percent(lower), percent(upper));
            self.line(format_args!("Availability of monitored time: {part}"));
            self.line(format_args!(
                "  of the whole period, if it was down while nobody looked: {lower}, if it was up: {upper}"
            ));
        }
    }

    fn outages(&mut self, summary: &Summary) {
        if summary.outages.is_empty() {
            let nothing = if summary.monitored().is_zero() { "Nothing was measured." } else { "No outages detected." };
            return self.line(format_args!("\n{nothing}"));
        }
        self.line(format_args!("\n=== Outages ==="));
        for (idx, record) in summary.outages.iter().enumerate() {
            self.outage(idx + 1, record);
        }
        let n = |least: u64| summary.n_at_least(Duration::from_secs(least));
        self.line(format_args!(
            "\nOutages: {}, {} in all; of 10 s or more: {}, of 1 min: {}, of 10 min: {}",
            summary.outages.len(),
            length(summary.outage_time()),
            n(10),
            n(60),
            n(600)
        ));
        if let Some(longest) = summary.longest() {
            let optional = |time: Option<Duration>| time.map_or_else(|| "–".to_owned(), length);
            let (longest, mtbf, mttr) = (length(longest), optional(summary.mtbf()), optional(summary.mttr()));
            self.line(format_args!(
                "Longest: {longest}; mean time between outages: {mtbf}; mean time to repair: {mttr}"
            ));
        }
        self.charges(summary);
        for (hop, n) in &summary.last_hops {
            self.line(format_args!("Last hop that answered: {}, {} in {n} outages", hop.ttl, hop.addr));
        }
    }

    /// Outages by the party charged, those of low confidence apart.
    fn charges(&mut self, summary: &Summary) {
        for (is_wanted, of) in [(true, "medium or high confidence"), (false, "low confidence, which is no evidence")] {
            let mut sums = Vec::new();
            for party in Charged::ALL.iter().map(|party| Some(*party)).chain([None]) {
                let sum = summary.charge(|_, charged, is_sure| charged == party && is_sure == is_wanted);
                if sum.n_outages > 0 {
                    sums.push(format!("{} {} in {}", charged(party), length(sum.outages), sum.n_outages));
                }
            }
            if !sums.is_empty() {
                self.line(format_args!("Charged with {of}: {}", sums.join("; ")));
            }
        }
    }

    fn outage(&mut self, id: usize, record: &OutageRecord) {
        let outage = &record.outage;
        let (start, end) = match outage.end {
            Some(end) => self.span(outage.start.wall, end.wall),
            None => (self.local(outage.start.wall), "(lasts)".to_owned()),
        };
        let status = record.status.map_or("-", |status| status.as_str());
        self.line(format_args!("#{id} {start} -> {end}  dur={}  status={status}", python(record.length())));
        let domain = record.domain().map_or("-", |domain| domain.as_str());
        let confidence = record.confidence.map_or("-", |confidence| confidence.as_str());
        let within = if outage.uncertainty.is_zero() {
            String::new()
        } else {
            format!(", within {:.1} s", outage.uncertainty.as_secs_f64())
        };
        let cut = if outage.cut_by_gap { "; ends where nobody looked any more" } else { "" };
        self.line(format_args!("   fault: {domain} ({confidence} confidence){within}{cut}"));
        if record.parts.len() > 1 {
            let part = |part: &OutagePart| {
                let from = (self.setting.local)(part.start.wall).format("%H:%M:%S");
                let length = length(part.end.since(part.start));
                let confidence = part.confidence.map_or("-", |confidence| confidence.as_str());
                let charged = charged(part.charged);
                format!("{} from {from} for {length} ({charged}, {confidence} confidence)", part.domain)
            };
            let parts: Vec<String> = record.parts.iter().map(part).collect();
            self.line(format_args!("   parts: {}", parts.join(", ")));
        }
        if !record.evidence.is_empty() {
            let why: Vec<&str> = record.evidence.iter().map(|code| Evidence::explain(*code)).collect();
            self.line(format_args!("   because: {}", why.join("; ")));
        }
        if let Some(hop) = record.last_hop {
            self.line(format_args!("   last hop that answered: {}, {}", hop.ttl, hop.addr));
        }
        let (good, total) = record.seen.reach().unwrap_or((0.0, 0.0));
        let gateway = record.seen.gateway_rtt().map_or_else(
            || "None / None / None".to_owned(),
            |(least, mean, most)| {
                let ms = |time: Duration| time.as_secs_f64() * 1e3;
                format!("{:.2} / {:.2} / {:.2}", ms(least), ms(mean), ms(most))
            },
        );
        self.line(format_args!("   reach: ~{good}/{total} targets; gateway_ms min/avg/max: {gateway}"));
        for file in &record.files {
            self.line(format_args!("   trace: {file}"));
        }
    }

    fn short(&mut self, summary: &Summary) {
        if summary.micros.is_empty() {
            return;
        }
        self.line(format_args!("\n=== Short interruptions (too short for an outage): {} ===", summary.micros.len()));
        for record in &summary.micros {
            let (start, seconds) = (self.local(record.micro.start.wall), record.length().as_secs_f64());
            self.line(format_args!("  {start}  {seconds:.1} s  {}", record.micro.domain));
        }
        for since in &summary.intermittent {
            let since = self.local(since.wall);
            self.line(format_args!("  The line flapped from {since} on."));
        }
    }

    fn others(&mut self, summary: &Summary) {
        if !summary.degradations.is_empty() {
            self.line(format_args!("\n=== Degraded ==="));
        }
        for degraded in &summary.degradations {
            let why: Vec<&str> = degraded.evidence.iter().map(|code| Evidence::explain(*code)).collect();
            let domain = degraded.domain.map_or("-", |domain| domain.as_str());
            let doubt = if degraded.is_sure() { "" } else { ", low confidence" };
            let (start, time) = (self.local(degraded.start.wall), length(degraded.end.since(degraded.start)));
            let within = degraded.uncertainty.map(|within| format!(", within {:.1} s", within.as_secs_f64()));
            let within = within.unwrap_or_default();
            self.line(format_args!("  {start}  {time}{within}  {domain}{doubt}: {}", why.join("; ")));
        }
        if !summary.notices.is_empty() {
            self.line(format_args!("\n=== Noticed while the line worked ==="));
        }
        for notice in &summary.notices {
            let time = length((notice.end - notice.start).to_std().unwrap_or_default());
            let start = self.local(notice.start);
            self.line(format_args!("  {start}  {time}  {}", notice.domain));
        }
        if !summary.gaps.is_empty() {
            self.line(format_args!("\n=== Not monitored ==="));
        }
        for gap in &summary.gaps {
            let (start, end) = self.span(gap.start.wall, gap.end.wall);
            let reason = gap.reason.as_str().replace('_', " ");
            self.line(format_args!("  {start} -> {end}  {}  {reason}", length(gap.end.since(gap.start))));
        }
        for step in &summary.clock_steps {
            let at = self.local(step.at);
            self.line(format_args!("  {at}  the clock was set by {:+.1} s", step.seconds));
        }
    }

    fn calendar(&mut self, summary: &Summary) {
        let down = |bucket: &&Bucket| !bucket.down.is_zero() || bucket.n_outages > 0;
        if !summary.by_hour.iter().any(|bucket| down(&bucket)) {
            return;
        }
        self.line(format_args!("\n=== Down time by hour, weekday and day ==="));
        let hours = summary.by_hour.iter().enumerate().map(|(hour, bucket)| (format!("{hour:02}:00"), bucket));
        let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(str::to_owned);
        let weekdays = weekdays.into_iter().zip(&summary.by_weekday);
        let days = summary.by_day.iter().map(|(day, bucket)| (day.to_string(), bucket));
        for (name, bucket) in hours.chain(weekdays).chain(days).filter(|(_, bucket)| down(bucket)) {
            let monitored = bucket.monitored().as_secs_f64().max(f64::MIN_POSITIVE);
            let part = percent(bucket.down.as_secs_f64() / monitored);
            self.line(format_args!(
                "  {name:<10} {:>14} of {:<14} {part:>11}  outages: {}",
                length(bucket.down),
                length(bucket.monitored()),
                bucket.n_outages
            ));
        }
    }

    fn hosts(&mut self, summary: &Summary) {
        if !summary.segments.is_empty() {
            self.line(format_args!("\n=== Parts of the path (all their hosts together) ==="));
            self.figures_head("part");
        }
        for figures in &summary.segments {
            let name = match figures.segment {
                Segment::Home => "to the home router",
                Segment::Provider if figures.is_rtt_of_history => "to the provider *",
                Segment::Provider => "to the provider",
                Segment::Internet => "to the far hosts",
            };
            self.figures(name, (figures.lost, figures.n), figures.loss_bounds, (figures.rtt, figures.jitter));
        }
        if summary.segments.iter().any(|figures| figures.is_rtt_of_history) {
            self.line(format_args!("  * times of the single samples in the history"));
        }
        if let Some(loss) = summary.pulse_loss {
            let loss = loss * 100.0;
            self.line(format_args!(
                "  loss over time: {loss:.2} % of the pulse to the far hosts, which is sent at one rhythm"
            ));
            self.line(format_args!(
                "  the table counts one sample a row, and rows follow each other sooner in an outage"
            ));
        }
        if summary.hosts.is_empty() {
            return;
        }
        self.line(format_args!("\n=== Hosts (one sample a row) ==="));
        self.figures_head("host");
        for host in &summary.hosts {
            self.figures(&host.name, (host.lost, host.n), host.loss_bounds, (host.rtt, host.jitter));
        }
        self.line(format_args!("  jitter: mean of |difference of consecutive RTTs| of a host"));
    }

    fn figures_head(&mut self, what: &str) {
        self.line(format_args!(
            "  {what:<24} {:>8} {:>18} {:>9} {:>9} {:>9} {:>9} {:>9}",
            "asked", "loss % (95 %)", "min ms", "median", "95 %", "max", "jitter"
        ));
    }

    fn figures(
        &mut self,
        name: &str,
        (lost, n): (u64, u64),
        (low, high): (f64, f64),
        (rtt, jitter): (Option<Quantiles>, Option<Duration>),
    ) {
        let part = lost as f64 / n.max(1) as f64 * 100.0;
        let loss = format!("{part:.2} ({:.2}-{:.2})", low * 100.0, high * 100.0);
        let ms = |time: Option<Duration>| {
            time.map_or_else(|| "-".to_owned(), |time| format!("{:.2}", time.as_secs_f64() * 1e3))
        };
        self.line(format_args!(
            "  {name:<24} {n:>8} {loss:>18} {:>9} {:>9} {:>9} {:>9} {:>9}",
            ms(rtt.map(|rtt| rtt.min)),
            ms(rtt.map(|rtt| rtt.p50)),
            ms(rtt.map(|rtt| rtt.p95)),
            ms(rtt.map(|rtt| rtt.max)),
            ms(jitter)
        ));
    }

    fn paths(&mut self, summary: &Summary) {
        let Some(paths) = &summary.path_changes else { return };
        self.line(format_args!("\n=== Paths that became others: {} ===", paths.all.len()));
        if !paths.all.is_empty() {
            self.line(format_args!("  ({})", paths.source.explain()));
        }
        let host = |addr: Option<IpAddr>| addr.map_or_else(|| "nobody".to_owned(), |addr| addr.to_string());
        for change in &paths.all {
            let hops = change.hops.iter();
            let hops: Vec<String> =
                hops.map(|hop| format!("hop {} {} -> {}", hop.ttl, host(hop.before), host(hop.after))).collect();
            self.line(format_args!("  {}  to {}: {}", self.local(change.at), change.host, hops.join(", ")));
        }
    }

    fn by_rows(&mut self, summary: &Summary) {
        let figures = &summary.by_rows;
        let causes = RowFigures::CAUSES.map(RootCause::as_str);
        if figures.n_ok < summary.n_rows {
            self.line(format_args!("\nRoot-cause counts (non-OK rows):"));
            for (cause, n) in causes.iter().zip(figures.causes()) {
                self.line(format_args!("  {cause:11}: {n}"));
            }
            self.line(format_args!("\nNon-OK heatmap by hour and root cause:"));
            self.line(format_args!("  Hour  DNS  ICMP  Trans  Mixed  LAN  Total"));
            for (hour, [dns, icmp, transport, mixed, lan]) in figures.heat.into_iter().enumerate() {
                let total = dns + icmp + transport + mixed + lan;
                if total > 0 {
                    self.line(format_args!(
                        "  {hour:02}    {dns:3}   {icmp:4}   {transport:5}   {mixed:5}   {lan:3}   {total:5}"
                    ));
                }
            }
            self.line(format_args!("\nOutage summary by root cause:"));
            for (cause, (n, total)) in causes.iter().zip(summary.outages_by_cause()).filter(|(_, (n, _))| *n > 0) {
                let mean = total / u32::try_from(n).unwrap_or(u32::MAX);
                self.line(format_args!("  {cause:11}: {n} outages, total {}, avg {}", python(total), python(mean)));
            }
            let micros = &summary.micros;
            if !micros.is_empty() {
                let total = micros.iter().map(MicroRecord::length).sum();
                let (n, total) = (micros.len(), python(total));
                self.line(format_args!("  short interruptions, too short for an outage: {n}, total {total}"));
            }
        }
        let (all, partial, down) = figures.isp_impact;
        if all > 0 {
            let part = |n: u64| n as f64 / all as f64 * 100.0;
            let (partly, wholly) = (part(partial), part(down));
            self.line(format_args!(
                "\nISP impact summary (non-OK rows with isp_targets): partial {partial} ({partly:.1}%), down {down} ({wholly:.1}%), total {all}"
            ));
        }
        let scope = if figures.has_faults_outside() { "outage rows" } else { "all rows" };
        if !summary.isp_hops.is_empty() {
            self.line(format_args!("\nISP target down ranking ({scope}):"));
        }
        for hop in &summary.isp_hops {
            let rate = hop.lost as f64 / hop.n.max(1) as f64 * 100.0;
            self.line(format_args!("  {}: down {}/{} ({rate:.1}%)", hop.name, hop.lost, hop.n));
        }
        if figures.isp_down_by_hour.iter().any(|n| *n > 0) {
            self.line(format_args!("\nHours with ISP target down events:"));
        }
        for (hour, n) in figures.isp_down_by_hour.into_iter().enumerate().filter(|(_, n)| *n > 0) {
            self.line(format_args!("  {hour:02}:00 - {hour:02}:59  {n} events"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_well_and_hide_nothing() {
        let of = |seconds: f64| length(Duration::from_secs_f64(seconds));
        assert_eq!(
            [
                "0.0 s",
                "9.5 s",
                "1 min 00 s",
                "3 min 20 s",
                "2 h 05 min",
                "12 d 3 h",
                "30 d 0 h",
                "1 d 0 h",
                "2 h 00 min"
            ]
            .map(str::to_owned),
            [0.0, 9.49, 59.96, 200.4, 7500.0, 1_047_600.0, 2_591_940.0, 86_399.0, 7199.0].map(of)
        );
        assert_eq!("0:10:00", python(Duration::from_mins(10)));
        assert_eq!("1 day, 2:03:04", python(Duration::from_secs(93_784)));
        assert_eq!("2 days, 0:00:00", python(Duration::from_hours(48)));
    }

    #[test]
    fn nothing_measured_is_no_good_line_and_limits_are_told() {
        let local = |at: Timestamp| at.naive_utc();
        let limits = [("of this part alone".into(), "isp".into())];
        let setting = Setting { n_skipped: 0, local: &local, zone: "UTC", limits: &limits };
        let text = render(&Summary::default(), &setting);
        assert!(text.contains("Nothing was measured.") && !text.contains("100.00"), "{text}");
        assert!(text.contains("Not everything is counted: of this part alone: isp"), "{text}");
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_by_its_offset() {
        // Berlin in 2026.
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let summer = at("2026-03-29T01:00:00Z")..at("2026-10-25T01:00:00Z");
        let local = |at: Timestamp| at.naive_utc() + chrono::TimeDelta::hours(if summer.contains(&at) { 2 } else { 1 });
        let setting = Setting { n_skipped: 0, local: &local, zone: "Europe/Berlin", limits: &[] };
        let page = Page { text: String::new(), setting: &setting };
        let span = page.span(at("2026-10-25T00:55:00Z"), at("2026-10-25T01:06:00Z"));
        assert_eq!(("2026-10-25 02:55:00 +02:00".to_owned(), "2026-10-25 02:06:00 +01:00".to_owned()), span);
        assert_eq!("2026-10-25 02:06:00 +01:00", page.local(at("2026-10-25T01:06:00Z")));
        assert_eq!("2026-10-25 03:06:00", page.local(at("2026-10-25T02:06:00Z")));
        assert_eq!("2026-03-29 03:06:00", page.local(at("2026-03-29T01:06:00Z")));
    }

    #[test]
    fn only_all_is_a_hundred_percent() {
        assert_eq!("100.00 %", percent(1.0));
        assert_eq!("99.50 %", percent(0.995));
        assert_eq!("99.999 %", percent(0.999_987));
        assert_eq!("99.999990 %", percent(0.999_999_9));
        assert_eq!("0.0001 %", percent(0.000_001));
        assert_eq!("0.00 %", percent(0.0));
    }
}
