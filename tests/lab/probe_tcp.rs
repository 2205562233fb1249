//! `netlog probe-tcp` in the lab: many hosts, some good and each bad in its own way.

use std::fs;

use serde_json::{Value, json};

use super::{
    monitor::{folder, netlog},
    topology::{ACCESS, Echo, Lab, Node, ROUTER},
};

#[test]
fn hosts_of_the_configuration_are_connected_to_and_each_failure_is_told() {
    let Some(lab) = Lab::new(Echo::Allowed, &[ROUTER]) else { return };
    lab.node(Node::Core).nft(
        "table ip probetcp {
             chain forward {
                 type filter hook forward priority 0
                 ip daddr 9.9.9.9 tcp dport 443 reject with icmp type admin-prohibited
                 ip daddr 8.8.4.4 tcp dport 443 drop
             }
         }",
    );
    let dir = folder(&json!({
        "isp_targets": [ACCESS],
        "targets": ["1.1.1.1", "example.com", "9.9.9.9", "8.8.4.4", "nowhere.example.com"],
        "ipv6_targets": ["2606:4700:4700::1111"],
        "tcp_timeout_sec": 1.5,
    }));
    let output = netlog(&lab, dir.path()).args(["probe-tcp", "--from-config", "--tls"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said = format!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(Some(1), output.status.code(), "{said}");
    let line =
        |host: &str| said.lines().find(|line| line.starts_with(host)).unwrap_or_else(|| panic!("{host}: {said}"));
    for good in ["1.1.1.1", "2606:4700:4700::1111"] {
        assert!(line(good).contains("TLS 1.3") && !line(good).contains("not trusted"), "{said}");
    }
    assert!(line("example.com").contains(" 93.184.215.14 ") && line("example.com").contains("TLS 1.3"), "{said}");
    assert!(line(ACCESS).contains("refused after"), "{said}");
    let filtered = line("9.9.9.9");
    assert!(filtered.contains(" says: forbidden by a filter") && filtered.contains("router "), "{said}");
    assert!(line("8.8.4.4").ends_with("no answer within 1.5 s"), "{said}");
    assert!(line("nowhere.example.com").contains("the name has no address"), "{said}");
    assert!(said.contains("3/7 hosts reachable\n3/7 with a trusted certificate\n"), "{said}");

    let mut files = fs::read_dir(dir.path().join("logs")).unwrap();
    let file = fs::read_to_string(files.next().unwrap().unwrap().path()).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(json!(true), file["results"]["1.1.1.1"]["tls"]);
    assert_eq!(json!(false), file["results"]["9.9.9.9"]["tcp"]);
}
