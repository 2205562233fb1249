//! Operators of well-known far hosts.

use std::net::IpAddr;

/// Returns the operator of a public resolver, by the addresses that the operators publish; `None` for all other hosts.
///
/// Several addresses of one operator are one witness: what happens at it shows at all of them.
pub fn operator(addr: IpAddr) -> Option<&'static str> {
    match addr {
        IpAddr::V4(addr) => match addr.octets() {
            [1, 1, 1, _] | [1, 0, 0, _] => Some("Cloudflare"),
            [8, 8, 4 | 8, _] => Some("Google"),
            [9, 9, 9, _] | [149, 112, 112, _] => Some("Quad9"),
            [208, 67, 220 | 222, _] => Some("OpenDNS"),
            [94, 140, 14 | 15, _] => Some("AdGuard"),
            _ => None,
        },
        IpAddr::V6(addr) => match addr.segments() {
            [0x2606, 0x4700, 0x4700, ..] => Some("Cloudflare"),
            [0x2001, 0x4860, 0x4860, ..] => Some("Google"),
            [0x2620, 0x00fe, 0, ..] => Some("Quad9"),
            [0x2620, 0x0119, 0x0035 | 0x0053, ..] => Some("OpenDNS"),
            [0x2a10, 0x50c0, ..] => Some("AdGuard"),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_operator_are_known_in_both_families() {
        let of = |addr: &str| operator(addr.parse().unwrap());
        assert_eq!(of("8.8.8.8"), of("2001:4860:4860::8844"));
        assert_eq!((Some("Cloudflare"), Some("Cloudflare")), (of("1.0.0.1"), of("2606:4700:4700::1111")));
        assert_eq!((Some("Quad9"), Some("Quad9")), (of("149.112.112.112"), of("2620:fe::fe")));
        assert_eq!((None, None, None), (of("8.8.9.8"), of("192.0.2.1"), of("2001:4861::1")));
    }
}
