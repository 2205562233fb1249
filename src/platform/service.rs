//! Words to the manager that started us as a service: that we are ready, alive, or about to end. `sd_notify(3)`.
//!
//! The protocol is one datagram a message to the socket that `NOTIFY_SOCKET` names, so nothing is linked for it. Other
//! managers than systemd want no such words and get none.

/// The manager, if it wants to hear from us.
#[derive(Debug)]
pub struct ServiceManager {
    #[cfg(target_os = "linux")]
    socket: Option<std::os::unix::net::UnixDatagram>,
}

impl ServiceManager {
    /// Finds it.
    pub fn find() -> Self {
        #[cfg(target_os = "linux")]
        return Self { socket: std::env::var_os("NOTIFY_SOCKET").and_then(|path| connect(&path).ok()) };
        #[cfg(not(target_os = "linux"))]
        Self {}
    }

    /// The monitor watches.
    pub fn ready(&self) {
        self.send("READY=1");
    }

    /// The monitor still does its work. Whoever hears this no more starts it anew.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// The monitor is about to end.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    /// Sends a status text to the manager, in one line.
    pub fn status(&self, text: &str) {
        self.send(&format!("STATUS={}", text.replace(['\n', '\r'], " ")));
    }

    #[cfg(target_os = "linux")]
    fn send(&self, message: &str) {
        // A manager that does not listen is no reason to stop.
        self.socket.iter().for_each(|socket| drop(socket.send(message.as_bytes())));
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "Linux has something to send to")]
    fn send(&self, _message: &str) {}
}

#[cfg(target_os = "linux")]
fn connect(path: &std::ffi::OsStr) -> std::io::Result<std::os::unix::net::UnixDatagram> {
    use std::os::{
        linux::net::SocketAddrExt as _,
        unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    };
    let addr = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(path)?,
    };
    let socket = UnixDatagram::unbound()?;
    // A manager that does not read must not hold us up.
    socket.set_nonblocking(true)?;
    socket.connect_addr(&addr)?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram},
    };

    use super::*;

    #[track_caller]
    fn check(manager: &UnixDatagram, path: &std::ffi::OsStr) {
        let service = ServiceManager { socket: Some(connect(path).unwrap()) };
        service.ready();
        service.alive();
        service.status("up\nand away");
        service.stopping();
        let mut bytes = [0; 64];
        for expected in ["READY=1", "WATCHDOG=1", "STATUS=up and away", "STOPPING=1"] {
            let n = manager.recv(&mut bytes).unwrap();
            assert_eq!(expected.as_bytes(), &bytes[..n]);
        }
    }

    #[test]
    fn a_manager_hears_by_a_socket_with_a_path_and_by_one_without() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        check(&UnixDatagram::bind(&path).unwrap(), path.as_os_str());
        let name = format!("netlog-test-{}", std::process::id());
        let addr = SocketAddr::from_abstract_name(&name).unwrap();
        check(&UnixDatagram::bind_addr(&addr).unwrap(), std::ffi::OsStr::new(&format!("@{name}")));
    }

    #[test]
    fn without_a_manager_nothing_is_said() {
        let service = ServiceManager { socket: None };
        service.ready();
        assert!(connect(std::ffi::OsStr::new("/no/such/socket")).is_err());
    }
}
