//! Announcement of the API on the local network by multicast DNS (RFC 6762, RFC 6763), for programs that look for it.

use std::net::SocketAddr;

use mdns_sd::{ServiceDaemon, ServiceInfo};

/// Type of the service.
const TYPE: &str = "_netlog._tcp.local.";
/// Time between two looks at the addresses of the computer, in seconds.
const INTERFACES_S: u32 = 60;

/// Announcement that lasts as long as this value.
pub(super) struct Announcement {
    daemon: ServiceDaemon,
    name: String,
}

impl Announcement {
    /// Announces the API of the line `site` at this address. The error says why it cannot be.
    pub(super) fn begin(site: &str, listen: SocketAddr) -> Result<Self, String> {
        let service = service(site, listen).map_err(|error| error.to_string())?;
        let name = service.get_fullname().to_owned();
        let daemon = ServiceDaemon::new().map_err(|error| error.to_string())?;
        // By default it lists the interfaces every five seconds.
        daemon.set_ip_check_interval(INTERFACES_S).map_err(|error| error.to_string())?;
        daemon.register(service).map_err(|error| error.to_string())?;
        Ok(Self { daemon, name })
    }
}

impl Drop for Announcement {
    fn drop(&mut self) {
        // Both are messages to its thread, which says goodbye to the network; a thread that is gone needs none.
        self.daemon.unregister(&self.name).ok();
        self.daemon.shutdown().ok();
    }
}

/// Returns the service to announce. Where the API listens at all addresses, those of the computer are announced as
/// they come and go.
fn service(site: &str, listen: SocketAddr) -> mdns_sd::Result<ServiceInfo> {
    let instance = format!("Network Logging {site}");
    let host = format!("netlog-{}.local.", site.replace('_', "-"));
    let properties = [("site", site), ("version", env!("CARGO_PKG_VERSION")), ("path", "/api/v1")];
    if listen.ip().is_unspecified() {
        let service = ServiceInfo::new(TYPE, &instance, &host, "", listen.port(), &properties[..])?;
        Ok(service.enable_addr_auto())
    } else {
        ServiceInfo::new(TYPE, &instance, &host, listen.ip(), listen.port(), &properties[..])
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_announcement_says_where_and_which_line() {
        let service = super::service("cellar_2", "192.0.2.10:8787".parse().unwrap()).unwrap();
        assert_eq!("Network Logging cellar_2._netlog._tcp.local.", service.get_fullname());
        assert_eq!("netlog-cellar-2.local.", service.get_hostname());
        assert_eq!(8787, service.get_port());
        assert_eq!(1, service.get_addresses().len());
        assert_eq!(Some("cellar_2"), service.get_property_val_str("site"));
        assert_eq!(Some(env!("CARGO_PKG_VERSION")), service.get_property_val_str("version"));
        assert_eq!(Some("/api/v1"), service.get_property_val_str("path"));
        assert!(!service.is_addr_auto());
        assert!(super::service("home", "0.0.0.0:8787".parse().unwrap()).unwrap().is_addr_auto());
    }
}
