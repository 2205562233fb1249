//! What `netlog doctor` finds wrong with a machine.

use assert_cmd::Command;

/// The line of this finding and the one after it.
fn finding(command: &mut Command, what: &str) -> (Option<i32>, String) {
    let output = command.arg("doctor").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines().skip_while(|line| !line.contains(what));
    let found = lines.by_ref().take(2).collect::<Vec<_>>().join("\n");
    (output.status.code(), found)
}

#[cfg(target_os = "linux")]
#[test]
fn a_system_that_trusts_no_issuer_is_bad_and_gets_a_remedy() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netlog"));
    command.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
    let (code, found) = finding(&mut command, "certificates");
    assert_eq!(Some(1), code, "{found}");
    assert!(found.starts_with("BAD ") && found.contains("ca-certificates"), "{found}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_system_that_trusts_an_issuer_can_judge_certificates() {
    let issuer =
        rcgen::KeyPair::generate().and_then(|key| rcgen::CertificateParams::default().self_signed(&key)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("issuers.pem");
    std::fs::write(&file, issuer.pem()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_netlog"));
    command.env("SSL_CERT_FILE", &file).env("SSL_CERT_DIR", "/nonexistent");
    let (_, found) = finding(&mut command, "certificates");
    assert!(found.starts_with("ok "), "{found}");
}
