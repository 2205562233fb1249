use std::time::Duration;

use super::*;
use crate::model::host::{DefaultRoute, LinkKind, Neighbour};

fn at() -> Timestamp {
    "2026-11-22T23:30:07.123Z".parse().unwrap()
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn addrs(text: &str) -> Vec<IpAddr> {
    text.split_whitespace().map(|addr| addr.parse().unwrap()).collect()
}

fn facts() -> HostFacts {
    let counters = Counters {
        rx_bytes: 5_000_000_000,
        tx_bytes: 1,
        rx_packets: 2,
        tx_packets: 3,
        rx_errors: 4,
        tx_errors: 5,
        rx_dropped: 6,
        tx_dropped: 7,
    };
    let host = |text: &str| text.parse::<Host>().unwrap();
    HostFacts {
        links: vec![
            Link {
                index: 1,
                name: "lo".into(),
                kind: LinkKind::Loopback,
                up: true,
                addrs: addrs("127.0.0.1 ::1"),
                mtu: Some(65_536),
                ..Link::default()
            },
            Link {
                index: 2,
                name: "enxaabbcc102030".into(),
                kind: LinkKind::Wired,
                up: true,
                addrs: addrs("192.168.1.9 198.51.100.7 2001:db8:5:6::9 fe80::a8bb:ccff:fe10:2030"),
                mtu: Some(1500),
                counters: Some(counters),
                mac: Some([0xaa, 0xbb, 0xcc, 0x10, 0x20, 0x30]),
                speed_mbit: Some(1000),
                signal_dbm: None,
            },
            Link { index: 13, name: "Wi-Fi 2".into(), kind: LinkKind::WiFi, signal_dbm: Some(-56), ..Link::default() },
        ],
        routes: vec![
            DefaultRoute { family: Family::V4, gateway: Some(host("192.168.1.1")), link: 2, metric: 100 },
            DefaultRoute { family: Family::V6, gateway: Some(host("fe80::1%2")), link: 2, metric: 1024 },
            DefaultRoute { family: Family::V4, gateway: None, link: 99, metric: 5 },
        ],
        neighbours: vec![
            Neighbour {
                host: host("192.168.1.1"),
                state: NeighbourState::Reachable(Some(Duration::from_millis(12_345))),
            },
            Neighbour { host: host("198.51.100.1"), state: NeighbourState::Failed },
        ],
        resolvers: vec![host("192.168.1.1"), host("2001:db8:5:6::53"), host("fe80::1%2")],
        sources: addrs("198.51.100.7 2001:db8:5:6::9"),
    }
}

fn extra() -> DiagContext {
    DiagContext {
        program: "network-logging 0.1.0".into(),
        system: Some("Debian GNU/Linux 12 (bookworm)".into()),
        machine: "x86_64".into(),
        occasion: None,
        hints: vec![("public".into(), "It is so.".into())],
        public: None,
    }
}

#[test]
fn all_that_is_known_stands_in_sections() {
    let text = render(&facts(), at(), local("2026-11-23T00:30:07.123"), &extra(), false);
    let expected = "\
What network-logging 0.1.0 knows of this computer's network.

==== interfaces ====
index=1   name=lo               kind=loopback  up=yes  mtu=65536  speed_mbit=-     signal_dbm=-    mac=-                  addrs=127.0.0.1,::1
index=2   name=enxaabbcc102030  kind=wired     up=yes  mtu=1500   speed_mbit=1000  signal_dbm=-    mac=aa:bb:cc:10:20:30  addrs=192.168.1.9,198.51.100.7,2001:db8:5:6::9,fe80::a8bb:ccff:fe10:2030%2
index=13  name=\"Wi-Fi 2\"        kind=wifi      up=no   mtu=-      speed_mbit=-     signal_dbm=-56  mac=-                  addrs=-

==== routes ====
to=default  family=ipv4  via=192.168.1.1  link=enxaabbcc102030  index=2   metric=100
to=default  family=ipv6  via=fe80::1%2    link=enxaabbcc102030  index=2   metric=1024
to=default  family=ipv4  via=-            link=-                index=99  metric=5

==== neighbours ====
addr=192.168.1.1   state=reachable  confirmed_s_ago=12.3  router=yes
addr=198.51.100.1  state=failed     confirmed_s_ago=-     router=no

==== resolvers ====
family=ipv4  addr=192.168.1.1
family=ipv6  addr=2001:db8:5:6::53
family=ipv6  addr=fe80::1%2

==== addresses used ====
family=ipv4  addr=198.51.100.7     link=enxaabbcc102030
family=ipv6  addr=2001:db8:5:6::9  link=enxaabbcc102030

==== counters ====
name=lo               rx_bytes=-           rx_packets=-  rx_errors=-  rx_dropped=-  tx_bytes=-  tx_packets=-  tx_errors=-  tx_dropped=-
name=enxaabbcc102030  rx_bytes=5000000000  rx_packets=2  rx_errors=4  rx_dropped=6  tx_bytes=1  tx_packets=3  tx_errors=5  tx_dropped=7
name=\"Wi-Fi 2\"        rx_bytes=-           rx_packets=-  rx_errors=-  rx_dropped=-  tx_bytes=-  tx_packets=-  tx_errors=-  tx_dropped=-

==== hints ====
hint=public  means=\"It is so.\"

==== system ====
program=\"network-logging 0.1.0\"
system=\"Debian GNU/Linux 12 (bookworm)\"
machine=x86_64
utc=2026-11-22T23:30:07.123Z
local=2026-11-23T00:30:07.123+01:00
occasion=-
";
    assert_eq!(expected, text);
}

#[test]
fn redacted_it_says_so_and_identifies_nobody() {
    let text = render(&facts(), at(), local("2026-11-23T00:30:07.123"), &extra(), true);
    assert!(text.lines().nth(1).is_some_and(|line| line.starts_with("redacted=yes")), "{text}");
    for whole in ["198.51.100", "2001:db8:5", "10:20:30", "102030", "fe10:2030"] {
        assert!(!text.contains(whole), "{whole}\n{text}");
    }
    let lines = [
        "name=enxaabbccxxxxxx#1",
        "mac=aa:bb:cc:xx:xx:xx#1",
        "addrs=192.168.1.9,198.51.x.x#1,2001:db8:x:x:x:x:x:x#1,fe80:0:0:0:a8bb:ccff:fexx:xxxx#1%2",
        "via=192.168.1.1 ",
        "addr=198.51.x.x#2",
        "addr=2001:db8:x:x:x:x:x:x#2",
        "addr=198.51.x.x#1 ",
        "addr=2001:db8:x:x:x:x:x:x#1 ",
        "link=enxaabbccxxxxxx#1",
        "utc=2026-11-22T23:30:07.123Z",
    ];
    for part in lines {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text, super::super::redact::redact_text(&text), "nothing is left");
}

#[test]
fn an_unknown_system_has_sections_without_lines() {
    let text = render(&HostFacts::default(), at(), local("2026-11-22T20:00:07.123"), &DiagContext::default(), false);
    assert_eq!(6, text.matches("====\n-\n").count(), "{text}");
    assert!(text.contains("\nlocal=2026-11-22T20:00:07.123-03:30\n") && text.contains("\nsystem=-\n"), "{text}");
    assert!(!text.contains("hints"), "{text}");
}

#[test]
fn the_json_has_the_same_sections_with_numbers_and_lists() {
    let whole: Value =
        serde_json::from_str(&render_json(&facts(), at(), local("2026-11-23T00:30:07.123"), &extra(), false)).unwrap();
    let keys: Vec<&str> = whole.as_object().unwrap().keys().map(String::as_str).collect();
    let sections = ["interfaces", "routes", "neighbours", "resolvers", "addresses_used", "counters", "hints", "system"];
    assert_eq!([&["redacted"], &sections[..]].concat(), keys);
    assert_eq!(json!(false), whole["redacted"]);
    assert_eq!(json!(1500), whole["interfaces"][1]["mtu"]);
    assert_eq!(json!(true), whole["interfaces"][1]["up"]);
    assert_eq!(json!("198.51.100.7"), whole["interfaces"][1]["addrs"][1]);
    assert_eq!(json!(5_000_000_000_u64), whole["counters"][1]["rx_bytes"]);
    assert_eq!(json!(null), whole["counters"][0]["rx_bytes"]);
    assert_eq!(json!("2026-11-22T23:30:07.123Z"), whole["system"]["utc"]);
    let cut = render_json(&facts(), at(), local("2026-11-23T00:30:07.123"), &extra(), true);
    assert!(cut.starts_with("{\"redacted\":true") && !cut.contains("198.51.100"), "{cut}");
}

#[test]
fn an_occasion_is_redacted_too() {
    let extra = DiagContext { occasion: Some("198.51.100.7 is silent".into()), ..extra() };
    let text = render(&facts(), at(), local("2026-11-23T00:30:07.123"), &extra, true);
    assert!(text.contains("occasion=\"198.51.x.x#1 is silent\""), "{text}");
}
