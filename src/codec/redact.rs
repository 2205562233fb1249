//! Takes out of a text what identifies somebody, and leaves what a fault needs to be found.
//!
//! | what | what remains |
//! |---|---|
//! | hardware address | the half that names the maker: `aa:bb:cc:xx:xx:xx#1` |
//! | public IPv4 address | the first two numbers: `198.51.x.x#1` |
//! | public IPv6 address | the first 32 bits: `2001:db8:x:x:x:x:x:x#1` |
//! | private or link-local IPv6 address made of a hardware address | `fe80:0:0:0:a8bb:ccff:fexx:xxxx#1` |
//! | such an address with a made-up end | `fe80::x:x:x:x#1` |
//! | name of a host or a network | `<name>#1` |
//! | a word that was named to be hidden, such as the name of this computer or of its user | `<name>#1` |
//! | the folder of a user, below `/home`, `/Users` or `\Users` | `/home/<name>#1` |
//! | a host in the name of a file of ours | `mtr_198_51_x_x-1.log` |
//!
//! Private, link-local, loopback and multicast addresses (RFC 1918, RFC 3927, RFC 6598, RFC 4193, RFC 4291, RFC 5771)
//! stay, since as many homes have the same ones. The number behind `#` counts the values that look alike otherwise: the
//! same value always becomes the same text, different values become different ones.
//!
//! What identifies nobody may be named to be kept: the far hosts that everybody asks.

mod hidden;
mod scan;
mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

pub use self::hidden::{file_name, named_in};
use crate::model::host::{Host, is_private};

/// Replaces values by what may be told of them, the same value always by the same text.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    /// Values that were replaced, by their kind and the part of them that stays.
    seen: BTreeMap<String, Vec<String>>,
    /// Addresses and names that stay, since they identify nobody.
    kept_addrs: BTreeSet<IpAddr>,
    kept_names: BTreeSet<String>,
    /// Words that are hidden wherever they stand, in lower case.
    words: Vec<String>,
}

/// Redacts a text that is not made of values any more, such as the report of a trace.
///
/// Besides the addresses, names with a dot are taken for those of hosts, and so is what follows `HOST:`, as mtr writes
/// the name of this computer. A name without a dot elsewhere is not recognised.
/// What comes out stays as it is when it is redacted again.
pub fn redact_text(text: &str) -> String {
    Redactor::default().text(text)
}

impl Redactor {
    /// Lets an address or a name of a host stay, such as a far host that everybody asks.
    pub fn keep(&mut self, host: &str) {
        match host.parse::<IpAddr>() {
            Ok(addr) => self.kept_addrs.insert(addr),
            Err(_a_name) => self.kept_names.insert(host.trim_end_matches('.').to_ascii_lowercase()),
        };
    }

    /// Returns the number of different values that were replaced so far.
    pub fn n_replaced(&self) -> usize {
        self.seen.values().map(Vec::len).sum()
    }

    /// A hardware address.
    pub fn mac(&mut self, mac: [u8; 6]) -> String {
        let [a, b, c, ..] = mac;
        format!("{a:02x}:{b:02x}:{c:02x}:xx:xx:xx#{}", self.mac_number(&mac))
    }

    /// An address without the link it is valid on.
    pub fn addr(&mut self, addr: IpAddr) -> String {
        match addr {
            IpAddr::V4(addr) => self.v4(addr),
            IpAddr::V6(addr) => match addr.to_ipv4_mapped() {
                Some(addr) => self.v4(addr),
                None => self.v6(addr),
            },
        }
    }

    /// An address with the number of its link.
    pub fn host(&mut self, host: Host) -> String {
        match host.scope {
            0 => self.addr(host.addr),
            scope => format!("{}%{scope}", self.addr(host.addr)),
        }
    }

    /// The name of a link. Only one that is made of a hardware address identifies anybody: `enxaabbcc102030`.
    pub fn link(&mut self, name: &str) -> String {
        match scan::mac_in_link_name(name) {
            Some((kind, mac)) if name.len() == kind.len() + 12 => self.link_of(kind, mac),
            _ => name.to_owned(),
        }
    }

    /// The name of a host or a network, whatever it is.
    pub fn name(&mut self, name: &str) -> String {
        if self.kept_names.contains(&name.trim_end_matches('.').to_ascii_lowercase()) {
            return name.to_owned();
        }
        let number = self.number("name", &name.trim_end_matches('.').to_ascii_lowercase(), "");
        format!("<name>#{number}")
    }

    /// Redacts a text as [`redact_text`] does, with the numbers given so far.
    pub fn text(&mut self, text: &str) -> String {
        scan::scan(self, text)
    }

    fn v4(&mut self, addr: Ipv4Addr) -> String {
        if self.stays(addr) {
            return addr.to_string();
        }
        let (prefix, number) = self.v4_parts(addr);
        format!("{prefix}.x.x#{number}")
    }

    fn stays(&self, addr: Ipv4Addr) -> bool {
        is_common_v4(addr) || self.kept_addrs.contains(&addr.into())
    }

    /// The first two numbers, and which of the addresses with these it is.
    fn v4_parts(&mut self, addr: Ipv4Addr) -> (String, usize) {
        let [a, b, ..] = addr.octets();
        let prefix = format!("{a}.{b}");
        let number = self.number("v4", &addr.to_string(), &prefix);
        (prefix, number)
    }

    fn v6(&mut self, addr: Ipv6Addr) -> String {
        let whole = addr.to_string();
        let [first, second, third, fourth, identifier @ ..] = addr.segments();
        let is_kept = self.kept_addrs.contains(&addr.into());
        if is_kept || addr.is_multicast() || addr.is_loopback() || addr.is_unspecified() {
            return whole;
        }
        if !is_private(addr.into()) {
            let number = self.number("v6", &whole, &format!("{first:x}:{second:x}"));
            return format!("{first:x}:{second:x}:x:x:x:x:x:x#{number}");
        }
        match identifier {
            // Numbered by hand, such as fe80::1 of a router.
            [0, 0, 0, _] => whole,
            // Made of a hardware address (RFC 4291, appendix A).
            [maker, middle, rest, _] if middle & 0xff == 0xff && rest >> 8 == 0xfe => {
                // Without `::`, so that no part of what remains is an address again.
                let prefix = format!("{first:x}:{second:x}:{third:x}:{fourth:x}:{maker:x}:{middle:x}");
                format!("{prefix}:fexx:xxxx#{}", self.number("eui", &whole, &prefix))
            }
            _ => {
                let is_short = (second, third, fourth) == (0, 0, 0);
                let prefix = if is_short {
                    format!("{first:x}::")
                } else {
                    format!("{first:x}:{second:x}:{third:x}:{fourth:x}:")
                };
                format!("{prefix}x:x:x:x#{}", self.number("iid", &whole, &prefix))
            }
        }
    }

    fn link_of(&mut self, kind: &str, mac: [u8; 6]) -> String {
        format!("{kind}{}", self.mac(mac).replace(':', ""))
    }

    /// Which of the hardware addresses of this maker it is. Those of eight bytes (EUI-64) count too.
    fn mac_number(&mut self, mac: &[u8]) -> usize {
        let spelled: Vec<String> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        self.number("mac", &spelled.join(":"), &spelled.get(..3).unwrap_or_default().join(":"))
    }

    /// Which of the values that become `shown` this one is, counted from 1.
    fn number(&mut self, kind: &str, value: &str, shown: &str) -> usize {
        let seen = self.seen.entry(format!("{kind} {shown}")).or_default();
        let at = seen.iter().position(|known| known == value).unwrap_or_else(|| {
            seen.push(value.to_owned());
            seen.len() - 1
        });
        at + 1
    }
}

/// Addresses that so many have, or that belong to nobody, that they identify nobody.
fn is_common_v4(addr: Ipv4Addr) -> bool {
    is_private(addr.into()) || addr.is_multicast() || addr.is_broadcast()
}

#[cfg(test)]
mod tests;
