#!/usr/bin/env python3
"""Times `netlog analyze` beside a plain reader of the same log with Python's csv module, and beside DuckDB if its
module is there.

    tests/bench/analyze.py NETLOG [--rows N]

Prints processor seconds of each (least of three runs), their ratio, and the greatest memory of `netlog`. The log is
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
    """What a reader would write first: rows, availability, hours, outages, RTTs, hops."""
    n = n_ok = 0
    hours, hops = collections.Counter(), collections.Counter()
    outages, start, rtts = [], None, []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            local = dt.datetime.strptime(row["local_timestamp"], "%Y-%m-%d %H:%M:%S")
            utc = dt.datetime.fromisoformat(row["utc_timestamp"])
            n += 1
            if row["gateway_ms"]:
                rtts.append(float(row["gateway_ms"]))
            for hop in row["isp_detail"].split(";"):
                hops[hop] += 1
            if row["overall_status"] == "OK":
                n_ok += 1
                if start:
                    outages.append(utc - start)
                    start = None
            else:
                hours[local.hour] += 1
                start = start or utc
    rtts.sort()
    return n, n_ok, len(outages)


def cpu_of(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def own_cpu(work):
    before = time.process_time()
    result = work()
    return time.process_time() - before, result


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("netlog")
    parser.add_argument("--rows", type=int, default=1_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "netlog.csv")
        make_log(log, args.rows)
        print(f"{args.rows} rows, {os.path.getsize(log) / 1e6:.0f} MB")
        command = [args.netlog, "analyze", "--csv", log, "--tz", "UTC", "--json"]
        ours = min(cpu_of(command) for _ in range(3))
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        theirs, (n, n_ok, n_outages) = min(own_cpu(lambda: plain(log)) for _ in range(3))
        said = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
        assert (n, n_ok, n_outages) == (said["rows"], said["by_rows"]["ok"], len(said["outages"])), "they disagree"
        print(f"netlog analyze  {ours:7.3f} s of processor time, {memory:.1f} MiB")
        print(f"Python's csv    {theirs:7.3f} s, {theirs / ours:.0f} times as much")
        try:
            import duckdb  # pylint: disable=import-outside-toplevel
        except ImportError:
            print("DuckDB          left out: its Python module is not there")
            return
        query = (
            "select count(*), count(*) filter (overall_status = 'OK'), avg(gateway_ms), "
            f"count(distinct utc_timestamp) from read_csv('{log}')"
        )
        duck, _ = min((own_cpu(lambda: duckdb.sql(query).fetchall()) for _ in range(3)), key=lambda run: run[0])
        print(f"DuckDB          {duck:7.3f} s, {duck / ours:.1f} times as much")


if __name__ == "__main__":
    sys.exit(main())
