"""A small internet in network namespaces: a client, its router, and one far machine that carries all far hosts.

    client 192.168.1.50 -- 192.168.1.1 router 88.79.130.100 -- 88.79.130.1 far (1.1.1.1, 8.8.8.8, ...)

No packet leaves the namespaces. Everything is removed when the process ends.
"""

import atexit
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROUTER = "192.168.1.1"
HOSTS = [
    "1.1.1.1", "8.8.8.8", "9.9.9.9", "8.8.4.4", "1.0.0.1",
    "149.112.112.112", "208.67.222.222", "93.184.215.14", "142.250.0.1", "104.16.0.1",
]  # fmt: skip
NAMES = {
    "example.com": "93.184.215.14",
    "detectportal.firefox.com": "93.184.215.14",
    "www.google.com": "142.250.0.1",
    "www.cloudflare.com": "104.16.0.1",
    "dns.google": "8.8.8.8",
}
NOBODY = "65534"


def run(*command: str, text: str = "") -> str:
    """Runs a system tool that must succeed."""
    done = subprocess.run(command, input=text, text=True, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


class Scratch:
    """A folder for one run, with the certificates of the far web sites."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="netlog-bench-"))
        self.path.chmod(0o755)
        atexit.register(shutil.rmtree, self.path, ignore_errors=True)
        self._certificates()

    def _certificates(self):
        def openssl(*words: str):
            run("openssl", *words)

        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30")
        at = lambda name: str(self.path / name)  # noqa: E731
        openssl("req", "-x509", *key, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-subj", "/CN=netlog bench authority",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
        openssl("req", *key, "-keyout", at("site.key"), "-out", at("site.csr"), "-subj", "/CN=example.com")
        names = [f"DNS:{name}" for name in NAMES] + [f"IP:{host}" for host in HOSTS]
        (self.path / "ext").write_text(f"subjectAltName={','.join(names)}\nextendedKeyUsage=serverAuth\n")
        openssl("x509", "-req", "-in", at("site.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
                "-days", "30", "-extfile", at("ext"), "-out", at("site.pem"))  # fmt: skip
        # As many authorities as a real system trusts, so that memory and time are the real ones.
        system = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
        bundle = (self.path / "ca.pem").read_text() + (system.read_text() if system.exists() else "")
        (self.path / "bundle.pem").write_text(bundle)

    def folder(self, name: str) -> pathlib.Path:
        """An empty folder that everybody may write to."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix=name, dir=self.path))
        folder.chmod(0o777)
        return folder

    def install(self, binary: pathlib.Path, name: str = "") -> str:
        """A copy of the program where an unprivileged user may read it."""
        to = self.path / (name or binary.name)
        shutil.copy(binary, to)
        to.chmod(0o755)
        return str(to)


class Topology:
    """One such internet."""

    count = 0

    def __init__(self, scratch: Scratch, echo_allowed: bool = True):
        Topology.count += 1
        prefix = f"nlbench-{os.getpid()}-{Topology.count}"
        self.client, self.router, self.far = (f"{prefix}-{node}" for node in ("client", "router", "far"))
        self.scratch = scratch
        self.servers = []
        atexit.register(self.remove)
        for node in self.nodes():
            run("ip", "netns", "add", node)
        run("ip", "-batch", "-", text=(
            f"link add name eth0 netns {self.client} type veth peer name lan netns {self.router}\n"
            f"link add name wan netns {self.router} type veth peer name eth0 netns {self.far}\n"
        ))  # fmt: skip
        self._ip(self.client, "addr add 192.168.1.50/24 dev eth0", "link set eth0 up", f"route add default via {ROUTER}")
        self._ip(self.router, f"addr add {ROUTER}/24 dev lan", "addr add 88.79.130.100/24 dev wan",
                 "link set lan up", "link set wan up", "route add default via 88.79.130.1")  # fmt: skip
        self._ip(self.far, "addr add 88.79.130.1/24 dev eth0", "link set eth0 up",
                 *(f"addr add {host}/32 dev lo" for host in HOSTS), "route add 192.168.1.0/24 via 88.79.130.100")  # fmt: skip
        self._set(self.router, "net/ipv4/ip_forward", "1")
        self._set(self.client, "net/ipv4/ping_group_range", "0 2147483647" if echo_allowed else "1 0")
        etc = pathlib.Path("/etc/netns") / self.client
        etc.mkdir(parents=True)
        (etc / "resolv.conf").write_text(f"nameserver {ROUTER}\n")
        for node, what in ((self.router, "dns"), (self.far, "all")):
            self._serve(node, what)

    def nodes(self):
        return self.client, self.router, self.far

    def _ip(self, node: str, *lines: str):
        run("ip", "-n", node, "-batch", "-", text="\n".join(("link set lo up", *lines)) + "\n")

    def _set(self, node: str, key: str, value: str):
        run("ip", "netns", "exec", node, "sh", "-c", f"echo '{value}' > /proc/sys/{key}")

    def _serve(self, node: str, what: str):
        server = subprocess.Popen(
            self.inside(node, "setpriv", "--pdeathsig", "KILL", sys.executable, str(HERE / "servers.py"), what, str(self.scratch.path)),
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.servers.append(server)
        if server.stdout.readline() != "ready\n":
            raise RuntimeError(f"the servers of {node} do not start")

    @staticmethod
    def inside(node: str, *command: str) -> list:
        """A command inside a namespace. It runs under the process id it was started with."""
        return ["ip", "netns", "exec", node, *command]

    def as_nobody(self, *command: str) -> list:
        """A command of an unprivileged user on the client, with the environment of the monitor."""
        return self.inside(
            self.client, "env", "-i", "PATH=/nonexistent", f"SSL_CERT_FILE={self.scratch.path}/bundle.pem",
            f"HOME={self.scratch.path}", shutil.which("setpriv"), "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups",
            "--pdeathsig", "KILL", "--", *command,
        )  # fmt: skip

    def nft(self, node: str, rules: str) -> str:
        return run("ip", "netns", "exec", node, "nft", "-f", "-", text=rules)

    def cut(self, router_too: bool = False):
        """Has the router drop everything that passes it, and with `router_too` what is meant for it."""
        chain = "type filter hook {0} priority 0; policy drop;"
        rules = f"add table ip cut\nadd chain ip cut forward {{ {chain.format('forward')} }}\n"
        if router_too:
            rules += f"add chain ip cut input {{ {chain.format('input')} }}\n"
        self.nft(self.router, rules)

    def mend(self):
        self.nft(self.router, "delete table ip cut\n")

    def remove(self):
        for server in self.servers:
            server.kill()
            server.wait()
        self.servers = []
        for node in self.nodes():
            subprocess.run(["ip", "netns", "del", node], stderr=subprocess.DEVNULL)
        shutil.rmtree(pathlib.Path("/etc/netns") / self.client, ignore_errors=True)


def stop(process: subprocess.Popen, sig: int = signal.SIGINT, longest: float = 5.0):
    """Ends a process that we started and returns what it used (see getrusage(2))."""
    os.kill(process.pid, sig)
    until = time.monotonic() + longest
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage
        if time.monotonic() > until:
            process.kill()
        time.sleep(0.005)
