//! The local API of the real program where it would be open to others.

use std::{fs, net::TcpListener, process::Command};

#[test]
fn a_monitor_whose_api_would_be_open_to_others_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config.json");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody_else = r#""gateway": "127.0.0.1", "targets": ["127.0.0.2"], "ipv6_targets": [], "isp_targets": [],
        "dns_servers": ["127.0.0.1"], "public_resolvers": [], "tcp_test_ip": "", "http_url": "http://127.0.0.1:9",
        "http_urls": [], "http_ip_url": "", "captive_portal_url": "", "trace_host": "127.0.0.2", "mtr_targets": [],
        "mtr_baseline_enabled": false"#;
    let monitor = |listen: &str, more: &[&str]| {
        let text = format!("{{{nobody_else}, \"api_enabled\": true, \"api_listen\": \"{listen}\"}}");
        fs::write(&config, text).unwrap();
        Command::new(env!("CARGO_BIN_EXE_netlog"))
            .args(["monitor", "--for", "2s", "--config"])
            .arg(&config)
            .arg("--log-dir")
            .arg(dir.path().join("logs"))
            .args(more)
            .output()
            .unwrap()
    };
    for listen in [format!("0.0.0.0:{port}"), format!("[::]:{port}")] {
        let output = monitor(&listen, &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(Some(2), output.status.code(), "{listen}: {said}");
        assert!(said.contains("netlog integrations token --new") && said.contains("127.0.0.1"), "{said}");
        assert!(!dir.path().join("logs/netlog.csv").exists());
    }
    // A service watches the line all the same, without the API, and says so.
    let output = monitor(&format!("0.0.0.0:{port}"), &["--service"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_ne!(Some(2), output.status.code(), "{said}");
    assert!(said.contains("netlog integrations token --new"), "{said}");
    assert!(dir.path().join("logs/netlog.csv").exists());
    // Loopback needs no token.
    let output = monitor(&format!("127.0.0.1:{port}"), &[]);
    assert_ne!(Some(2), output.status.code(), "{}", String::from_utf8_lossy(&output.stderr));
}
