//! The owner of the resolvers that failed, as far as a row tells.

use std::net::IpAddr;

use crate::model::{charge::ResolverOwner, host::is_private, log_row::LogRow};

/// The words of a row for a resolver that works; the second one filters names.
const WORKS: [&str; 2] = ["ok", "filtered"];
/// The host answered that no resolver runs there (ICMP port unreachable, TCP reset).
const REFUSED: &str = "refused";

/// The owner of all resolvers that failed. `None` when they have several, when one works at home that only passes
/// questions on, and when nothing tells.
pub(super) fn owner(row: &LogRow) -> Option<ResolverOwner> {
    let mut owners = row.resolvers.iter().filter(|(_, did)| !WORKS.contains(&did.as_str())).map(|(name, did)| {
        let addr = address(name)?;
        if is_private(addr) {
            // Silent or failing, it may be waiting for the provider's.
            (did == REFUSED).then_some(ResolverOwner::Home)
        } else {
            let is_of_provider = row.isp_hops.iter().filter_map(|(hop, _)| address(hop)).any(|hop| is_near(addr, hop));
            is_of_provider.then_some(ResolverOwner::Provider)
        }
    });
    let first = owners.next()??;
    owners.all(|owner| owner == Some(first)).then_some(first)
}

fn address(name: &str) -> Option<IpAddr> {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.split('%').next()?.parse().ok()
}

/// True if an address lies in the network of a hop of the provider: blocks of this size belong to one provider.
fn is_near(addr: IpAddr, hop: IpAddr) -> bool {
    match (addr, hop) {
        (IpAddr::V4(addr), IpAddr::V4(hop)) => {
            !is_private(IpAddr::V4(hop)) && addr.to_bits() >> 16 == hop.to_bits() >> 16
        }
        (IpAddr::V6(addr), IpAddr::V6(hop)) => {
            !is_private(IpAddr::V6(hop)) && addr.to_bits() >> 96 == hop.to_bits() >> 96
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::Status;

    #[track_caller]
    fn check(resolvers: &[(&str, &str)], expected: Option<ResolverOwner>) {
        let mut row = LogRow::new(chrono::DateTime::UNIX_EPOCH, Status::DnsAppFail);
        row.resolvers = resolvers.iter().map(|(name, did)| ((*name).to_owned(), (*did).to_owned())).collect();
        row.isp_hops = [("203.0.113.1".to_owned(), true), ("10.0.0.1".to_owned(), true)].into();
        assert_eq!(expected, owner(&row), "{resolvers:?}");
    }

    #[test]
    fn only_a_resolver_in_the_providers_network_is_the_providers() {
        check(&[("203.0.113.53", "timeout"), ("1.1.1.1", "ok")], Some(ResolverOwner::Provider));
        check(&[("198.51.100.53", "timeout"), ("1.1.1.1", "ok")], None);
        check(&[("1.1.1.1", "timeout"), ("203.0.113.53", "timeout")], None);
        check(&[("10.0.0.53", "timeout")], None);
    }

    #[test]
    fn a_resolver_that_is_not_there_is_the_homes_and_a_silent_one_may_wait_for_another() {
        check(&[("127.0.0.53", "refused"), ("1.1.1.1", "ok")], Some(ResolverOwner::Home));
        check(&[("192.168.1.1", "refused"), ("9.9.9.9", "ok")], Some(ResolverOwner::Home));
        check(&[("192.168.1.1", "timeout"), ("9.9.9.9", "ok")], None);
        check(&[("192.168.1.1", "refused"), ("203.0.113.53", "timeout")], None);
        check(&[("1.1.1.1", "ok")], None);
        check(&[("names", "timeout")], None);
    }
}
