#!/usr/bin/env bash
# changes() over a series that begins within the range.
#
# Guess: as in Prometheus, from which the function comes, the first sample of a series is no change: 0.
# Seen, with samples that are all equal: Prometheus 2.42.0 says 0, VictoriaMetrics 1.79.5 says 1.
# So a rule such as changes(start_time[10m]) > 0 reports a restart for every target that is new to VictoriaMetrics;
# max_over_time(x[10m]) - min_over_time(x[10m]) says 0 in both.
#
# Needs Debian 12 with its package mirror, curl and python3. Uses loopback alone once the packages are here.
set -euo pipefail

folder=$(mktemp -d)
pids=()
clean() {
    for pid in ${pids[@]+"${pids[@]}"}; do kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$folder"
}
trap clean EXIT
cd "$folder"

apt-get -o APT::Sandbox::User=root download -qq prometheus=2.42.0+ds-5+deb12u1 victoria-metrics=1.79.5+ds1-2+b5
for package in ./*.deb; do dpkg -x "$package" root; done

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
prometheus=$(port) victoria=$(port) target=$(port)

# A target that always says the same, scraped by Prometheus every second.
mkdir www
printf '# TYPE x gauge\nx 7\n' >www/metrics
(cd www && exec python3 -m http.server --bind 127.0.0.1 "$target" >/dev/null 2>&1) &
pids+=($!)
cat >prometheus.yml <<YAML
scrape_configs:
  - {job_name: t, scrape_interval: 1s, static_configs: [{targets: ["127.0.0.1:$target"]}]}
YAML
root/usr/bin/prometheus --config.file=prometheus.yml --storage.tsdb.path=p --web.listen-address="127.0.0.1:$prometheus" \
    >prometheus.log 2>&1 &
pids+=($!)
root/usr/bin/victoria-metrics -storageDataPath=v -httpListenAddr="127.0.0.1:$victoria" -search.latencyOffset=0s \
    >victoria.log 2>&1 &
pids+=($!)
for _ in $(seq 100); do
    if curl -sf "http://127.0.0.1:$victoria/health" >/dev/null && curl -sf "http://127.0.0.1:$prometheus/-/ready" >/dev/null
    then break; fi
    sleep 0.1
done

now=$(date +%s)
for age in 3 2 1; do printf 'x 7 %s000\n' $((now - age)); done |
    curl -sf --data-binary @- "http://127.0.0.1:$victoria/api/v1/import/prometheus"

ask() { # PORT QUERY: the value of the one series
    curl -sf --data-urlencode "query=$2" "http://127.0.0.1:$1/api/v1/query" |
        python3 -c 'import json, sys
result = json.load(sys.stdin)["data"]["result"]
print(result[0]["value"][1] if result else "nothing")'
}
# The first scrape comes some seconds after the start.
for port in "$prometheus" "$victoria"; do
    for _ in $(seq 60); do
        samples=$(ask "$port" 'count_over_time(x[1m])')
        if [[ $samples != nothing && $samples -ge 3 ]]; then break; fi
        sleep 0.5
    done
done
in_prometheus=$(ask "$prometheus" 'changes(x[1m])')
in_victoria=$(ask "$victoria" 'changes(x[1m])')
spread=$(ask "$victoria" 'max_over_time(x[1m]) - min_over_time(x[1m])')
root/usr/bin/prometheus --version 2>&1 | head -n 1
echo "victoria-metrics $(dpkg-deb -f victoria-metrics*.deb Version)"
echo "changes(x[1m]) of a new series that never changes: Prometheus $in_prometheus, VictoriaMetrics $in_victoria"
echo "max_over_time - min_over_time in VictoriaMetrics: $spread"
[[ $in_prometheus = 0 && $in_victoria = 1 && $spread = 0 ]] || { echo "this has changed"; exit 1; }
