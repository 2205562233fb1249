"""The benchmarks of the monitor. Each prints one JSON line, and at the end a table. README.md says what is measured."""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time

from pcap import wire_rtts
from topology import HOSTS, Scratch, Topology, run, stop

RESULTS = []


def say(text: str):
    print(text, file=sys.stderr, flush=True)


def result(name: str, value: float, unit: str, budget=None, **more):
    line = {"bench": name, "value": round(value, 4), "unit": unit, "budget": budget}
    if budget is not None:
        line["within"] = value <= budget
    line.update(more)
    RESULTS.append(line)
    print(json.dumps(line), flush=True)


def left_out(name: str, tools) -> bool:
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        say(f"LEFT OUT: {name}, for want of {', '.join(missing)}")
    return bool(missing)


def config(folder: pathlib.Path, **settings) -> list:
    """Options that make the program use these settings and this folder."""
    (folder / "config.json").write_text(json.dumps({"targets": HOSTS, "ipv6_targets": [], **settings}))
    return ["--config", str(folder / "config.json"), "--log-dir", str(folder)]


# --- 1. processor and memory -----------------------------------------------------------------------------------------


class Watched:
    """A process from the moment it has become the program it is to run: others start it, at their own expense."""

    def __init__(self, command, out):
        self.name = pathlib.Path(self._program(command)).name
        self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        self.proc = pathlib.Path("/proc") / str(self.process.pid)
        until = time.monotonic() + 5
        while (self.proc / "comm").read_text().strip() != self.name:
            if time.monotonic() > until:
                raise RuntimeError(f"{self.name} does not start")
        self.before = self._main_thread()

    @staticmethod
    def _program(command):
        return next(word for word in command if pathlib.Path(word).name in ("netlog", "fping", "rtt"))

    def _main_thread(self):
        return int((self.proc / "schedstat").read_text().split()[0]) / 1e9

    def cpu(self) -> float:
        """Seconds so far, children included; in ticks of the kernel."""
        fields = (self.proc / "stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK") - self.before

    def memory(self) -> dict:
        status = dict(re.findall(r"^(\w+):\s+(\d+)", (self.proc / "status").read_text(), re.M))
        return {key: int(status[key]) / 1024 for key in ("VmHWM", "VmRSS", "RssAnon", "RssFile")} | {"threads": int(status["Threads"])}

    def finish(self) -> dict:
        memory = self.memory()
        usage = stop(self.process)
        return memory | {
            "cpu_s": usage.ru_utime + usage.ru_stime - self.before,
            "user_s": usage.ru_utime,
            "sys_s": usage.ru_stime,
            "switches": usage.ru_nvcsw + usage.ru_nivcsw,
        }


COUNTERS = """table ip count {
  chain out {
    type filter hook output priority 0;
    meta skuid 65534 icmp type echo-request counter comment "echo"
    meta skuid 65534 udp dport 53 counter comment "dns"
    meta skuid 65534 udp dport != 53 counter comment "udp"
    meta skuid 65534 tcp flags & (syn|ack) == syn counter comment "tcp"
    meta skuid 65534 counter comment "packets"
  }
}
"""


def cpu_and_memory(scratch, netlog, seconds, echo_allowed):
    name = "echo allowed" if echo_allowed else "echo forbidden"
    if left_out(f"cpu, {name}", ["fping"]):
        return
    say(f"cpu, {name}: {seconds} s beside fping")
    net = Topology(scratch, echo_allowed)
    net.nft(net.client, COUNTERS)
    folder = scratch.folder("cpu")
    # fping has the right to raw sockets and keeps it, whatever the client may do.
    fping = net.inside(net.client, shutil.which("fping"), "-l", "-p", "1000", *HOSTS)
    monitor = net.as_nobody(netlog, "monitor", "--json", *config(folder))
    with open(folder / "fping.txt", "w") as fping_out, open(folder / "events.jsonl", "w") as events:
        peer, ours = Watched(fping, fping_out), Watched(monitor, events)
        # Starting up reads the certificates and the system's tables once; a long run has no share in it.
        time.sleep(min(5, seconds / 4))
        start_up = ours.cpu()
        time.sleep(seconds - min(5, seconds / 4))
        counters = json.loads(run("ip", "netns", "exec", net.client, "nft", "-j", "list", "table", "ip", "count"))
        ours, peer = ours.finish(), peer.finish()
    sent = {
        rule["rule"]["comment"]: next(e["counter"]["packets"] for e in rule["rule"]["expr"] if "counter" in e)
        for rule in counters["nftables"]
        if "rule" in rule
    }
    samples = sum(sent[key] for key in ("echo", "dns", "udp", "tcp"))
    pings = len(re.findall(r" : \[\d+\]", (folder / "fping.txt").read_text()))
    rows = [json.loads(line) for line in open(folder / "events.jsonl")]
    common = {"echo": echo_allowed, "seconds": seconds, "load": round(os.getloadavg()[0], 1)}
    result(f"cpu against fping, {name}", ours["cpu_s"] / peer["cpu_s"], "x", 0.7, **common,
           netlog_cpu_s=round(ours["cpu_s"], 4), fping_cpu_s=round(peer["cpu_s"], 4), start_up_cpu_s=round(start_up, 2),
           netlog_user_s=round(ours["user_s"], 4), netlog_sys_s=round(ours["sys_s"], 4),
           netlog_switches=ours["switches"], fping_switches=peer["switches"])  # fmt: skip
    per = 1e6 * ours["cpu_s"] / max(samples, 1), 1e6 * peer["cpu_s"] / max(pings, 1)
    result(f"cpu a sample against fping, {name}", per[0] / per[1], "x", **common, netlog_us=round(per[0], 1), fping_us=round(per[1], 1),
           netlog_samples=samples, fping_samples=pings, netlog_sent=sent)  # fmt: skip
    result(f"memory at the most, {name}", ours["VmHWM"], "MiB", 16, **common, rss=round(ours["VmRSS"], 1), anon=round(ours["RssAnon"], 1),
           file=round(ours["RssFile"], 1), threads=ours["threads"], fping_hwm=round(peer["VmHWM"], 1),
           rows=sum(row["event"] == "row" for row in rows), bad_rows=sum(row["event"] == "row" and row["overall_status"] != "OK" for row in rows),
           notices=sum(row["event"] in ("notice", "warning") for row in rows))  # fmt: skip
    net.remove()


def prober(scratch, rtt_binary, seconds):
    if left_out("cpu of the prober", ["fping"]):
        return
    say(f"cpu of the prober alone: {seconds} s of the same pings as fping")
    net = Topology(scratch)
    folder = scratch.folder("prober")
    with open(folder / "fping.txt", "w") as fping_out, open(folder / "rtt.txt", "w") as out:
        peer = Watched(net.inside(net.client, shutil.which("fping"), "-l", "-p", "1000", *HOSTS), fping_out)
        ours = Watched(net.as_nobody(rtt_binary, str(seconds + 5), "1000", *HOSTS), out)
        time.sleep(seconds)
        ours, peer = ours.finish(), peer.finish()
    result("cpu of the prober against fping, same pings", ours["cpu_s"] / peer["cpu_s"], "x", 1.5, seconds=seconds, load=round(os.getloadavg()[0], 1),
           netlog_cpu_s=round(ours["cpu_s"], 4), fping_cpu_s=round(peer["cpu_s"], 4), netlog_switches=ours["switches"],
           fping_switches=peer["switches"])  # fmt: skip
    net.remove()


# --- 2. accuracy of the RTT ------------------------------------------------------------------------------------------

# The payloads tell the packets of the programs apart.
PAYLOAD = {"netlog": 32, "ping": 56, "fping": 40}


def accuracy(scratch, rtt_binary, seconds):
    if left_out("rtt", ["fping", "tcpdump", "ping"]):
        return
    say(f"rtt: {seconds} s of netlog's prober, ping and fping at 10 Hz under one capture")
    net = Topology(scratch)
    folder = scratch.folder("rtt")
    hosts = HOSTS[:3]
    capture = subprocess.Popen(
        net.inside(net.client, "tcpdump", "-ni", "eth0", "-w", str(folder / "pcap"), "--time-stamp-precision=nano", "-B", "8192", "--immediate-mode", "icmp"),
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while "listening" not in capture.stderr.readline():
        pass
    n = str(seconds * 10)
    jobs = {"netlog": net.as_nobody(rtt_binary, str(seconds), "100", *hosts)}
    jobs["fping"] = net.inside(net.client, "fping", "-p", "100", "-c", n, "-b", str(PAYLOAD["fping"]), *hosts)
    for host in hosts:
        jobs[f"ping {host}"] = net.inside(net.client, "ping", "-n", "-i", "0.1", "-c", n, "-s", str(PAYLOAD["ping"]), host)
    running = {}
    for name, command in jobs.items():
        running[name] = subprocess.Popen(command, stdout=open(folder / name, "w"), stderr=subprocess.DEVNULL)
        time.sleep(0.017)
    for process in running.values():
        process.wait()
    time.sleep(1)
    stop(capture)
    reported = {"netlog": {}, "fping": {}, "ping": {}}
    for line in open(folder / "netlog"):
        _, host, sent, rtt = line.split()
        reported["netlog"].setdefault(host, []).append((int(sent), int(rtt) or None))
    for host, n, rtt in re.findall(r"^(\S+)\s+: \[(\d+)\].*?([\d.]+) ms", (folder / "fping").read_text(), re.M):
        reported["fping"].setdefault(host, {})[int(n)] = round(float(rtt) * 1e6)
    for host in hosts:
        text = (folder / f"ping {host}").read_text()
        reported["ping"][host] = {int(n) - 1: round(float(rtt) * 1e6) for n, rtt in re.findall(r"icmp_seq=(\d+).*time=([\d.]+)", text)}
    reported["netlog"] = {host: {n: rtt for n, (_, rtt) in enumerate(rtts) if rtt} for host, rtts in reported["netlog"].items()}
    for program, payload in PAYLOAD.items():
        wire = wire_rtts(folder / "pcap", payload)
        # A packet that the capture missed would pair all later ones wrongly.
        whole = [host for host in hosts if len(wire.get(host, [])) == seconds * 10]
        pairs = [(rtt, wire[host][n][1]) for host in whole for n, rtt in reported[program][host].items() if wire[host][n][1]]
        if not pairs:
            say(f"LEFT OUT: rtt of {program}: the capture missed packets of each host")
            continue
        errors = sorted((rtt - true) / 1000 for rtt, true in pairs)
        absolute = sorted(map(abs, errors))
        result(f"rtt error of {program}, median", statistics.median(absolute), "us", 10 if program == "netlog" else None,
               bias_us=round(statistics.median(errors), 1), p95_us=round(absolute[len(absolute) * 95 // 100], 1), max_us=round(absolute[-1], 1),
               samples=len(pairs), wire_median_us=round(statistics.median(true for _, true in pairs) / 1000, 1),
               load=round(os.getloadavg()[0], 1))  # fmt: skip
    net.remove()


# --- 3. a cycle in a black hole --------------------------------------------------------------------------------------


def black_hole(scratch, netlog):
    for router_too, name in ((False, "line dead"), (True, "line and router silent")):
        say(f"black hole, {name}")
        net = Topology(scratch)
        net.cut(router_too)
        began = time.monotonic()
        done = subprocess.run(net.as_nobody(netlog, "once", "--json", *config(scratch.folder("once"))), capture_output=True, text=True)
        wall = time.monotonic() - began
        row = json.loads(done.stdout)
        # The largest default deadlines are those of TCP and HTTP, 5 s.
        result(f"cycle in a black hole, {name}", row["cycle_ms"] / 1000, "s", 5.1, wall_s=round(wall, 2), status=row["overall_status"],
               domain=row["fault_domain"], exit=done.returncode)  # fmt: skip
        net.remove()


# --- 4. delay of detection -------------------------------------------------------------------------------------------


class Monitor:
    """A running monitor and the time at which each of its events arrived."""

    def __init__(self, net, netlog, folder):
        self.process = subprocess.Popen(net.as_nobody(netlog, "monitor", "--json", *config(folder)), stdout=subprocess.PIPE, text=True)
        self.events, self.news = [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            with self.news:
                self.events.append((time.monotonic(), json.loads(line)))
                self.news.notify_all()

    def wait(self, since, fits, longest):
        """When the first event after `since` that fits arrived, and the event."""
        until = time.monotonic() + longest
        with self.news:
            while True:
                found = next(((at, event) for at, event in self.events if at >= since and fits(event)), None)
                if found or not self.news.wait(max(0.0, until - time.monotonic())) and time.monotonic() >= until:
                    return found


def detection(scratch, netlog, n_cuts):
    lanes = min(4, n_cuts)
    say(f"detection: {n_cuts} cuts at random moments, {lanes} lines at a time")
    delays = {"suspected": [], "confirmed": [], "state": [], "recovery": []}
    failures = []

    def lane(net, cuts):
        monitor = Monitor(net, netlog, scratch.folder("detect"))
        monitor.wait(0, lambda e: e["event"] == "row", 20)
        try:
            for _ in range(cuts):
                time.sleep(random.uniform(6, 9))
                cut = time.monotonic()
                net.cut()
                for kind in ("suspected", "confirmed", "state"):
                    found = monitor.wait(cut, lambda e: e["event"] == kind and e.get("state", "down") == "down", 20)
                    delays[kind].append(found[0] - cut if found else float("inf"))
                mended = time.monotonic()
                net.mend()
                found = monitor.wait(mended, lambda e: e["event"] == "state" and e["state"] == "up", 30)
                delays["recovery"].append(found[0] - mended if found else float("inf"))
        except Exception as error:
            failures.append(error)
        stop(monitor.process)

    nets = [Topology(scratch) for _ in range(lanes)]
    share = [n_cuts // lanes + (n < n_cuts % lanes) for n in range(lanes)]
    threads = [threading.Thread(target=lane, args=pair) for pair in zip(nets, share)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    for kind, values in delays.items():
        result(f"delay to {kind}, at most", max(values), "s", {"suspected": 2.0, "state": 4.0}.get(kind),
               median=round(statistics.median(values), 3), least=round(min(values), 3), n=len(values), load=round(os.getloadavg()[0], 1))  # fmt: skip
    for net in nets:
        net.remove()


# ---------------------------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__)
    parser.add_argument("--only", default="cpu,rtt,blackhole,detection", help="some of: cpu,cpu-plain,cpu-forbidden,cpu-prober,rtt,blackhole,detection")
    parser.add_argument("--seconds", type=int, default=120, help="length of each processor measurement (120)")
    parser.add_argument("--long", action="store_true", help="600 s of it")
    parser.add_argument("--cuts", type=int, default=20, help="cuts for the delay of detection (20)")
    parser.add_argument("--strict", action="store_true", help="fail when a budget is not kept")
    parser.add_argument("--target-dir", default="target", help=argparse.SUPPRESS)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if left_out("every benchmark", ["ip", "nft", "setpriv", "openssl"]):
        return 0
    target = pathlib.Path(args.target_dir) / "ci"
    benches = sorted((p for p in target.glob("deps/rtt-*") if not p.suffix), key=lambda p: p.stat().st_mtime)
    scratch = Scratch()
    netlog, rtt = scratch.install(target / "netlog"), scratch.install(benches[-1], "rtt")
    only = args.only.split(",")
    seconds = 600 if args.long else args.seconds
    if "cpu" in only or "cpu-plain" in only:
        cpu_and_memory(scratch, netlog, seconds, True)
    if "cpu" in only or "cpu-forbidden" in only:
        cpu_and_memory(scratch, netlog, seconds, False)
    if "cpu" in only or "cpu-prober" in only:
        prober(scratch, rtt, min(seconds, 120))
    if "rtt" in only:
        accuracy(scratch, rtt, 30)
    if "blackhole" in only:
        black_hole(scratch, netlog)
    if "detection" in only:
        detection(scratch, netlog, args.cuts)
    print()
    for line in RESULTS:
        verdict = {True: "kept", False: "NOT KEPT", None: ""}[line.get("within")]
        budget = "" if line["budget"] is None else f"<= {line['budget']}"
        print(f"{line['bench']:<46} {line['value']:>10.3f} {line['unit']:<4} {budget:<8} {verdict}")
    return 1 if args.strict and any(line.get("within") is False for line in RESULTS) else 0


if __name__ == "__main__":
    sys.exit(main())
