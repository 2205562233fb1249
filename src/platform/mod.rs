//! The operating system behind one face: one file per system, chosen here and nowhere else.

pub mod paths;
#[cfg(any(target_os = "macos", test))]
mod route_message;

use crate::model::host::HostFacts;

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
    HostFacts { resolvers: resolvers(), ..imp::host_facts() }
}

/// The resolvers the system uses, in its order, each once. Empty when it has none or does not say.
fn resolvers() -> Vec<crate::model::host::Host> {
    let Ok((config, _)) = hickory_resolver::system_conf::read_system_conf() else { return Vec::new() };
    let mut resolvers = Vec::new();
    for server in config.name_servers() {
        let host = crate::model::host::Host::new(server.ip);
        if !resolvers.contains(&host) {
            resolvers.push(host);
        }
    }
    resolvers
}
