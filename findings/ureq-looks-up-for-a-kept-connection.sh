#!/usr/bin/env bash
# Lookups of a name by an HTTP client that keeps its connection.
#
# Guess: the name is looked up when a connection is made; the requests that follow on the kept connection look up nothing.
# Seen with ureq 3.5.1: three requests on one connection make three lookups, each before the connection is taken from the
# pool, and each in a thread of its own while a timeout is set. A name that cannot be looked up at the moment fails a
# request that the connection would have carried. A host that is an address goes the same way.
#
# Needs cargo and crates.io. Uses loopback alone once the crates are here.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "lookups"
version = "0.0.0"
edition = "2024"

[dependencies]
ureq = { version = "=3.5.1", default-features = false }
TOML
cat >src/main.rs <<'RUST'
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};
use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

/// Counts lookups, and fails them when told to.
#[derive(Debug, Default)]
struct Counting {
    real: DefaultResolver,
    lookups: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
}

impl Resolver for Counting {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        self.lookups.fetch_add(1, SeqCst);
        if self.fails.load(SeqCst) { Err(Error::HostNotFound) } else { self.real.resolve(uri, config, timeout) }
    }
}

/// Answers every request of each connection. Returns the port and the number of connections.
fn serve() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming() {
            seen.fetch_add(1, SeqCst);
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            for line in lines.map_while(Result::ok) {
                if line.is_empty() {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
                }
            }
        }
    });
    (port, connections)
}

fn main() {
    let (port, connections) = serve();
    for host in ["localhost", "127.0.0.1"] {
        let resolver = Counting::default();
        let (lookups, fails) = (Arc::clone(&resolver.lookups), Arc::clone(&resolver.fails));
        connections.store(0, SeqCst);
        let config = Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        let ask = || agent.get(format!("http://{host}:{port}/")).call().map(|mut answer| answer.body_mut().read_to_string());
        for _ in 0..3 {
            ask().unwrap().unwrap();
        }
        let (made, looked_up) = (connections.load(SeqCst), lookups.load(SeqCst));
        fails.store(true, SeqCst);
        let without = ask().map(|_| "answered").unwrap_or_else(|error| if matches!(error, Error::HostNotFound) { "host not found" } else { "other" });
        println!("{host}: connections {made}, lookups {looked_up}, request while the lookup fails: {without}");
    }
}
RUST
cargo run --quiet >seen
cat seen
cat >expected <<'EXPECTED'
localhost: connections 1, lookups 3, request while the lookup fails: host not found
127.0.0.1: connections 1, lookups 3, request while the lookup fails: host not found
EXPECTED
diff expected seen
