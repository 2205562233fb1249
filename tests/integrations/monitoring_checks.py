"""Checks of assets/monitoring; started by `monitoring`, which names the programs in the environment."""

import contextlib
import json
import math
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import monitoring_series as sites
from remote_write import labels, push

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "assets" / "monitoring"
# "Now" of every query, and the range that ends there, in seconds.
NOW, RANGE = sites.LENGTH + 5, sites.LENGTH + 10

# Alert, time at which its expression must be true, and the value for each site. None: any value.
ALERTS = {
    "NetlogOutageReported": (1960, {"site-a": 94, "site-b": 105}),
    "NetlogOutageDeliveredLate": (700, {"site-c": 3500}),
    "NetlogLineDown": (1850, {"site-a": 0, "site-b": 0}),
    "NetlogProviderDown": (1850, {"site-a": 0, "site-b": 0}),
    "NetlogGatewayDown": (2490, {"site-a": 0, "site-b": 0}),
    "NetlogProbeSilent": (NOW + 700, {"site-a": None, "site-b": None}),
    "NetlogNoProbe": (-3600, {None: 1}),
    "NetlogHighLoss": (5800, {"site-a": 0.2, "site-b": 0.2}),
    "NetlogHighLatency": (6900, {"site-a": None, "site-b": None}),
    "NetlogSlowGateway": (6900, {"site-a": None, "site-b": None}),
    "NetlogDnsDown": (5000, {"site-b": 0}),
    "NetlogManyOutages": (NOW, {"site-b": len(sites.OUTAGES_B)}),
    "NetlogLowAvailability": (NOW, {"site-c": None}),
}
QUIET = 500

# (panel, query) -> truth for each site, and the tolerance. Queries that are not named must be non-empty only.
A, B, C = "site-a", "site-b", "site-c"
UP_A, UP_C = 1 - sites.DOWN_A / sites.MEASURED_A, 1 - sites.DOWN_C / sites.LENGTH
TRUTH = {
    ("Downtime", "A"): ({A: sites.DOWN_A, C: sites.DOWN_C}, 0),
    ("Availability", "A"): ({A: UP_A, C: UP_C}, 1e-9),
    ("Outages", "A"): ({A: len(sites.OUTAGES_A), B: len(sites.OUTAGES_B)}, 0),
    ("Measured", "A"): ({A: sites.MEASURED_A / RANGE, C: sites.LENGTH / RANGE}, 2e-4),
    ("Time since the last cycle", "A"): ({A: 25, B: 20}, 0),
    ("Internet now", "A"): ({A: 1, B: 1, C: 1}, 0),
    ("Last outage", "B"): ({A: 100, B: 2, C: 3500}, 0),
    ("Today", "A"): ({B: 0.95}, 0),
    ("Today", "F"): ({A: UP_A, C: 1 - sites.DOWN_C / sites.MEASURED_C}, 1e-9),
    ("Today", "B"): ({A: len(sites.OUTAGES_A), B: len(sites.OUTAGES_B)}, 0),
    ("Today", "E"): ({A: 0.3, B: None}, 0),
    ("Today", "C"): ({A: sites.DOWN_A, C: sites.DOWN_C}, 0),
    ("Today", "D"): ({A: sites.MEASURED_A / 86400, C: sites.MEASURED_C / 86400}, 1e-9),
    ("Monitors", "A"): ({B: 1}, 0),
}

results = []


def check(name, problem):
    """Counts a check; `problem` is None or a text."""
    results.append(problem is None)
    if problem is not None:
        print(f"FAILED: {name}: {problem}")


def run(name, *command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    check(name, None if done.returncode == 0 else f"exit code {done.returncode}\n{done.stdout}{done.stderr}")


def get(url):
    """JSON of an address, or the error as {"error": text}."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return {"error": f"{error.code} {error.read().decode(errors='replace').strip()[:300]}"}


class Server:
    """A program with an HTTP port on loopback; ends with the block."""

    def __init__(self, folder, name, command, ready):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.name, self.url = name, f"http://127.0.0.1:{port}"
        self.log = open(folder / f"{name}.log", "wb")
        command = [part.replace("PORT", str(port)) for part in command]
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=subprocess.STDOUT)
        self.ready = ready

    def __enter__(self):
        for _ in range(150):
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url + self.ready, timeout=2).read()
                return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(f"{self.name} did not start:\n{Path(self.log.name).read_text(errors='replace')[-2000:]}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def ask(self, path, **query):
        return get(f"{self.url}{path}?{urllib.parse.urlencode(query, doseq=True)}")


def arguments(file, replaced):
    """Options of a file for /etc/default, without those that start with one of `replaced`."""
    text = re.search(r'^ARGS="(.*)"$', (ASSETS / file).read_text(), re.M).group(1)
    return [part for part in shlex.split(text) if not part.startswith(tuple(replaced))]


def prometheus(folder):
    for file in ("prometheus.yml", "rules.yml"):
        shutil.copy(ASSETS / file, folder)
    # The example scrapes a monitor of this computer, which must not be disturbed where the test has no namespace.
    config = (folder / "prometheus.yml").read_text().replace("127.0.0.1:8787", "127.0.0.1:1")
    (folder / "prometheus.yml").write_text(config)
    options = arguments("prometheus.default", ["--web.listen-address"])
    command = [os.environ["PROMETHEUS"], *options, "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
               "--web.listen-address=127.0.0.1:PORT"]
    server = Server(folder, "prometheus", command, "/-/ready")
    server.write = server.url + "/api/v1/write"
    return server


def victoria_metrics(folder):
    options = arguments("victoria-metrics.default", ["-httpListenAddr", "-storageDataPath"])
    command = [os.environ["VICTORIA_METRICS"], *options, "-storageDataPath=vm", "-httpListenAddr=127.0.0.1:PORT"]
    server = Server(folder, "victoria-metrics", command, "/health")
    server.write = server.url + "/api/v1/write"
    return server


def vmalert(folder, store):
    command = [os.environ["VMALERT"], f"-rule={ASSETS / 'rules.yml'}", f"-datasource.url={store.url}",
               f"-remoteWrite.url={store.url}", "-notifier.url=http://127.0.0.1:1", "-httpListenAddr=127.0.0.1:PORT"]
    return Server(folder, "vmalert", command, "/health")


def fill(server, start):
    """The outage arrives late, behind newer samples, and twice."""
    series = {**sites.site_a(start), **sites.site_b(start), **sites.site_c(start)}
    late = (start + 1800, start + 2400)
    windows = [(start + at, start + at + 600) for at in range(sites.START_C, sites.LENGTH, 600)]
    for window in [*(one for one in windows if one != late), late, late]:
        push(server.write, sites.cut(series, *window))
    if server.name == "victoria-metrics":
        urllib.request.urlopen(server.url + "/internal/force_flush", timeout=30).read()


def vector(answer):
    """[(labels, value)] of an instant query; a text if it failed."""
    if answer.get("status") != "success":
        return str(answer.get("error", answer))
    return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]


def instant(server, query, at):
    return vector(server.ask("/api/v1/query", query=query, time=at, nocache=1))


def differs(found, truth, tolerance):
    """What is wrong with an instant vector, or None."""
    if isinstance(found, str):
        return found
    values = {metric.get("site"): value for metric, value in found}
    for site, value in truth.items():
        if site not in values:
            return f"nothing for {site}: {found}"
        if value is not None and not abs(values[site] - value) <= tolerance:
            return f"{site} is {values[site]}, not {value}"
    return None


def check_dashboard_form(dashboard, known):
    """What Grafana would not say but show: overlapping panels, doubled ids, names that no monitor exports."""
    ids = [panel["id"] for panel in dashboard["panels"]]
    check("dashboard: ids are unique", None if len(ids) == len(set(ids)) else str(ids))
    cells = {}
    for panel in dashboard["panels"]:
        grid, title = panel["gridPos"], panel["title"]
        problem = None if grid["x"] + grid["w"] <= 24 else "beyond the 24th column"
        for cell in ((x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])):
            problem = f"covers {cells[cell]}" if cell in cells else problem
            cells[cell] = title
        check(f"dashboard: place of {title}", problem)
        targets = panel.get("targets", [])
        source = {"type": "prometheus", "uid": "${datasource}"}
        wrong = [one["refId"] for one in targets if one["datasource"] != source]
        check(f"dashboard: data source of {title}", None if not wrong else f"fixed in {wrong}")
        refs = [one["refId"] for one in targets]
        check(f"dashboard: queries of {title}", None if len(refs) == len(set(refs)) else str(refs))
    names = set(re.findall(r"\bnetlog_[a-z0-9_]+", json.dumps(dashboard)))
    check_names("dashboard", names, known)


def check_names(where, names, known):
    unknown = sorted(name for name in names if re.sub("_(bucket|sum|count)$", "", name) not in known)
    check(f"{where}: names of series", None if not unknown else f"docs/reference/metrics.md does not list {unknown}")


def grafana(query, panel):
    """The query as Grafana sends it, with its step in seconds."""
    minimum = panel.get("interval", "15s")
    step = int(minimum[:-1]) * {"s": 1, "m": 60, "h": 3600}[minimum[-1]]
    step = max(step, 10)
    values = {"$__range_s": str(RANGE), "$__range": f"{RANGE}s", "$__rate_interval": f"{max(step + 15, 60)}s",
              "$__interval": f"{step}s", "$site": "(site-a|site-b|site-c)"}
    for name, value in values.items():
        query = query.replace(name, value)
    return query, step


def check_panels(server, dashboard, start):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            name = f"{server.name}: panel {panel['title']}, query {target['refId']}"
            query, step = grafana(target["expr"], panel)
            # $1 is a group of label_replace, which Grafana leaves alone.
            if re.search(r"\$[A-Za-z_{]", query):
                check(name, f"an unknown variable: {query}")
            elif target["instant"]:
                found = instant(server, query, start + NOW)
                truth, tolerance = TRUTH.get((panel["title"], target["refId"]), ({}, 0))
                check(name, differs(found, truth, tolerance) or (None if found else "empty"))
            else:
                answer = server.ask("/api/v1/query_range", query=query, start=start, end=start + NOW, step=step, nocache=1)
                rows = answer.get("data", {}).get("result", [])
                numbers = [value for row in rows for _, value in row["values"] if not math.isnan(float(value))]
                problem = None if answer.get("status") == "success" else str(answer.get("error"))
                check(name, problem or (None if numbers else "empty"))


def check_timeline(server, dashboard, start):
    """The state timeline, looked at second by second: down for as long as it was, and empty where nothing was measured."""
    panel = next(one for one in dashboard["panels"] if one["title"] == "Line, each second")
    query = panel["targets"][0]["expr"].replace("$__interval", "1s").replace("$site", "site-a")
    for name, span, value, length in [("outage", (1700, 2000), "0", 94), ("gap", (2900, 3400), None, 300)]:
        # Half a second after each sample, so that a window of one second holds one sample on either side of its ends.
        begin, end = start + span[0] + 0.5, start + span[1] - 0.5
        answer = server.ask("/api/v1/query_range", query=query, start=begin, end=end, step="1s", nocache=1)
        values = [one for row in answer.get("data", {}).get("result", []) for _, one in row["values"]]
        found = values.count(value) if value else span[1] - span[0] - len(values)
        check(f"{server.name}: timeline, seconds of the {name}", None if found == length else f"{found}, not {length}: {answer.get('error')}")


def check_variable(server, start):
    answer = server.ask("/api/v1/label/site/values", **{"match[]": "netlog_last_cycle_timestamp_seconds", "start": start, "end": start + NOW})
    wanted = [A, B]
    check(f"{server.name}: values of the variable site", None if answer.get("data") == wanted else str(answer))


def check_rules(server, rules, start):
    """Every expression at a time at which it must be true; the alerts also at one at which none is."""
    recorded = [rule for rule in rules if rule["type"] == "recording"]
    for at in sorted({QUIET, *(at for at, _ in ALERTS.values())}):
        series = {}
        for rule in recorded:
            found = instant(server, rule["query"], start + at)
            if isinstance(found, str):
                check(f"{server.name}: rule {rule['name']}", found)
                continue
            for metric, value in found:
                series[labels(rule["name"], **metric)] = [((start + at) * 1000, value)]
            if at == NOW:
                check(f"{server.name}: rule {rule['name']}", None if found else "empty")
        if series:
            push(server.write, series)
    if server.name == "victoria-metrics":
        urllib.request.urlopen(server.url + "/internal/force_flush", timeout=30).read()
    for rule in (rule for rule in rules if rule["type"] == "alerting"):
        name = f"{server.name}: rule {rule['name']}"
        if rule["name"] not in ALERTS:
            check(name, "monitoring_checks.py has no expectation")
            continue
        at, truth = ALERTS[rule["name"]]
        found = instant(server, rule["query"], start + at)
        # increase() is an estimate in Prometheus, and a range holds one sample more or less.
        tolerance = {"NetlogManyOutages": 0.2, "NetlogHighLoss": 0.002}.get(rule["name"], 1e-6)
        problem = differs(found, truth, tolerance)
        if problem is None and {metric.get("site") for metric, _ in found} != set(truth):
            problem = f"for others as well: {found}"
        check(name, problem)
        found = instant(server, rule["query"], start + QUIET)
        check(f"{name} is silent at a quiet time", None if found == [] else str(found))


def known_figures(server, start):
    """Queries of the guides, of which the truth is known."""
    for name, query, truth in [
        ("downtime", f"count_over_time(netlog_line_up[{RANGE}s]) - sum_over_time(netlog_line_up[{RANGE}s])",
         {A: sites.DOWN_A, C: sites.DOWN_C}),
        ("measured seconds", f"count_over_time(netlog_line_up[{RANGE}s])", {A: sites.MEASURED_A, C: sites.LENGTH}),
        ("downtime of half a day", "count_over_time(netlog_line_up[1d]) - sum_over_time(netlog_line_up[1d])",
         {A: sites.DOWN_A, C: sites.DOWN_C}),
        ("longest RTT", f'max_over_time(netlog_rtt_seconds{{role="target"}}[{RANGE}s])', {A: 0.3}),
    ]:
        check(f"{server.name}: {name}", differs(instant(server, query, start + NOW), truth, 0))


def rules_of(server):
    return [rule for group in server.ask("/api/v1/rules")["data"]["groups"] for rule in group["rules"]]


def told(server):
    """The standard alert of a live rule engine for `site-live`, within 90 s."""
    for _ in range(90):
        alerts = server.ask("/api/v1/alerts").get("data", {}).get("alerts") or []
        mine = [one for one in alerts if one["labels"].get("site") == "site-live" and one["state"] == "firing"]
        if any((one["labels"].get("alertname") or one.get("name")) == "NetlogOutageReported" for one in mine):
            return None
        time.sleep(1)
    return f"not firing after 90 s: {alerts}"


def deliver(server):
    """The report of an outage that ended two minutes ago, stamped now."""
    now = time.time()
    series = {labels("netlog_last_outage_end_timestamp_seconds", site="site-live"): [(int(now * 1000), now - 120)],
              labels("netlog_last_outage_seconds", site="site-live"): [(int(now * 1000), 94.2)]}
    push(server.write, series)


def check_servers(dashboard):
    start = int(time.time()) - sites.LENGTH - 1200
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as programs:
        folder = Path(folder)
        prom = programs.enter_context(prometheus(folder))
        vm = programs.enter_context(victoria_metrics(folder))
        for server in (prom, vm):
            fill(server, start)
            deliver(server)
        # Not before: a selector that found nothing finds nothing for ten more seconds in VictoriaMetrics 1.79.
        engines = [prom]
        if os.environ.get("VMALERT"):
            engines.append(programs.enter_context(vmalert(folder, vm)))
        rules = rules_of(prom)
        for server in (prom, vm):
            check_variable(server, start)
            known_figures(server, start)
            check_timeline(server, dashboard, start)
            check_panels(server, dashboard, start)
            check_rules(server, rules, start)
        for engine in engines:
            check(f"{engine.name}: a past outage is told on delivery", told(engine))
        wrong = [(one["name"], one.get("lastError")) for one in rules_of(prom) if one["health"] == "err"]
        check("prometheus: health of the rules", None if not wrong else str(wrong))


def main():
    promtool = os.environ["PROMTOOL"]
    run("promtool check config", promtool, "check", "config", str(ASSETS / "prometheus.yml"))
    run("promtool check rules", promtool, "check", "rules", str(ASSETS / "rules.yml"))
    run("promtool test rules", promtool, "test", "rules", str(ASSETS / "rules_test.yml"))
    if os.environ.get("VMALERT"):
        run("vmalert -dryRun", os.environ["VMALERT"], "-dryRun", f"-rule={ASSETS / 'rules.yml'}")
    dashboard = json.loads((ASSETS / "grafana-dashboard.json").read_text())
    known = set(re.findall(r"^\| `(netlog_[a-z0-9_]+)`", (ROOT / "docs/reference/metrics.md").read_text(), re.M))
    check_dashboard_form(dashboard, known)
    check_names("rules", set(re.findall(r"(?<![:a-z])netlog_[a-z0-9_]+\b(?!:)", (ASSETS / "rules.yml").read_text())) - {
        "netlog_recording", "netlog_past_outages", "netlog_live", "netlog_quality"}, known)
    try:
        check_servers(dashboard)
    except RuntimeError as error:
        check("servers", str(error))
    failed = results.count(False)
    print(f"test result: {'FAILED' if failed else 'ok'}. {len(results) - failed} passed; {failed} failed; 0 ignored")
    return 1 if failed else 0


sys.exit(main())
