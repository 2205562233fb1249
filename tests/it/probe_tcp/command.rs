//! The command itself: what it prints, writes and returns.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::servers::{Authority, BOTH, Closed, Manner, Server};

/// A folder for settings and logs, and the command with them.
struct Place(TempDir);

impl Place {
    /// With these settings; whatever is not set must not lead to an address outside.
    fn new(config: &Value) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.0.path().join("config.json"), config.to_string()).unwrap();
        place
    }

    fn logs(&self) -> PathBuf {
        self.0.path().join("logs")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_netlog"));
        command.arg("probe-tcp").args(args).arg("--config").arg(self.0.path().join("config.json"));
        command.arg("--log-dir").arg(self.logs()).stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Names and contents of the files it wrote.
    fn files(&self) -> Vec<(String, String)> {
        let Ok(entries) = fs::read_dir(self.logs()) else { return Vec::new() };
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.map(|name| (name.clone(), fs::read_to_string(self.logs().join(name)).unwrap())).collect()
    }
}

fn anywhere() -> Place {
    Place::new(&json!({ "targets": ["127.0.0.1"], "ipv6_targets": [] }))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().replace("\r\n", "\n")
}

/// That the run ended with this code; what it printed, and what it complained of.
#[track_caller]
fn ended(output: &Output, code: i32) -> (String, String) {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.code() == Some(code), "{}\n{out}\n{err}", output.status);
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

/// That it could not, and why.
#[track_caller]
fn refused(args: &[&str], why: &str) {
    let place = anywhere();
    let (out, err) = ended(&place.run(args), 2);
    assert!(out.is_empty() && err.contains(why), "{args:?}: {out}{err}");
    assert!(place.files().is_empty(), "{args:?} wrote {:?}", place.files());
}

#[test]
fn reachable_hosts_make_a_table_a_file_and_0() {
    let (place, server) = (anywhere(), Server::start(Manner::Stalls));
    let hosts = format!("127.0.0.1,127.0.0.1:{0},LOCALHOST:{0}, localhost", server.port());
    let (out, err) = ended(&place.run(&["--hosts", &hosts, "--port", &server.port().to_string()]), 0);
    assert!(err.is_empty(), "{err}");
    let lines: Vec<&str> = out.lines().collect();
    // Two of the four are the other two again.
    assert_eq!(5, lines.len(), "{out}");
    assert_eq!(vec!["Host", "Address", "Connect", "Remark"], lines[0].split_whitespace().collect::<Vec<_>>());
    assert!(lines[1].starts_with("127.0.0.1") && lines[1].ends_with(" ms"), "{out}");
    assert!(lines[2].starts_with("LOCALHOST:"), "{out}");
    assert_eq!("2/2 hosts reachable", lines[3]);
    let files = place.files();
    assert_eq!(1, files.len());
    let (name, content) = &files[0];
    assert_eq!(format!("Written to {}", place.logs().join(name).display()), lines[4]);
    assert!(name.starts_with("tcp_probe_20") && name.strip_suffix(".json").is_some(), "{name}");
    let content: Value = serde_json::from_str(content).unwrap();
    assert_eq!(json!(server.port()), content["port"]);
    assert_eq!(json!(false), content["tls"]);
    assert_eq!(2, content["results"].as_object().unwrap().len());
    assert_eq!(json!(true), content["results"]["127.0.0.1"]["tcp"]);
    assert_eq!(Value::Null, content["results"]["127.0.0.1"]["tls"]);
    assert!(out.is_ascii() && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn an_ipv6_address_is_understood_with_and_without_brackets() {
    let Some(server) = Server::start_on("[::1]:0", Manner::Stalls) else {
        eprintln!("SKIPPED: ::1 is not to be had here");
        return;
    };
    let place = anywhere();
    let port = server.port().to_string();
    let (out, _) = ended(&place.run(&["--hosts", &format!("[::1]:{port}"), "--hosts", "::1", "--port", &port]), 0);
    assert!(out.contains(&format!("[::1]:{port}")) && out.contains("1/1 hosts reachable"), "{out}");
}

#[test]
fn one_closed_port_is_1_and_the_reason_is_told() {
    let (place, server, closed) = (anywhere(), Server::start(Manner::Stalls), Closed::new());
    let hosts = format!("{},{}", closed.addr(), server.addr);
    let (out, _) = ended(&place.run(&["--hosts", &hosts, "--no-file"]), 1);
    assert!(out.contains("refused after") && out.contains("1/2 hosts reachable"), "{out}");
    assert!(!out.contains("Written") && place.files().is_empty(), "{out}");
}

#[test]
fn json_is_what_the_file_holds() {
    let (place, socket) = (anywhere(), Closed::new());
    let closed = socket.addr().to_string();
    let (out, err) = ended(&place.run(&["--hosts", &closed, "--json", "--tls"]), 1);
    let printed: Value = serde_json::from_str(&out).unwrap();
    let files = place.files();
    assert_eq!(printed, serde_json::from_str::<Value>(&files[0].1).unwrap());
    assert!(err.contains(&files[0].0), "{err}");
    assert_eq!(json!(443), printed["port"]);
    assert_eq!(json!(true), printed["tls"]);
    assert_eq!(json!(false), printed["results"][&closed]["tcp"]);
    assert_eq!(Value::Null, printed["results"][&closed]["tls"]);
    assert!(printed.to_string().contains("refused after"), "{printed}");
}

#[test]
fn the_configuration_and_the_candidates_name_hosts() {
    let server = Server::start(Manner::Stalls);
    let config = json!({ "isp_targets": ["127.0.0.2", "127.0.0.1"], "targets": ["127.0.0.1"], "ipv6_targets": [] });
    let place = Place::new(&config);
    let port = server.port().to_string();
    let (out, _) = ended(&place.run(&["--from-config", "--port", &port, "--json", "--no-file"]), 1);
    let out: Value = serde_json::from_str(&out).unwrap();
    let hosts: Vec<&String> = out["results"].as_object().unwrap().keys().collect();
    assert_eq!(vec!["127.0.0.2", "127.0.0.1"], hosts);

    fs::create_dir_all(place.logs()).unwrap();
    let candidates = json!({ "seen": {}, "suggestions": [{ "hop": 2, "ip": "127.0.0.1", "seen": 12 }] });
    fs::write(place.logs().join("isp_candidates.json"), candidates.to_string()).unwrap();
    let (out, _) = ended(&place.run(&["--from-candidates", "--port", &port, "--no-file"]), 0);
    assert!(out.contains("1/1 hosts reachable"), "{out}");
}

#[test]
fn candidates_that_are_missing_or_none_are_named() {
    for (content, why) in [
        (None, "there are no candidates yet"),
        (Some("{ torn"), "candidates"),
        (Some(r#"{"seen": {}, "suggestions": []}"#), "no hop was suggested"),
    ] {
        let place = anywhere();
        if let Some(content) = content {
            fs::create_dir_all(place.logs()).unwrap();
            fs::write(place.logs().join("isp_candidates.json"), content).unwrap();
        }
        let (_, err) = ended(&place.run(&["--from-candidates"]), 2);
        assert!(err.contains(why) && err.contains("isp_candidates.json"), "{err}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_is_sent() {
    refused(&[], "--hosts a,b, or take those of the configuration with --from-config, or those");
    refused(&["--hosts", "-V"], "\"-V\" is not an IP address or host name: it must not start with -");
    refused(&["--hosts", "127.0.0.1,--version"], "it must not start with -");
    refused(&["--hosts", "a\u{1b}[31mb"], "control character");
    refused(&["--hosts", "127.0.0.1,"], "a host is missing");
    refused(&["--hosts", "https://127.0.0.1/"], "write the name alone");
    refused(&["--hosts", "127.0.0.1:99999"], "a port is a whole number from 1 to 65535");
    refused(&["--hosts", "127.0.0.1", "--port", "0"], "1..");
    let place = Place::new(&json!({ "targets": [], "ipv6_targets": [], "isp_targets": [] }));
    let (_, err) = ended(&place.run(&["--from-config"]), 2);
    assert!(err.contains("the configuration names no hosts"), "{err}");
}

#[test]
fn a_folder_that_cannot_be_written_costs_the_file_and_not_the_table() {
    let (place, server) = (anywhere(), Server::start(Manner::Stalls));
    fs::write(place.logs(), "a file where the folder should be").unwrap();
    let (out, err) = ended(&place.run(&["--hosts", &server.addr.to_string()]), 2);
    assert!(out.contains("1/1 hosts reachable"), "{out}");
    assert!(err.contains("--no-file") && err.contains("logs"), "{err}");
}

#[test]
fn a_reader_that_leaves_loses_no_file() {
    let (place, server) = (anywhere(), Server::start(Manner::Stalls));
    let mut command = place.command(&["--hosts", &server.addr.to_string()]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    ended(&output, 0);
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    assert_eq!(1, place.files().len());
}

#[test]
fn an_untrusted_certificate_is_1_and_told() {
    let (place, authority) = (anywhere(), Authority::new("one"));
    let good = Server::start(authority.server("127.0.0.1", 30, BOTH));
    let (out, _) = ended(&place.run(&["--hosts", &good.addr.to_string(), "--tls"]), 1);
    assert!(out.contains("TLS 1.3") && out.contains("certificate not trusted"), "{out}");
    assert!(out.contains("1/1 hosts reachable\n0/1 with a trusted certificate\n"), "{out}");
    let files = place.files();
    let content: Value = serde_json::from_str(&files[0].1).unwrap();
    assert_eq!(json!(true), content["results"][good.addr.to_string()]["tls"]);
}

/// What the system trusts can be replaced on Linux alone.
#[cfg(target_os = "linux")]
#[test]
fn a_certificate_of_a_trusted_issuer_is_0_unless_something_else_is_wrong() {
    let (place, authority) = (anywhere(), Authority::new("one"));
    let issuers = place.0.path().join("issuers.pem");
    fs::write(&issuers, &authority.pem).unwrap();
    let run = |manner: Manner| {
        let server = Server::start(manner);
        let mut command = place.command(&["--hosts", &server.addr.to_string(), "--tls", "--no-file"]);
        command.env("SSL_CERT_FILE", &issuers).env_remove("SSL_CERT_DIR").output().unwrap()
    };
    let (out, _) = ended(&run(authority.server("127.0.0.1", 30, BOTH)), 0);
    assert!(out.contains("1/1 with a trusted certificate") && !out.contains("not trusted"), "{out}");
    let (out, _) = ended(&run(authority.server("127.0.0.1", -10, BOTH)), 1);
    assert!(out.contains(" -10 ") && out.contains("certificate not trusted: it has expired"), "{out}");
    let (out, _) = ended(&run(authority.server("other.example", 30, BOTH)), 1);
    assert!(out.contains("certificate not trusted: it is for another name"), "{out}");
    let (out, _) = ended(&run(Authority::new("two").server("127.0.0.1", 30, BOTH)), 1);
    assert!(out.contains("certificate not trusted: its issuer is not known to this system"), "{out}");
    let (out, _) = ended(&run(authority.forger("127.0.0.1", BOTH)), 1);
    assert!(out.contains("does not prove that it is its own"), "{out}");

    fs::write(&issuers, "").unwrap();
    let (out, _) = ended(&run(authority.server("127.0.0.1", 30, BOTH)), 1);
    assert!(out.contains("this system names no issuers"), "{out}");
}
