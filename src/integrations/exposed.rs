//! Figures of `/metrics`: the state document and the counters as metric families, and again under the names of
//! `smokeping_prober` where that is asked for.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::metrics::{BUCKETS, MetricsRegistry, ProbeSeries, SMOKEPING_BUCKETS};
use crate::{
    codec::{
        exposition::{Distribution, FamilyKind, MetricFamily, MetricSeries, MetricValue},
        state_json,
    },
    model::{host::Host, ledger::State, state::StateDocument, time::Timestamp},
};

/// Names and values of the labels of a series.
type Labels = Vec<(&'static str, String)>;

/// Returns all families. A figure that is not measured has no series.
pub fn families(document: &StateDocument, metrics: &MetricsRegistry, with_smokeping: bool) -> Vec<MetricFamily> {
    let site = document.site.as_str();
    let mut families = of_document(site, document);
    families.extend(of_last_outage(site, document));
    families.extend(of_probes(site, metrics));
    families.extend(of_outages(site, metrics));
    if with_smokeping {
        families.extend(of_smokeping(metrics));
    }
    families
}

fn of_document(site: &str, document: &StateDocument) -> Vec<MetricFamily> {
    let version = vec![("site", site.to_owned()), ("version", env!("CARGO_PKG_VERSION").to_owned())];
    let word = state_json::status_word(document.status);
    let statuses = state_json::STATUSES.iter().map(|status| {
        (vec![("site", site.to_owned()), ("status", (*status).to_owned())], f64::from(u8::from(*status == word)))
    });
    // A host that stands in the settings twice is one series.
    let mut seen = BTreeSet::new();
    let targets = document.targets.iter().filter_map(|target| {
        let is_up = target.is_up.filter(|_| seen.insert(target.host))?;
        Some((vec![("site", site.to_owned()), ("target", target.host.to_string())], f64::from(u8::from(is_up))))
    });
    let is_measured = !matches!(document.state, State::NotMonitored(_));
    let flag = |name, help, value: Option<bool>| lone(site, name, help, value.map(|value| f64::from(u8::from(value))));
    vec![
        gauge("netlog_build_info", "Version of the monitor.", [(version, 1.0)]),
        flag("netlog_measured", "1 while the line is watched, 0 while it is not.", Some(is_measured)),
        flag("netlog_gateway_up", "1 when the home router is proved alive.", document.gateway.is_up),
        flag("netlog_internet_up", "1 when far hosts answer by any means.", document.internet_ok),
        flag("netlog_dns_up", "1 when the resolvers give true answers.", document.dns_ok),
        flag("netlog_ipv6_up", "1 when IPv6 reaches far hosts.", document.ipv6_ok),
        gauge("netlog_status", "1 for the status of the line, 0 for all others.", statuses),
        gauge("netlog_target_up", "1 when the far host answered in the last cycle.", targets),
        lone(
            site,
            "netlog_last_cycle_timestamp_seconds",
            "Start of the last cycle that measured something.",
            document.last_check.map(unix),
        ),
        lone(
            site,
            "netlog_availability_today_ratio",
            "Available share of the monitored time of the local day.",
            document.today.availability,
        ),
    ]
}

fn of_last_outage(site: &str, document: &StateDocument) -> [MetricFamily; 2] {
    let last = document.last_outage.as_ref();
    let end = last.and_then(|outage| outage.end).map(unix);
    [
        lone(site, "netlog_last_outage_end_timestamp_seconds", "End of the last finished outage.", end),
        lone(
            site,
            "netlog_last_outage_seconds",
            "Length of the last finished outage.",
            last.map(|outage| outage.length.as_secs_f64()),
        ),
    ]
}

fn of_probes(site: &str, metrics: &MetricsRegistry) -> [MetricFamily; 3] {
    let all: Vec<(Labels, &ProbeSeries)> = metrics
        .probes()
        .map(|(kind, host, series)| {
            let labels =
                vec![("site", site.to_owned()), ("target", host.to_string()), ("kind", kind.as_str().to_owned())];
            (labels, series)
        })
        .collect();
    let count = |of: fn(&ProbeSeries) -> u64| {
        all.iter().map(move |(labels, series)| (labels.clone(), MetricValue::Count(of(series))))
    };
    let durations =
        all.iter().map(|(labels, series)| (labels.clone(), distribution(&BUCKETS, &series.counts, series.sum)));
    [
        family("netlog_probes", FamilyKind::Counter, "Probes of the pulse.", count(|series| series.sent)),
        family(
            "netlog_probe_failures",
            FamilyKind::Counter,
            "Probes of the pulse without an answer in time.",
            count(|series| series.failed),
        ),
        family("netlog_probe_duration_seconds", FamilyKind::Histogram, "Round-trip times of the pulse.", durations),
    ]
}

fn of_outages(site: &str, metrics: &MetricsRegistry) -> [MetricFamily; 2] {
    let labels = |cause: &str| vec![("site", site.to_owned()), ("cause", cause.to_owned())];
    let counts = metrics.outages().map(|(cause, series)| (labels(cause.as_str()), MetricValue::Count(series.count)));
    let times = metrics
        .outages()
        .map(|(cause, series)| (labels(cause.as_str()), MetricValue::Number(series.time.as_secs_f64())));
    [
        family("netlog_outages", FamilyKind::Counter, "Finished outages by the part at fault.", counts),
        family("netlog_outage_seconds", FamilyKind::Counter, "Time of finished outages by the part at fault.", times),
    ]
}

/// Names, labels and buckets of `smokeping_prober` 0.6. It counts duplicates too, which the pulse does not. Kinds of hosts
/// are not told apart there, so a host that is of two kinds is one series.
fn of_smokeping(metrics: &MetricsRegistry) -> [MetricFamily; 2] {
    let mut hosts: BTreeMap<Host, ProbeSeries> = BTreeMap::new();
    for (_, host, series) in metrics.probes() {
        hosts.entry(host).or_default().add(series);
    }
    let labels = |host: &Host| vec![("host", host.to_string()), ("ip", host.addr.to_string())];
    let requests = hosts.iter().map(|(host, series)| (labels(host), MetricValue::Count(series.sent)));
    let durations = hosts
        .iter()
        .map(|(host, series)| (labels(host), distribution(&SMOKEPING_BUCKETS, &series.smokeping, series.sum)));
    [
        family("smokeping_requests", FamilyKind::Counter, "Number of ping requests sent.", requests),
        family("smokeping_response_duration_seconds", FamilyKind::Histogram, "Ping response duration.", durations),
    ]
}

fn distribution(bounds: &[Duration], counts: &[u64], sum: Duration) -> MetricValue {
    let buckets = bounds.iter().zip(counts).map(|(bound, count)| (bound.as_secs_f64(), *count)).collect();
    let above = counts.get(bounds.len()).copied().unwrap_or(0);
    MetricValue::Distribution(Distribution { buckets, above, sum: sum.as_secs_f64() })
}

fn unix(at: Timestamp) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}

fn lone(site: &str, name: &'static str, help: &'static str, value: Option<f64>) -> MetricFamily {
    gauge(name, help, value.map(|value| (vec![("site", site.to_owned())], value)))
}

fn gauge(name: &'static str, help: &'static str, series: impl IntoIterator<Item = (Labels, f64)>) -> MetricFamily {
    let series = series.into_iter().map(|(labels, value)| (labels, MetricValue::Number(value)));
    family(name, FamilyKind::Gauge, help, series)
}

fn family(
    name: &'static str,
    kind: FamilyKind,
    help: &'static str,
    series: impl IntoIterator<Item = (Labels, MetricValue)>,
) -> MetricFamily {
    let series = series.into_iter().map(|(labels, value)| MetricSeries { labels, value }).collect();
    MetricFamily { name, kind, help, series }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        codec::exposition::Exposition,
        integrations::fixtures::{closed_outage, document, sample},
        model::{event::Event, probe::Subject, verdict::FaultDomain},
    };

    fn text(document: &StateDocument, metrics: &MetricsRegistry, with_smokeping: bool) -> String {
        Exposition::Text.render(&families(document, metrics, with_smokeping))
    }

    #[track_caller]
    fn has(text: &str, lines: &[&str]) {
        for line in lines {
            assert!(text.lines().any(|found| found == *line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn figures_that_are_not_measured_have_no_series() {
        let mut document = document();
        let metrics = MetricsRegistry::new();
        let full = text(&document, &metrics, false);
        has(
            &full,
            &[
                "netlog_measured{site=\"home\"} 1",
                "netlog_gateway_up{site=\"home\"} 1",
                "netlog_internet_up{site=\"home\"} 1",
                "netlog_dns_up{site=\"home\"} 0",
                "netlog_status{site=\"home\",status=\"ok\"} 1",
                "netlog_status{site=\"home\",status=\"unknown\"} 0",
                "netlog_target_up{site=\"home\",target=\"192.0.2.1\"} 1",
                "netlog_target_up{site=\"home\",target=\"2001:db8::1\"} 0",
                "netlog_outages_total{site=\"home\",cause=\"access\"} 0",
                "netlog_last_outage_end_timestamp_seconds{site=\"home\"} 1795906800",
                "netlog_last_outage_seconds{site=\"home\"} 94.25",
                "netlog_last_cycle_timestamp_seconds{site=\"home\"} 1795914000.5",
                "netlog_availability_today_ratio{site=\"home\"} 0.999",
            ],
        );
        assert!(!full.contains("netlog_ipv6_up") && !full.contains("netlog_probe") && !full.contains("smokeping"));
        document.state = State::NotMonitored(crate::model::ledger::GapReason::Paused);
        (document.gateway.is_up, document.internet_ok, document.dns_ok, document.status) = (None, None, None, None);
        (document.last_outage, document.last_check, document.today.availability) = (None, None, None);
        document.targets.clear();
        let bare = text(&document, &metrics, false);
        has(&bare, &["netlog_measured{site=\"home\"} 0", "netlog_status{site=\"home\",status=\"unknown\"} 1"]);
        for name in ["gateway_up", "internet_up", "dns_up", "target_up", "last_", "availability"] {
            assert!(!bare.contains(name), "{name} is in\n{bare}");
        }
    }

    #[test]
    fn samples_and_outages_are_counted_once() {
        let mut metrics = MetricsRegistry::new();
        let target = Subject::Target(0);
        for (subject, host, ms) in [
            (target, "192.0.2.1", Some(1.0)),
            (target, "192.0.2.1", Some(12.5)),
            (target, "192.0.2.1", Some(3000.0)),
            (target, "192.0.2.1", None),
            (Subject::IspHop(0), "192.0.2.1", Some(2.0)),
            (Subject::Resolver(0), "192.0.2.9", Some(2.0)),
        ] {
            metrics.handle(&Event::Sample(sample(subject, host, ms)));
        }
        metrics.handle(&Event::OutageClosed(closed_outage(FaultDomain::Access, 90)));
        metrics.handle(&Event::OutageClosed(closed_outage(FaultDomain::Access, 30)));
        metrics.count_samples();
        let text = text(&document(), &metrics, true);
        let labels = "site=\"home\",target=\"192.0.2.1\",kind=\"target\"";
        has(
            &text,
            &[
                &format!("netlog_probes_total{{{labels}}} 4"),
                &format!("netlog_probe_failures_total{{{labels}}} 1"),
                &format!("netlog_probe_duration_seconds_bucket{{{labels},le=\"0.001\"}} 1"),
                &format!("netlog_probe_duration_seconds_bucket{{{labels},le=\"0.01\"}} 1"),
                &format!("netlog_probe_duration_seconds_bucket{{{labels},le=\"0.02\"}} 2"),
                &format!("netlog_probe_duration_seconds_bucket{{{labels},le=\"2.5\"}} 2"),
                &format!("netlog_probe_duration_seconds_bucket{{{labels},le=\"+Inf\"}} 3"),
                &format!("netlog_probe_duration_seconds_sum{{{labels}}} 3.0135"),
                &format!("netlog_probe_duration_seconds_count{{{labels}}} 3"),
                "netlog_probes_total{site=\"home\",target=\"192.0.2.1\",kind=\"isp\"} 1",
                "netlog_outages_total{site=\"home\",cause=\"access\"} 2",
                "netlog_outage_seconds_total{site=\"home\",cause=\"access\"} 120",
                "smokeping_requests_total{host=\"192.0.2.1\",ip=\"192.0.2.1\"} 5",
                "smokeping_response_duration_seconds_bucket{host=\"192.0.2.1\",ip=\"192.0.2.1\",le=\"5e-05\"} 0",
                "smokeping_response_duration_seconds_bucket{host=\"192.0.2.1\",ip=\"192.0.2.1\",le=\"0.0016\"} 1",
                "smokeping_response_duration_seconds_bucket{host=\"192.0.2.1\",ip=\"192.0.2.1\",le=\"26.2144\"} 4",
            ],
        );
        assert!(!text.contains("192.0.2.9"), "{text}");
        // A series that stands there twice makes the whole scrape fail.
        let mut names: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.rsplit_once(' '))
            .map(|pair| pair.0)
            .collect();
        let n_names = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(n_names, names.len());
    }
}
