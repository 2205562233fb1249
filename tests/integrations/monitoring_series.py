"""Three made-up sites: every series that Network Logging exports, and the truth about them.

Times are seconds after the start of the two hours that are looked at.

  site-a  pushes. Line down in OUTAGES_A, not measured in GAP_A.
  site-b  is scraped every 15 s, and has `job` and `instance`. Line down in OUTAGES_B, no DNS in DNS_B.
  site-c  pushes seconds alone, for half a day, and reports an outage of long ago at LATE_C.

Both site-a and site-b have loss of targets in LOSS and slow answers in SLOW.
"""

from remote_write import STALE, labels

LENGTH = 7200
# Begin, end, cause. The home router is silent in those of cause "lan".
OUTAGES_A = [(1800, 1894, "access"), (2400, 2500, "lan")]
GAP_A = (3000, 3300)
LOSS = (5000, 5900)
SLOW = (6000, 7100)
OUTAGES_B = [(1800, 1905, "access"), (2400, 3000, "lan"), *[(6000 + 60 * i, 6002 + 60 * i, "dns") for i in range(7)]]
DNS_B = (4500, 5400)
# Not measured just before the two hours, so that the seconds in a range do not hang on where exactly it begins.
START_C, GAP_C, OUTAGE_C, LATE_C = -43200, (-60, 0), (5000, 6000), 600

DOWN_A = sum(end - begin for begin, end, _ in OUTAGES_A)
MEASURED_A = LENGTH - (GAP_A[1] - GAP_A[0])
DOWN_C = OUTAGE_C[1] - OUTAGE_C[0]
MEASURED_C = LENGTH - START_C - (GAP_C[1] - GAP_C[0])

BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5]
CAUSES = ["host", "lan", "access", "isp", "upstream", "dns", "app", "captive_portal", "mtu", "filtering",
          "destination", "ipv6", "self_load"]
STATUSES = ["ok", "lan_down", "wan_down", "dns_app_fail", "app_layer_fail", "unknown"]
SCRAPED = {"job": "netlog", "instance": "192.0.2.7:8787"}


def within(second, span):
    return span[0] <= second < span[1]


class Recorder:
    """Series of one site; a gauge that is left out at one time gets a stale marker there."""

    def __init__(self, start, site, **others):
        self.start, self.fixed, self.series, self.before = start, {"site": site, **others}, {}, {}

    def put(self, second, name, value, **more):
        samples = self.series.setdefault(labels(name, **self.fixed, **more), [])
        samples.append(((self.start + second) * 1000, value))

    def stale(self, second, *names):
        for key, samples in self.series.items():
            if dict(key)["__name__"] in names:
                samples.append(((self.start + second) * 1000, STALE))


class Probes:
    """Counters and histogram of the probes of one target."""

    def __init__(self, target, kind):
        self.labels = {"target": target, "kind": kind}
        self.sent = self.failed = self.sum = 0
        self.buckets = [0] * len(BUCKETS)

    def count(self, n, n_failed, rtt):
        self.sent += n
        self.failed += n_failed
        self.sum += (n - n_failed) * rtt
        self.buckets = [old + (n - n_failed if rtt <= le else 0) for old, le in zip(self.buckets, BUCKETS)]

    def write(self, out, second):
        out.put(second, "netlog_probes_total", self.sent, **self.labels)
        out.put(second, "netlog_probe_failures_total", self.failed, **self.labels)
        for le, count in [*zip(BUCKETS, self.buckets), ("+Inf", self.sent - self.failed)]:
            out.put(second, "netlog_probe_duration_seconds_bucket", count, le=str(le), **self.labels)
        out.put(second, "netlog_probe_duration_seconds_sum", self.sum, **self.labels)
        out.put(second, "netlog_probe_duration_seconds_count", self.sent - self.failed, **self.labels)


def state(out, second, status, gateway, internet, dns, ipv6):
    out.put(second, "netlog_gateway_up", gateway)
    out.put(second, "netlog_internet_up", internet)
    out.put(second, "netlog_dns_up", dns)
    out.put(second, "netlog_ipv6_up", ipv6)
    for word in STATUSES:
        out.put(second, "netlog_status", int(word == status), status=word)
    out.put(second, "netlog_last_cycle_timestamp_seconds", out.start + second)
    out.put(second, "netlog_build_info", 1, version="0.1.0")


def outages(out, second, finished):
    """Counters of every cause, from zero on; `finished` is a list of (begin, end, cause)."""
    for cause in CAUSES:
        mine = [end - begin for begin, end, which in finished if which == cause and end <= second]
        out.put(second, "netlog_outages_total", len(mine), cause=cause)
        out.put(second, "netlog_outage_seconds_total", sum(mine), cause=cause)
    past = [(end, end - begin) for begin, end, _ in finished if end <= second]
    if past:
        end, length = max(past)
        out.put(second, "netlog_last_outage_end_timestamp_seconds", out.start + end)
        out.put(second, "netlog_last_outage_seconds", length)


def at(second, spans):
    """Cause of the outage at this second, or None."""
    return next((cause for begin, end, cause in spans if begin <= second < end), None)


def site_a(start):
    out = Recorder(start, "site-a")
    hosts = [("gateway", "192.168.1.1"), ("isp", "198.51.100.1"), ("target", "1.1.1.1")]
    for second in range(LENGTH):
        if second == GAP_A[0]:
            out.stale(second, "netlog_rtt_seconds", "netlog_probe_success", "netlog_line_up")
        if within(second, GAP_A):
            continue
        cause, slow = at(second, OUTAGES_A), within(second, SLOW)
        out.put(second, "netlog_line_up", int(cause is None))
        for role, host in hosts:
            fails = cause == "lan" or cause and role != "gateway" or role == "target" and within(second, LOSS) and second % 5 == 0
            out.put(second, "netlog_probe_success", int(not fails), role=role, host=host)
            if not fails:
                rtt = {"gateway": 0.08 if slow else 0.0012, "isp": 0.008, "target": 0.3 if slow else 0.012}[role]
                out.put(second, "netlog_rtt_seconds", rtt, role=role, host=host)
        if second % 20 == 0:
            out.put(second, "netlog_last_cycle_timestamp_seconds", start + second)
            outages(out, second, OUTAGES_A)
    return out.series


def site_b(start):
    out = Recorder(start, "site-b", **SCRAPED)
    hosts = [Probes("192.168.1.1", "gateway"), Probes("198.51.100.1", "isp"), Probes("9.9.9.9", "target")]
    for second in range(0, LENGTH, 15):
        cause, no_dns, slow = at(second, OUTAGES_B[:2]), within(second, DNS_B), within(second, SLOW)
        status = {"lan": "lan_down", "access": "wan_down"}.get(cause, "dns_app_fail" if no_dns else "ok")
        up = int(cause is None)
        state(out, second, status, int(cause != "lan"), up, int(up and not no_dns), 1)
        out.put(second, "netlog_measured", 1)
        out.put(second, "netlog_target_up", up, target="9.9.9.9")
        for probes in hosts:
            kind = probes.labels["kind"]
            n_failed = 15 if cause == "lan" or cause and kind != "gateway" else 0
            if kind == "target" and within(second, LOSS):
                n_failed = 3
            rtt = {"gateway": 0.08 if slow else 0.0012, "isp": 0.008, "target": 0.3 if slow else 0.012}[kind]
            probes.count(15, n_failed, rtt)
            probes.write(out, second)
        outages(out, second, OUTAGES_B)
        out.put(second, "netlog_availability_today_ratio", 0.95)
    return out.series


def site_c(start):
    out = Recorder(start, "site-c")
    for second in range(START_C, LENGTH):
        if not within(second, GAP_C):
            out.put(second, "netlog_line_up", int(not within(second, OUTAGE_C)))
        elif second == GAP_C[0]:
            out.stale(second, "netlog_line_up")
    for second in range(0, LENGTH, 20):
        late = second >= LATE_C
        out.put(second, "netlog_last_outage_end_timestamp_seconds", start - (7200 if late else 90000))
        out.put(second, "netlog_last_outage_seconds", 3500 if late else 40)
    return out.series


def cut(series, begin, end):
    """Samples from second `begin` of the epoch, up to and without `end`."""
    parts = {key: [one for one in samples if begin * 1000 <= one[0] < end * 1000] for key, samples in series.items()}
    return {key: samples for key, samples in parts.items() if samples}
