#!/usr/bin/env python3
"""A million samples written to the disk queue and drained into VictoriaMetrics, beside vmagent and the Prometheus agent.

    tests/bench/queue_peers.py [ROUNDS]

All in one run: 1000 series of three labels, ten samples of each in an append or a request, the receiver away, then up.
Processor time is that of the program alone. Prints a table and ends with 1 when ours takes more than 0.6 of vmagent's
time, 0.2 of the Prometheus agent's, or 6 MB on the disk.
"""
import importlib.machinery, importlib.util, random, statistics, struct, subprocess, sys, tempfile, time, urllib.error, urllib.request
from pathlib import Path

loader = importlib.machinery.SourceFileLoader("metrics", str(Path(__file__).resolve().parents[1] / "integrations/metrics"))
spec = importlib.util.spec_from_loader("metrics", loader)
metrics = importlib.util.module_from_spec(spec)
loader.exec_module(metrics)

SAMPLES, SERIES, ROW = 1_000_000, 1000, 10


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def nested(tag, data):
    return bytes([tag]) + varint(len(data)) + data


def request(begin_ms, number, rng, step_ms=1000):
    """One remote write request: ten samples of each series."""
    body = bytearray()
    for series in range(SERIES):
        labels = [("__name__", "netlog_rtt_seconds"), ("host", f"192.0.2.{series}"), ("role", "target"), ("site", "home")]
        data = b"".join(nested(10, nested(10, name.encode()) + nested(18, value.encode())) for name, value in labels)
        for idx in range(ROW):
            value = rng.randrange(8_000, 60_000) / 1e6
            data += nested(18, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(begin_ms + (number * ROW + idx) * step_ms))
        body += nested(10, data)
    block = bytearray(varint(len(body)))
    for at in range(0, len(body), 65536):
        part = body[at : at + 65536]
        block += b"\xf4" + struct.pack("<H", len(part) - 1) + part
    return bytes(block)


def post(server, body):
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy", "X-Prometheus-Remote-Write-Version": "0.1.0"}
    for _ in range(50):
        try:
            metrics.opener.open(urllib.request.Request(server.url("/api/v1/write"), body, headers), timeout=60).read()
            return
        except urllib.error.HTTPError as error:
            sys.exit(f"{server.name}: {error} {error.read()[:300]}")
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{server.name} takes no sample")


def count(store):
    store.get("/internal/force_flush")
    found = store.query("/api/v1/query", query="sum(count_over_time(netlog_rtt_seconds[7d]))", time=time.time() + 3600)
    return int(found[0]["value"][1]) if found else 0


def wait_for(store, wanted, limit=60):
    """The number of samples that arrived: those wanted, or as many as there are when no more have come for a while."""
    end, best, since = time.monotonic() + limit, -1, time.monotonic()
    while best < wanted and time.monotonic() < end and time.monotonic() - since < 15:
        found = count(store)
        if found > best:
            best, since = found, time.monotonic()
        time.sleep(0.5)
    return best


def size(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def ours(tool, store, work):
    process = subprocess.Popen([tool, "all", str(work / "queue"), store.url("/api/v1/write"), str(SAMPLES)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    filled = process.stdout.readline().split()
    store.start()
    process.stdin.write("\n")
    process.stdin.flush()
    rest = process.stdout.read()
    number = lambda text, key: float(text.split(key + "=")[1].split()[0])
    accept, drain = number(" ".join(filled), "cpu_s"), number(rest, "cpu_s")
    peak = rest.split("VmHWM:")[1].split()[0]
    return accept, drain, number(" ".join(filled), "bytes"), wait_for(store, SAMPLES), int(peak) // 1024


def peer(agent, store, bodies, disk):
    agent.start()
    before = agent.cpu()
    for body in bodies:
        post(agent, body)
    accepted = agent.cpu()
    time.sleep(2)
    bytes_on_disk = size(disk)
    store.start()
    arrived = wait_for(store, SAMPLES)
    peak = Path(f"/proc/{agent.process.pid}/status").read_text().split("VmHWM:")[1].split()[0]
    result = (accepted - before, agent.cpu() - accepted, bytes_on_disk, arrived, int(peak) // 1024)
    agent.stop()
    return result


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    binaries = metrics.unpack("newest", ["newest"])
    if binaries is None:
        print("LEFT OUT: the packages prometheus and victoria-metrics cannot be had")
        return 0
    tool = metrics.bench_tool()
    rng = random.Random(5)
    results = {}
    for _ in range(rounds):
        begin = int(time.time() * 1000) - SAMPLES // SERIES * 1000 - 60_000
        bodies = [request(begin, number, rng) for number in range(SAMPLES // SERIES // ROW)]
        for name in ["netlog", "vmagent", "prometheus agent"]:
            with tempfile.TemporaryDirectory() as folder:
                work = Path(folder)
                store = metrics.victoria(binaries, work / "store")
                if name == "netlog":
                    result = ours(tool, store, work)
                elif name == "vmagent":
                    agent = metrics.Server("vmagent", binaries / "vmagent", work / "agent",
                                           [f"-remoteWrite.url={store.url('/api/v1/write')}", "-remoteWrite.tmpDataPath={dir}/q",
                                            "-httpListenAddr=127.0.0.1:{port}", "-loggerLevel=FATAL"])
                    result = peer(agent, store, bodies, work / "agent/q")
                else:
                    (work / "agent").mkdir()
                    (work / "agent/p.yml").write_text(f"remote_write: [{{url: '{store.url('/api/v1/write')}'}}]\n")
                    agent = metrics.Server("prometheus", binaries / "prometheus", work / "agent",
                                           ["--agent", "--config.file={dir}/p.yml", "--storage.agent.path={dir}/d", "--log.level=error",
                                            "--web.enable-remote-write-receiver", "--web.listen-address=127.0.0.1:{port}"], "/-/ready")
                    # It forwards only samples later than its own start, and takes none 10 min ahead of the clock.
                    start_ms = int(time.time() * 1000) + 1000
                    late = [request(start_ms, number, rng, 100) for number in range(SAMPLES // SERIES // ROW)]
                    result = peer(agent, store, late, work / "agent/d")
                store.stop()
                results.setdefault(name, []).append(result)
                print(name, "accept %.2f s, drain %.2f s, disk %.2f MB, arrived %d, peak %d MiB"
                      % (result[0], result[1], result[2] / 1e6, result[3], result[4]), flush=True)
    sums = {name: statistics.median(a + d for a, d, *_ in rows) for name, rows in results.items()}
    print({name: round(value, 3) for name, value in sums.items()})
    disk, arrived = max(row[2] for row in results["netlog"]), min(row[3] for row in results["netlog"])
    against = {"vmagent": 0.6, "prometheus agent": 0.2}
    is_good = disk <= 6e6 and arrived == SAMPLES
    for name, most in against.items():
        ratio = sums["netlog"] / sums[name]
        is_good &= ratio <= most
        print(f"{ratio:.2f} of {name} (at most {most})")
    print(f"{disk / 1e6:.2f} MB on the disk (at most 6), {arrived} of {SAMPLES} arrived")
    return int(not is_good)


if __name__ == "__main__":
    sys.exit(main())
