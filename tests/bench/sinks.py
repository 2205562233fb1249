#!/usr/bin/env python3
"""What all sinks together cost a monitor: processor time and memory beside a monitor without one, at the same time.

    tests/bench/sinks.py NETLOG [--minutes N] [--pairs N] [--only SINK,...] [--tls] [--no-cut] [--in-turn]

README.md says what is measured. Root on Linux; the broker, the store and aiosmtpd are those of tests/integrations, and are
put into $NETLOG_CACHE (default ~/.cache/network-logging) where they are missing.
"""

import argparse
import atexit
import collections
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from topology import HERE, NOBODY, ROUTER, Scratch, Topology, run

CACHE = pathlib.Path(os.environ.get("NETLOG_CACHE", pathlib.Path.home() / ".cache/network-logging"))
CLIENT = "192.168.1.50"
API, BROKER, STORE, WEB, MAIL = 8787, 1883, 8428, 8080, 2525
TOKEN = "0123456789abcdef0123456789abcdef"
SINKS = ("api", "mqtt", "remote_write", "influx", "webhook", "mail", "heartbeat")
TICK = os.sysconf("SC_CLK_TCK")
# What the start costs is over by then.
SETTLED = 30
CUT = 25


def programs():
    """The broker, the store, and a Python with aiosmtpd."""
    integrations = HERE.parent / "integrations"
    broker = CACHE / "mqtt/mosquitto-bookworm"
    run(str(integrations / "mosquitto"), "bookworm", str(broker))
    loader = importlib.machinery.SourceFileLoader("metrics", str(integrations / "metrics"))
    metrics = importlib.util.module_from_spec(importlib.util.spec_from_loader("metrics", loader))
    loader.exec_module(metrics)
    store = metrics.unpack("debian", [])
    if store is None:
        raise RuntimeError("the package victoria-metrics cannot be had")
    venv = CACHE / "notify/venv"
    python = venv / "bin/python"
    if not python.exists() or subprocess.run([python, "-c", "import aiosmtpd"], stderr=subprocess.DEVNULL).returncode:
        run(sys.executable, "-m", "venv", str(venv))
        run(str(venv / "bin/pip"), "install", "--quiet", "aiosmtpd==1.4.6", "trustme==1.2.1")
    return broker / "run", store / "victoria-metrics", python


def certificate(scratch):
    """A certificate for the address at which the sinks are served, of the authority that the monitors trust."""
    at = lambda name: str(scratch.path / name)  # noqa: E731
    (scratch.path / "sinks.ext").write_text(f"subjectAltName=IP:{ROUTER}\nextendedKeyUsage=serverAuth\n")
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", at("sinks.key"),
        "-out", at("sinks.csr"), "-subj", "/CN=sinks")  # fmt: skip
    run("openssl", "x509", "-req", "-in", at("sinks.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
        "-days", "30", "-extfile", at("sinks.ext"), "-out", at("sinks.pem"))  # fmt: skip
    (scratch.path / "sinks.key").chmod(0o644)


class Side:
    """A monitor on a line of its own, and with sinks the servers of them in its router."""

    def __init__(self, name, scratch, sinks, tls, tools):
        self.name, self.scratch, self.sinks, self.tls = name, scratch, sinks, tls
        self.net = Topology(scratch)
        self.folder = scratch.folder(name)
        self.servers, self.process = [], None
        atexit.register(self.close)
        if sinks:
            self._serve(*tools)
        self._configure()

    def _in_router(self, *command, out=subprocess.DEVNULL):
        inside = self.net.inside(self.net.router, "setpriv", "--pdeathsig", "KILL", *map(str, command))
        self.servers.append(subprocess.Popen(inside, stdout=out, stderr=subprocess.DEVNULL))
        return self.servers[-1]

    def _serve(self, broker, store, python):
        pem, key = self.scratch.path / "sinks.pem", self.scratch.path / "sinks.key"
        settings = self.folder / "mosquitto.conf"
        lines = [f"listener {BROKER} {ROUTER}", "allow_anonymous true", "user root"]
        if self.tls:
            lines += [f"certfile {pem}", f"keyfile {key}"]
        settings.write_text("\n".join(lines) + "\n")
        self._in_router(broker, "-c", settings)
        tls = ["-tls", f"-tlsCertFile={pem}", f"-tlsKeyFile={key}"] if self.tls else []
        self._in_router(store, f"-storageDataPath={self.folder}/store", f"-httpListenAddr={ROUTER}:{STORE}",
                        "-search.latencyOffset=0s", "-loggerLevel=ERROR", *tls)  # fmt: skip
        self.counts_file = self.folder / "counts.json"
        api = f"{CLIENT}:{API}"
        others = self._in_router(python, HERE / "sink_servers.py", ROUTER, WEB, MAIL, pem, key, "yes" if self.tls else "no",
                                 api, TOKEN, self.counts_file, out=subprocess.PIPE)  # fmt: skip
        if others.stdout.readline() != b"ready\n":
            raise RuntimeError("the servers of the sinks do not start")

    def _configure(self):
        s = "s" if self.tls else ""
        settings, secrets = {}, {}
        for sink in self.sinks:
            if sink == "api":
                settings |= {"api_enabled": True, "api_listen": f"{CLIENT}:{API}"}
                secrets["api_token"] = TOKEN
            elif sink == "mqtt":
                settings["mqtt_url"] = f"mqtt{s}://{ROUTER}:{BROKER}"
            elif sink == "remote_write":
                settings["remote_write_url"] = f"http{s}://{ROUTER}:{STORE}/api/v1/write"
            elif sink == "influx":
                settings["influx_url"] = f"http{s}://{ROUTER}:{STORE}/write?db=netlog"
            elif sink == "mail":
                settings |= {"smtp_url": f"smtps://{ROUTER}:{MAIL}", "smtp_from": "netlog@mail.example", "smtp_to": ["me@mail.example"]}
            elif sink == "webhook":
                secrets["webhooks"] = [f"json http{s}://{ROUTER}:{WEB}/hook"]
            elif sink == "heartbeat":
                secrets["heartbeats"] = [f"healthchecks http{s}://{ROUTER}:{WEB}/hc/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"]
        (self.folder / "config.json").write_text(json.dumps(settings))
        file = self.folder / "secrets.json"
        file.write_text(json.dumps(secrets))
        file.chmod(0o600)
        os.chown(file, int(NOBODY), int(NOBODY))

    def start(self, netlog):
        command = [netlog, "monitor", "--json", "--config", str(self.folder / "config.json"), "--log-dir", str(self.folder / "logs")]
        self.output = open(self.folder / "events.jsonl", "w")
        # All monitors on the same processor: two processors of a virtual machine may differ by a quarter.
        pinned = ["taskset", "--cpu-list", str(max(os.sched_getaffinity(0))), *self.net.as_nobody(*command)]
        self.process = subprocess.Popen(pinned, stdout=self.output, stderr=subprocess.STDOUT)
        self.proc = pathlib.Path("/proc") / str(self.process.pid)
        while (self.proc / "comm").read_text().strip() != pathlib.Path(netlog).name:
            time.sleep(0.001)
        # Other programs, which became this one, have used so much.
        self.before = self._cpu()

    def _cpu(self):
        # The processor clock of another process counts nanoseconds (clock_getcpuclockid(3)); children come in ticks.
        fields = (self.proc / "stat").read_text().rpartition(")")[2].split()
        return time.clock_gettime(~self.process.pid << 3 | 2) + sum(map(int, fields[13:15])) / TICK

    def cpu(self):
        """Seconds of all threads, ended ones included, and of children that ended."""
        return self._cpu() - self.before

    def threads(self):
        """Seconds by name of the threads that live. The kernel counts these in nanoseconds."""
        seconds, numbers = collections.Counter(), collections.Counter()
        for task in (self.proc / "task").iterdir():
            try:
                name = (task / "comm").read_text().strip()
                seconds[name] += int((task / "schedstat").read_text().split()[0]) / 1e9
                numbers[name] += 1
            except (FileNotFoundError, ProcessLookupError):
                pass
        return seconds, numbers

    def memory(self):
        """In MiB."""
        status = dict(re.findall(r"^(\w+):\s+(\d+)", (self.proc / "status").read_text(), re.M))
        rollup = dict(re.findall(r"^(\w+):\s+(\d+)", (self.proc / "smaps_rollup").read_text(), re.M))
        keys = {"VmRSS": status, "VmHWM": status, "RssAnon": status, "RssFile": status, "Pss": rollup, "Pss_Anon": rollup,
                "Pss_File": rollup}  # fmt: skip
        return {key: int(where[key]) / 1024 for key, where in keys.items()} | {"threads": int(status["Threads"])}

    def served(self):
        """How often each sink was served; the programs that it needs say so, not the monitor."""
        counts = json.loads(self.counts_file.read_text())
        of = {"api": min(counts["state"], counts["scrape"]), "webhook": counts["webhook"], "mail": counts["mail"],
              "heartbeat": counts["heartbeat"]}  # fmt: skip
        scheme = "https" if self.tls else "http"
        code = (
            "import json,ssl,sys,urllib.request as u;"
            "c=ssl._create_unverified_context() if sys.argv[1].startswith('https') else None;"
            "print(u.build_opener(u.ProxyHandler({}),u.HTTPSHandler(context=c)).open(sys.argv[1]).read().decode())"
        )
        metrics = run(*self.net.inside(self.net.router, sys.executable, "-c", code, f"{scheme}://{ROUTER}:{STORE}/metrics"))
        for sink, kind in (("remote_write", "promremotewrite"), ("influx", "influx")):
            found = re.search(rf'^vm_rows_inserted_total\{{type="{kind}"[^}}]*\}} (\d+)', metrics, re.M)
            of[sink] = int(found[1]) if found else 0
        states = json.loads((self.folder / "logs/integrations.json").read_text())
        of["mqtt"] = sum(1 for sink in states["sinks"] if sink["kind"] == "mqtt" and sink["last_success"])
        return of, counts, states["sinks"]

    def close(self):
        for process in (self.process, *self.servers):
            if process and process.poll() is None:
                process.kill()
                process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(15)


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def table(rows):
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip(), flush=True)


def compare(what, plain, full, before, after):
    """Prints one span of time: before and after are (cpu, memory) by name of the side."""
    cpu = {side.name: after[side.name][0] - before[side.name][0] for side in plain + full}
    keys = ("VmRSS", "VmHWM", "RssAnon", "RssFile", "Pss", "Pss_Anon", "Pss_File", "threads")
    print(f"\n{what}")
    show = lambda side: [f"{after[side.name][1][key]:.1f}" for key in keys[:-1]] + [after[side.name][1]["threads"]]  # noqa: E731
    table([["monitor", "cpu s", *keys]] + [[side.name, f"{cpu[side.name]:.3f}", *show(side)] for side in plain + full])
    ratio = mean(cpu[side.name] for side in full) / mean(cpu[side.name] for side in plain)
    more = {key: mean(after[side.name][1][key] for side in full) - mean(after[side.name][1][key] for side in plain) for key in keys}
    each = " ".join(f"{cpu[f.name] / cpu[p.name]:.3f}" for p, f in zip(plain, full))
    print(f"  cpu {ratio:.3f} x (pairs: {each}); " + ", ".join(f"{key} {value:+.1f}" for key, value in more.items()))
    return ratio, more


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("netlog", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=6)
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--only", default=",".join(SINKS), help="sinks of the full side; `none` for a comparison of equals")
    parser.add_argument("--tls", action="store_true", help="all sinks over TLS; without it, mail alone")
    parser.add_argument("--no-cut", action="store_true", help="no outage at the end")
    parser.add_argument("--in-turn", action="store_true", help="one monitor at a time, and no outage: each has the caches of "
                        "the processor for itself, as a monitor alone has")  # fmt: skip
    options = parser.parse_args()
    no_cut = options.no_cut or options.in_turn
    sinks = [] if options.only == "none" else options.only.split(",")
    if set(sinks) - set(SINKS):
        parser.error(f"the sinks are {', '.join(SINKS)}")
    if sys.platform != "linux" or os.geteuid() != 0:
        print("LEFT OUT: the cost of sinks: it needs root on Linux, for network namespaces", file=sys.stderr)
        return 0
    try:
        tools = programs()
    except RuntimeError as error:
        print(f"LEFT OUT: the cost of sinks: {error}", file=sys.stderr)
        return 0
    scratch = Scratch()
    certificate(scratch)
    netlog = scratch.install(options.netlog)
    plain = [Side(f"plain-{n}", scratch, [], False, tools) for n in range(options.pairs)]
    full = [Side(f"sinks-{n}", scratch, sinks, options.tls, tools) for n in range(options.pairs)]
    sides = plain + full
    # In turns, so that neither is always first: plain, sinks, sinks, plain.
    order = [side for n, pair in enumerate(zip(plain, full)) for side in (pair if n % 2 == 0 else pair[::-1])]
    time.sleep(2)
    snapshot = lambda sides: {side.name: (side.cpu(), side.memory()) for side in sides}  # noqa: E731
    begin = {side.name: (0.0, None) for side in order}
    settled, steady, threads_before, threads_after = {}, {}, {}, {}
    served = {}
    for together in [[side] for side in order] if options.in_turn else [order]:
        for side in together:
            side.start(netlog)
        time.sleep(SETTLED)
        settled |= snapshot(together)
        threads_before |= {side.name: side.threads()[0] for side in together}
        time.sleep(max(options.minutes * 60 - SETTLED, 1))
        steady |= snapshot(together)
        threads_after |= {side.name: side.threads() for side in together}
        if options.in_turn:
            served |= {side.name: side.served() for side in together if side.sinks}
            together[0].stop()
    print(f"{options.minutes:g} min, {options.pairs} pairs{' in turn' if options.in_turn else ''}, sinks: {','.join(sinks) or 'none'}"
          f"{', all over TLS' if options.tls else ''}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")  # fmt: skip
    compare(f"the first {SETTLED} s, with the start", plain, full, begin, settled)
    ratio, more = compare("afterwards, the line works", plain, full, settled, steady)
    if not no_cut:
        for side in order:
            side.net.cut()
        time.sleep(CUT)
        for side in order:
            side.net.mend()
        time.sleep(CUT + 20)
        compare(f"an outage of {CUT} s", plain, full, steady, snapshot(order))
    print("\nthreads, seconds of processor time while the line works; those that ended are in no line")
    names = sorted({name for seconds, _ in threads_after.values() for name in seconds})
    rows = [["thread", *(side.name for side in sides)]]
    for name in names:
        spent = [threads_after[s.name][0][name] - threads_before[s.name][name] for s in sides]
        rows.append([name, *(f"{value:.3f} ({threads_after[s.name][1][name]})" for value, s in zip(spent, sides))])
    table(rows)
    missing = set()
    for side in full if sinks else []:
        of, counts, states = served.get(side.name) or side.served()
        needed = [sink for sink in sinks if sink not in ("webhook", "mail") or not no_cut]
        missing |= {sink for sink in needed if not of[sink]}
        print(f"{side.name} served: {json.dumps({sink: of[sink] for sink in sinks})} {json.dumps(counts)}")
        for state in states:
            if state.get("error"):
                print(f"  {state['name']}: {state['error']}")
    for side in sides:
        side.stop()
    if missing:
        print(f"error: no figures of all sinks: not served: {', '.join(sorted(missing))}", file=sys.stderr)
        return 1
    print(f"\ncpu with sinks {ratio:.3f} x of the monitor alone (budget 1.1 x), RSS {more['VmRSS']:+.1f} MiB (budget +6 MiB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
