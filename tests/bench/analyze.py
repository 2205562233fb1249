#!/usr/bin/env python3
"""Times `netlog analyze` beside a plain reader of the same log with Python's csv module, and beside DuckDB if its
module is there.

    tests/bench/analyze.py NETLOG [--rows N] [--interval SECONDS] [--alone]

Prints processor and wall seconds of each (the least of several runs, taken in turn so that both have the machine's quiet
moments), their ratio, and the greatest memory of `netlog`. The log is made up: one row a minute, or as often as is
asked for, as the original writes it, with a fault now and then.
"""

import argparse
import collections
import csv
import datetime as dt
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

HEADER = (
    "local_timestamp,utc_timestamp,gateway_ms,targets_reachable,dns_ok,http_dns_ok,http_ip_ok,tcp443_ok,overall_status,"
    "trace_file,intensive_trace_bundle,wan_diag_file,root_cause_hint,isp_reachable,isp_tcp_ok,baseline_mtr_bundle,isp_detail"
)


def make_log(path, n_rows, interval=60):
    """A line of the same quality, however often it is looked at."""
    rng = random.Random(1)
    at = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
    bad = 0
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write(HEADER + "\r\n")
        for row in range(n_rows):
            now = at + dt.timedelta(seconds=row * interval, microseconds=rng.randrange(1_000_000))
            if bad == 0 and rng.random() < 0.004 * interval / 60:
                bad = rng.randrange(1, 9) * 60 // interval
            head = f"{now:%Y-%m-%d %H:%M:%S},{now.isoformat()},{max(0.01, rng.gauss(0.6, 0.2)):.2f},"
            if bad:
                bad -= 1
                stamp = f"{now:%Y%m%d_%H%M%S}"
                tail = (
                    f"0/4,0,0,0,0,WAN_DOWN,trace_1.1.1.1_{stamp}.log,mtr_1_1_1_1.log,wan_diag_{stamp}.log,"
                    "Transport,0/1,0,,88.79.29.66:down"
                )
            else:
                baseline = "mtr_88_79_29_66.log" if row * interval % 900 == 0 else ""
                tail = f"4/4,1,1,1,1,OK,,,,,1/1,1,{baseline},88.79.29.66:ok"
            file.write(head + tail + "\r\n")


def plain(path):
    """What a reader would write first for the figures of the report: the original's, all of them but what it reads from
    files of traces; the time the line worked and did not by hour, weekday and day; the gateway's RTT; rows that are
    there twice; and longest outage and means. Nothing else."""
    n = n_ok = 0
    hours, bad_hours, isp_down = (collections.Counter() for _ in range(3))
    hints, heat, impact, by_cause = (collections.Counter() for _ in range(4))
    all_hops, bad_hops, lengths = (collections.Counter() for _ in range(3))
    outages, now = [], None
    by_hour, by_weekday, by_day = (collections.Counter() for _ in range(3))
    gateway, seen, n_doubled, gaps, last = [], set(), 0, [], None

    def hold(start, end, state):
        while start < end:
            edge = min(end, start.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1))
            seconds = (edge - start).total_seconds()
            by_hour[start.hour, state] += seconds
            by_weekday[start.weekday(), state] += seconds
            by_day[start.date().isoformat(), state] += seconds
            start = edge

    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            local = dt.datetime.strptime(row["local_timestamp"], "%Y-%m-%d %H:%M:%S")
            utc = dt.datetime.fromisoformat(row["utc_timestamp"])
            if (utc, row["overall_status"]) in seen:
                n_doubled += 1
                continue
            seen.add((utc, row["overall_status"]))
            n += 1
            hours[local.hour] += 1
            if row["gateway_ms"]:
                gateway.append(float(row["gateway_ms"]))
            if last:
                if utc - last[0] > dt.timedelta(seconds=150):
                    gaps.append((last[0], utc))
                hold(last[0], utc, last[1])
            last = utc, row["overall_status"] == "OK"
            # Of all rows, in case that there is no outage.
            states = [hop.rsplit(":", 1) for hop in row["isp_detail"].split(";") if hop]
            for hop, state in states:
                all_hops[hop, state] += 1
            if row["overall_status"] == "OK":
                n_ok += 1
                if now:
                    now["end"] = utc
                    outages.append(now)
                    now = None
                continue
            hint = row["root_cause_hint"] or "Mixed"
            bad_hours[local.hour] += 1
            hints[hint] += 1
            heat[local.hour, hint] += 1
            now = now or {"start": utc, "status": row["overall_status"], "hints": [], "rtts": [], "reach": []}
            now["hints"].append(hint)
            now["reach"].append([int(part) for part in row["targets_reachable"].split("/")])
            if row["gateway_ms"]:
                now["rtts"].append(float(row["gateway_ms"]))
            up, total = (int(part) for part in row["isp_reachable"].split("/"))
            impact["partial"] += 0 < up < total
            impact["down"] += up == 0 < total
            for hop, state in states:
                bad_hops[hop, state] += 1
            isp_down[local.hour] += any(state == "down" for _, state in states)
    for outage in outages:
        cause = collections.Counter(outage["hints"]).most_common(1)[0][0]
        by_cause[cause] += 1
        lengths[cause] += (outage["end"] - outage["start"]).total_seconds()
        outage["mean_reach"] = [sum(part) / len(part) for part in zip(*outage["reach"])]
        rtts = outage["rtts"]
        outage["rtt"] = (min(rtts), sum(rtts) / len(rtts), max(rtts)) if rtts else None
    hops = bad_hops or all_hops
    seconds = [(outage["end"] - outage["start"]).total_seconds() for outage in outages]
    gateway.sort()
    return {
        "rows": n,
        "ok": n_ok,
        "outages": len(outages),
        "doubled": n_doubled,
        "gaps": len(gaps),
        "longest": round(max(seconds), 3),
        "mttr": round(sum(seconds) / len(seconds), 3),
        "hours": [(round(by_hour[hour, True], 1), round(by_hour[hour, False], 1)) for hour in range(24)],
        "weekdays": [(round(by_weekday[day, True], 1), round(by_weekday[day, False], 1)) for day in range(7)],
        "days": [
            (day, round(by_day[day, True], 1), round(by_day[day, False], 1)) for day in sorted({day for day, _ in by_day})
        ],
        "rtt": tuple(round(rtt, 1) for rtt in (gateway[0], gateway[n // 2], gateway[n * 95 // 100], gateway[n * 99 // 100], gateway[-1])),
        "by_hour": [(hours[hour], bad_hours[hour], isp_down[hour]) for hour in range(24)],
        "hints": sorted(hints.items()),
        "runs": sorted(by_cause.items()),
        "impact": (impact["partial"], impact["down"]),
        "hops": sorted((hop, hops[hop, "ok"] + hops[hop, "down"], hops[hop, "down"]) for hop in {hop for hop, _ in hops}),
    }


def said_by(netlog):
    """The same of what `netlog analyze --json` prints."""
    rows = netlog["by_rows"]
    times = lambda of: [(round(time["up_s"], 1), round(time["down_s"], 1)) for time in netlog[of]]  # pylint: disable=unnecessary-lambda-assignment
    there = lambda counts: sorted((name, n) for name, n in counts if n)  # pylint: disable=unnecessary-lambda-assignment
    return {
        "rows": netlog["rows"],
        "ok": rows["ok"],
        "outages": len(netlog["outages"]),
        "doubled": netlog["doubled_rows"],
        "gaps": len(netlog["gaps"]),
        "longest": netlog["outage_statistics"]["longest_s"],
        "mttr": netlog["outage_statistics"]["mttr_s"],
        "hours": times("by_hour"),
        "weekdays": times("by_weekday"),
        "days": [(day["day"], *held) for day, held in zip(netlog["by_day"], times("by_day"))],
        "rtt": tuple(round(netlog["hosts"][0]["rtt_ms"][name], 1) for name in ("min", "p50", "p95", "p99", "max")),
        "by_hour": [(hour["rows"], hour["not_ok"], hour["isp_down"]) for hour in rows["by_hour"]],
        "hints": there(rows["by_hint"].items()),
        "runs": there((name, run["count"]) for name, run in rows["runs_by_hint"].items()),
        "impact": (rows["isp_impact"]["partial"], rows["isp_impact"]["down"]),
        "hops": sorted((hop["host"], hop["asked"], hop["down"]) for hop in netlog["isp_hops"]),
    }


def difference(plain_figures, ours):
    """What differs. The plain reader lets nothing hold after the last row, `netlog` one interval of a minute."""
    def flat(value):
        return [part for item in value for part in flat(item)] if isinstance(value, (list, tuple)) else [value]

    def is_near(one, other, most):
        return one == other or (not isinstance(one, str) and abs(one - other) <= most)

    differ = []
    for name, figure in plain_figures.items():
        most = 61 if name in ("hours", "weekdays", "days") else 0
        pairs = list(zip(flat(figure), flat(ours[name]), strict=True))
        differ += [(name, one, other) for one, other in pairs if not is_near(one, other, most)]
    return differ


# Rows, rows that are OK, by hour and by hint, and the mean RTT: the counts, without outages and their lengths.
DUCKDB = """
import duckdb, resource, sys, time
start = time.perf_counter()
rows = duckdb.sql(f"select hour(local_timestamp), root_cause_hint, count(*), count(*) filter (overall_status = 'OK'), "
    f"avg(gateway_ms) from read_csv('{sys.argv[1]}') group by all").fetchall()
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024)
assert sum(row[2] for row in rows) == int(sys.argv[2]) and sum(row[3] for row in rows) == int(sys.argv[3])
"""


def duckdb(log, n, n_ok):
    """Processor and wall seconds of one query in a process of its own, without the start of Python; None when the
    module is not there."""
    start = [sys.executable, "-c", "import duckdb, resource; r = resource.getrusage(resource.RUSAGE_SELF); print(r.ru_utime + r.ru_stime)"]
    idle = subprocess.run(start, capture_output=True, text=True, check=False)
    if idle.returncode != 0:
        return None
    query = [sys.executable, "-c", DUCKDB, log, str(n), str(n_ok)]
    runs = [subprocess.run(query, capture_output=True, text=True, check=True).stdout.split() for _ in range(3)]
    cpu, wall, memory = min((float(cpu), float(wall), float(memory)) for cpu, wall, memory in runs)
    return cpu - float(idle.stdout), wall, memory


def costs_of(command):
    """Processor and wall seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, end - start


def own_cpu(work):
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("netlog")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--interval", type=int, default=60, help="seconds from row to row: 60, or a part of it")
    parser.add_argument("--alone", action="store_true", help="netlog alone: for more rows than Python has patience for")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "netlog.csv")
        make_log(log, args.rows, args.interval)
        print(f"{args.rows} rows, {os.path.getsize(log) / 1e6:.0f} MB")
        command = [args.netlog, "analyze", "--csv", log, "--tz", "UTC", "--json"]
        ours, wall = min(costs_of(command) for _ in range(5))
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        theirs, figures = float("inf"), None
        for _ in range(0 if args.alone else 3):
            theirs, figures = min((theirs, figures), own_cpu(lambda: plain(log)), key=lambda run: run[0])
            ours, wall = min((ours, wall), *(costs_of(command) for _ in range(5)))
        print(f"netlog analyze  {ours:7.3f} s of processor time, {wall:.3f} s in all, {memory:.1f} MiB")
        if args.alone:
            return
        said = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
        disagree = difference(figures, said_by(said))
        assert not disagree, f"they disagree: {disagree}"
        print(f"Python's csv    {theirs:7.3f} s, {theirs / ours:.0f} times as much")
        duck = duckdb(log, figures["rows"], figures["ok"])
        if duck is None:
            print("DuckDB          left out: its Python module is not there")
            return
        cpu, wall, memory = duck
        print(f"DuckDB          {cpu:7.3f} s, {cpu / ours:.1f} times as much, {wall:.3f} s in all, {memory:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
