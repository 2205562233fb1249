//! The operating system behind one face: one file per system, chosen here and nowhere else.

#[cfg(feature = "gui")]
pub mod bell;
mod command;
#[cfg(feature = "gui")]
pub mod display;
pub mod elevate;
pub mod files;
pub mod graphics;
#[cfg(any(target_os = "macos", test))]
mod interface_message;
pub mod open_files;
#[cfg(unix)]
mod owner;
pub mod paths;
#[cfg(any(target_os = "macos", test))]
mod route_message;
pub mod scheduler;
pub mod service;
#[cfg(feature = "gui")]
pub mod tray;

use std::net::{IpAddr, SocketAddr, UdpSocket};

use crate::model::host::{Family, Host, HostFacts};

cfg_select! {
    target_os = "linux" => {
        mod linux;
        use linux as imp;
    }
    target_os = "macos" => {
        mod macos;
        use macos as imp;
    }
    windows => {
        mod windows;
        use windows as imp;
    }
    _ => {
        compile_error!("network-logging runs on Linux, macOS and Windows");
    }
}

/// Reads links, default routes, neighbours and resolvers from the system.
///
/// What the system does not tell is left out, so an empty list means "unknown or none".
pub fn host_facts() -> HostFacts {
    let mut facts = imp::host_facts();
    facts.resolvers = resolvers();
    // A link-local resolver is on the link of the default route; the system's list does not say so.
    let link = facts.routes.iter().filter(|route| route.family == Family::V6).min_by_key(|route| route.metric);
    if let Some(link) = link.map(|route| route.link) {
        let local = |host: &&mut Host| matches!(host.addr, IpAddr::V6(addr) if addr.is_unicast_link_local());
        facts.resolvers.iter_mut().filter(local).for_each(|host| host.scope = link);
    }
    facts.sources = sources();
    facts
}

/// True if this session can show a dialog that asks for a file. On Linux a desktop portal, taken to be there
/// with a session bus, or `zenity` does, and there are sessions with neither.
pub fn has_file_dialog() -> bool {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let has_bus = path("DBUS_SESSION_BUS_ADDRESS").is_some()
        || path("XDG_RUNTIME_DIR").is_some_and(|dir| std::path::Path::new(&dir).join("bus").exists());
    let has_zenity =
        || path("PATH").is_some_and(|all| std::env::split_paths(&all).any(|dir| dir.join("zenity").is_file()));
    cfg!(not(target_os = "linux")) || has_bus || has_zenity()
}

/// Name and version of the system, for people. `None` when the system does not say.
pub fn system_name() -> Option<String> {
    imp::system_name()
}

/// The name of this computer; "localhost" when the system does not say.
pub fn host_name() -> String {
    #[cfg(unix)]
    let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    #[cfg(windows)]
    let name = std::env::var("COMPUTERNAME").ok();
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "localhost".into())
}

/// Returns the names of this user: the name of the home folder, and those that the environment gives.
pub fn user_names() -> Vec<String> {
    let home = directories::BaseDirs::new();
    let home = home.and_then(|dirs| Some(dirs.home_dir().file_name()?.to_string_lossy().into_owned()));
    let said = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
    let mut names: Vec<String> = home.into_iter().chain(said).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

/// The addresses this computer would send from to the internet, whatever table or policy decides it. Sends nothing: the
/// far addresses are those set aside for documentation (RFC 5737, RFC 3849).
fn sources() -> Vec<IpAddr> {
    let far: [SocketAddr; 2] = [([192, 0, 2, 1], 9).into(), ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9).into()];
    let source = |far: SocketAddr| {
        let any: SocketAddr = if far.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect(far).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    far.into_iter().filter_map(source).collect()
}

/// The resolvers the system uses, in its order, each once. Empty when it has none or does not say.
fn resolvers() -> Vec<Host> {
    let Ok((config, _)) = hickory_resolver::system_conf::read_system_conf() else { return Vec::new() };
    let mut resolvers = Vec::new();
    for server in config.name_servers() {
        let host = Host::new(server.ip);
        if !resolvers.contains(&host) {
            resolvers.push(host);
        }
    }
    resolvers
}
