//! Linux: Wayland and X11, by what the environment names.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixStream},
    },
    path::{Path, PathBuf},
    time::Duration,
};

use super::NoDisplay;
use crate::platform::graphics;

/// Name of a Wayland socket, and number of an open connection, which counts first.
const WAYLAND: &str = "WAYLAND_DISPLAY";
const CONNECTION: &str = "WAYLAND_SOCKET";
const X11: &str = "DISPLAY";
/// A server that does not answer within this time is taken for dead.
const PATIENCE: Duration = Duration::from_secs(5);
/// Port of display 0 of an X server that listens to the network.
const X11_PORT: u16 = 6000;

pub(super) fn prepare() -> Result<(), NoDisplay> {
    let named = |name| env::var_os(name).filter(|value| !value.is_empty());
    let path = named(WAYLAND).map(|display| wayland_path(display.into(), named("XDG_RUNTIME_DIR").map(Into::into)));
    let answers = Answers {
        // One that is empty is used as well, and is none.
        connection: env::var(CONNECTION).ok().map(|number| is_socket(&number)),
        wayland: path.map(|path| path.is_some_and(|path| is_compositor(&path))),
        x11: named(X11).map(|display| x11_answers(&display.to_string_lossy())),
    };
    match way(answers) {
        Way::AsItIs => Ok(()),
        Way::Without(names) => {
            // Comes back only if it failed, and then the window's library says what is wrong.
            drop(graphics::restart_without(names));
            Ok(())
        }
        Way::Nowhere => {
            let all = [CONNECTION, WAYLAND, X11];
            let set = all.into_iter().filter_map(|name| Some((name, named(name)?)));
            let set: Vec<String> = set.map(|(name, value)| format!("{name}={}", value.to_string_lossy())).collect();
            Err(if set.is_empty() { NoDisplay::NotNamed } else { NoDisplay::Silent(set) })
        }
    }
}

/// Answers of the display servers that are named; `None` where none is named.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Answers {
    pub(super) connection: Option<bool>,
    pub(super) wayland: Option<bool>,
    pub(super) x11: Option<bool>,
}

/// Way to open a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// As the environment has it.
    AsItIs,
    /// Without these variables.
    Without(&'static [&'static str]),
    /// Not at all.
    Nowhere,
}

pub(super) fn way(answers: Answers) -> Way {
    match (answers.connection, answers.wayland, answers.x11) {
        (Some(true), ..) | (None, Some(true), _) | (None, None, Some(true)) => Way::AsItIs,
        (Some(false), Some(true), _) => Way::Without(&[CONNECTION]),
        (.., Some(true)) => Way::Without(&[CONNECTION, WAYLAND]),
        (.., None | Some(false)) => Way::Nowhere,
    }
}

/// Socket of a Wayland compositor; `None` if the name leads nowhere.
pub(super) fn wayland_path(name: PathBuf, runtime_dir: Option<PathBuf>) -> Option<PathBuf> {
    if name.is_absolute() {
        return Some(name);
    }
    runtime_dir.filter(|dir| dir.is_absolute()).map(|dir| dir.join(name))
}

/// True if this is the number of an open socket.
fn is_socket(number: &str) -> bool {
    let number: Option<u32> = number.parse().ok();
    let link = number.and_then(|number| fs::read_link(format!("/proc/self/fd/{number}")).ok());
    link.is_some_and(|link| link.to_string_lossy().starts_with("socket:"))
}

/// True if a compositor answers here. It gets a request that every one answers at once: `wl_display.sync`.
pub(super) fn is_compositor(path: &Path) -> bool {
    let Ok(mut stream) = UnixStream::connect(path) else { return false };
    let (object, size_and_request, callback) = (1_u32, 12_u32 << 16, 2_u32);
    let request: Vec<u8> = [object, size_and_request, callback].into_iter().flat_map(u32::to_ne_bytes).collect();
    let mut head = [0; 8];
    stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.write_all(&request))
        .and_then(|()| stream.read_exact(&mut head))
        .is_ok()
}

/// True if an X server listens at this display. One that is named in another way than usual is taken to.
fn x11_answers(display: &str) -> bool {
    match x11_place(display) {
        Some(Place::Local(number)) => {
            let file = format!("/tmp/.X11-unix/X{number}");
            let hidden = SocketAddr::from_abstract_name(&file).and_then(|at| UnixStream::connect_addr(&at));
            hidden.is_ok() || UnixStream::connect(&file).is_ok() || listens("localhost", number)
        }
        Some(Place::Remote(host, number)) => listens(&host, number),
        None => true,
    }
}

fn listens(host: &str, number: u16) -> bool {
    let Some(port) = X11_PORT.checked_add(number) else { return false };
    let Ok(mut addrs) = (host, port).to_socket_addrs() else { return false };
    addrs.any(|addr| TcpStream::connect_timeout(&addr, PATIENCE).is_ok())
}

/// Place of an X server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Display of this computer.
    Local(u16),
    /// Display of another host.
    Remote(String, u16),
}

/// Reads `host:display.screen`; `None` for what is spelled otherwise.
pub(super) fn x11_place(display: &str) -> Option<Place> {
    let (host, rest) = display.rsplit_once(':')?;
    let number = rest.split('.').next()?.parse().ok()?;
    match host {
        "" | "unix" => Some(Place::Local(number)),
        host if host.contains('/') => None,
        host => Some(Place::Remote(host.trim_matches(['[', ']']).to_owned(), number)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_dead_compositor_does_not_hide_a_display_that_answers() {
        let answers = |connection, wayland, x11| way(Answers { connection, wayland, x11 });
        let (dead, lives) = (Some(false), Some(true));
        assert_eq!(Way::AsItIs, answers(None, lives, None));
        assert_eq!(Way::AsItIs, answers(None, lives, dead));
        assert_eq!(Way::AsItIs, answers(lives, dead, dead));
        assert_eq!(Way::AsItIs, answers(None, None, lives));
        assert_eq!(Way::Without(&[CONNECTION, WAYLAND]), answers(None, dead, lives));
        assert_eq!(Way::Without(&[CONNECTION, WAYLAND]), answers(dead, dead, lives));
        assert_eq!(Way::Without(&[CONNECTION, WAYLAND]), answers(dead, None, lives));
        assert_eq!(Way::Without(&[CONNECTION]), answers(dead, lives, dead));
        for nothing in [(None, None, None), (None, dead, None), (None, dead, dead), (dead, None, None)] {
            assert_eq!(Way::Nowhere, answers(nothing.0, nothing.1, nothing.2), "{nothing:?}");
        }
    }

    #[test]
    fn a_compositor_is_looked_for_where_its_clients_do() {
        let run = || Some(PathBuf::from("/run/user/1000"));
        assert_eq!(Some("/run/user/1000/wayland-1".into()), wayland_path("wayland-1".into(), run()));
        assert_eq!(Some("/tmp/w".into()), wayland_path("/tmp/w".into(), None));
        assert_eq!(None, wayland_path("wayland-0".into(), None));
        assert_eq!(None, wayland_path("wayland-0".into(), Some("run".into())));
    }

    #[test]
    fn a_socket_is_a_compositor_only_if_it_answers() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wayland-0");
        assert!(!is_compositor(&path), "there is none");
        fs::write(&path, "").unwrap();
        assert!(!is_compositor(&path), "it is a file");
        fs::remove_file(&path).unwrap();
        let listener = UnixListener::bind(&path).unwrap();
        let server = std::thread::Builder::new().spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut request = [0; 12];
            client.read_exact(&mut request).unwrap();
            client.write_all(&[0; 12]).unwrap();
            let (hung_up, _) = listener.accept().unwrap();
            drop(hung_up);
        });
        let server = server.unwrap();
        assert!(is_compositor(&path));
        assert!(!is_compositor(&path), "it hangs up");
        server.join().unwrap();
        assert!(!is_compositor(&path), "it has ended and left its socket");
    }

    #[test]
    fn a_number_is_a_connection_only_if_it_is_a_socket() {
        use std::os::fd::AsRawFd as _;
        let (one, _other) = UnixStream::pair().unwrap();
        assert!(is_socket(&one.as_raw_fd().to_string()));
        for number in ["", "abc", "-1", "987654"] {
            assert!(!is_socket(number), "{number}");
        }
    }

    #[test]
    fn displays_are_read_as_x11_spells_them() {
        let remote = |host: &str, number| Some(Place::Remote(host.into(), number));
        assert_eq!(Some(Place::Local(0)), x11_place(":0"));
        assert_eq!(Some(Place::Local(99)), x11_place("unix:99.1"));
        assert_eq!(remote("localhost", 10), x11_place("localhost:10.0"));
        assert_eq!(remote("::1", 0), x11_place("[::1]:0"));
        for odd in ["", "x", "/tmp/launch/org.xquartz:0", ":x"] {
            assert_eq!(None, x11_place(odd), "{odd}");
        }
    }
}
