#!/usr/bin/env python3
"""Times `netlog analyze` beside a plain reader of the same log with Python's csv module, and beside DuckDB if its
module is there.

    tests/bench/analyze.py NETLOG [--rows N] [--alone]

Prints processor and wall seconds of each (least of three runs), their ratio, and the greatest memory of `netlog`. The log is
made up: one row a minute as the original writes it, with a fault now and then.
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


def make_log(path, n_rows):
    rng = random.Random(1)
    at = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
    bad = 0
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write(HEADER + "\r\n")
        for row in range(n_rows):
            now = at + dt.timedelta(minutes=row, microseconds=rng.randrange(1_000_000))
            if bad == 0 and rng.random() < 0.004:
                bad = rng.randrange(1, 9)
            head = f"{now:%Y-%m-%d %H:%M:%S},{now.isoformat()},{max(0.01, rng.gauss(0.6, 0.2)):.2f},"
            if bad:
                bad -= 1
                stamp = f"{now:%Y%m%d_%H%M%S}"
                tail = (
                    f"0/4,0,0,0,0,WAN_DOWN,trace_1.1.1.1_{stamp}.log,mtr_1_1_1_1.log,wan_diag_{stamp}.log,"
                    "Transport,0/1,0,,88.79.29.66:down"
                )
            else:
                baseline = "mtr_88_79_29_66.log" if row % 15 == 0 else ""
                tail = f"4/4,1,1,1,1,OK,,,,,1/1,1,{baseline},88.79.29.66:ok"
            file.write(head + tail + "\r\n")


def plain(path):
    """What a reader would write first: the figures of the original's report, all of them but what it reads from files
    of traces, and nothing else."""
    n = n_ok = 0
    hours, bad_hours, isp_down = (collections.Counter() for _ in range(3))
    hints, heat, impact, by_cause = (collections.Counter() for _ in range(4))
    all_hops, bad_hops, lengths = (collections.Counter() for _ in range(3))
    outages, now = [], None
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            local = dt.datetime.strptime(row["local_timestamp"], "%Y-%m-%d %H:%M:%S")
            utc = dt.datetime.fromisoformat(row["utc_timestamp"])
            n += 1
            hours[local.hour] += 1
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
    return {
        "rows": n,
        "ok": n_ok,
        "outages": len(outages),
        "by_hour": [(hours[hour], bad_hours[hour], isp_down[hour]) for hour in range(24)],
        "hints": sorted(hints.items()),
        "runs": sorted(by_cause.items()),
        "impact": (impact["partial"], impact["down"]),
        "hops": sorted((hop, hops[hop, "ok"] + hops[hop, "down"], hops[hop, "down"]) for hop in {hop for hop, _ in hops}),
    }


def said_by(netlog):
    """The same of what `netlog analyze --json` prints."""
    rows = netlog["by_rows"]
    there = lambda counts: sorted((name, n) for name, n in counts if n)  # pylint: disable=unnecessary-lambda-assignment
    return {
        "rows": netlog["rows"],
        "ok": rows["ok"],
        "outages": len(netlog["outages"]),
        "by_hour": [(hour["rows"], hour["not_ok"], hour["isp_down"]) for hour in rows["by_hour"]],
        "hints": there(rows["by_hint"].items()),
        "runs": there((name, run["count"]) for name, run in rows["runs_by_hint"].items()),
        "impact": (rows["isp_impact"]["partial"], rows["isp_impact"]["down"]),
        "hops": sorted((hop["host"], hop["asked"], hop["down"]) for hop in netlog["isp_hops"]),
    }


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
    parser.add_argument("--alone", action="store_true", help="netlog alone: for more rows than Python has patience for")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "netlog.csv")
        make_log(log, args.rows)
        print(f"{args.rows} rows, {os.path.getsize(log) / 1e6:.0f} MB")
        command = [args.netlog, "analyze", "--csv", log, "--tz", "UTC", "--json"]
        ours, wall = min(costs_of(command) for _ in range(3))
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"netlog analyze  {ours:7.3f} s of processor time, {wall:.3f} s in all, {memory:.1f} MiB")
        if args.alone:
            return
        theirs, figures = min((own_cpu(lambda: plain(log)) for _ in range(3)), key=lambda run: run[0])
        said = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
        assert figures == said_by(said), f"they disagree:\n{figures}\n{said_by(said)}"
        print(f"Python's csv    {theirs:7.3f} s, {theirs / ours:.0f} times as much")
        duck = duckdb(log, figures["rows"], figures["ok"])
        if duck is None:
            print("DuckDB          left out: its Python module is not there")
            return
        cpu, wall, memory = duck
        print(f"DuckDB          {cpu:7.3f} s, {cpu / ours:.1f} times as much, {wall:.3f} s in all, {memory:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
