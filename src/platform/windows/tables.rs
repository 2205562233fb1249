//! The tables of the IP Helper library as plain values. Every table the system lends is given back here.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ptr,
};

use windows_sys::{
    Win32::{
        Foundation::{ERROR_BUFFER_OVERFLOW, ERROR_SUCCESS, WIN32_ERROR},
        NetworkManagement::{
            IpHelper::{
                FreeMibTable, GAA_FLAG_SKIP_ANYCAST, GAA_FLAG_SKIP_DNS_SERVER, GAA_FLAG_SKIP_MULTICAST,
                GetAdaptersAddresses, GetIfEntry2, GetIpForwardTable2, GetIpInterfaceTable, GetIpNetTable2, IP_ADAPTER_ADDRESSES_LH,
                IP_ADAPTER_UNICAST_ADDRESS_LH, MIB_IF_ROW2, MIB_IPFORWARD_ROW2, MIB_IPFORWARD_TABLE2, MIB_IPINTERFACE_ROW,
                MIB_IPINTERFACE_TABLE, MIB_IPNET_ROW2, MIB_IPNET_TABLE2,
            },
            Ndis::{IfOperStatusUp, TUNNEL_TYPE_NONE},
        },
        Networking::WinSock::{
            ADDRESS_FAMILY, AF_INET, AF_INET6, AF_UNSPEC, IpDadStateDeprecated, IpDadStatePreferred, SOCKADDR_IN,
            SOCKADDR_IN6, SOCKADDR_INET, SOCKET_ADDRESS,
        },
    },
    core::PCWSTR,
};

use crate::model::host::{Counters, Family};

/// A network interface.
pub(super) struct Adapter {
    /// The system's number of it.
    pub(super) index: u32,
    /// The name shown to the user, such as `Wi-Fi`.
    pub(super) name: String,
    /// IANA's number of its kind (`IF_TYPE_…`).
    pub(super) if_type: u32,
    /// Switched on and connected.
    pub(super) up: bool,
    /// Carries packets inside packets, whatever its kind.
    pub(super) tunnel: bool,
    /// Addresses of the interface, without those still or no longer being claimed.
    pub(super) addrs: Vec<IpAddr>,
    /// Largest packet in bytes; the largest number there is where there is no limit.
    pub(super) mtu: u32,
    /// Hardware address; `None` when the interface has none of six bytes, or only zeros.
    pub(super) mac: Option<[u8; 6]>,
    /// Rate at which it sends, in bit/s; 0 or the largest number there is when unknown.
    pub(super) speed: u64,
    /// Counters of its traffic; `None` when the system does not say.
    pub(super) counters: Option<Counters>,
}

/// An entry of the routing table.
pub(super) struct RouteRow {
    pub(super) prefix: IpAddr,
    pub(super) prefix_length: u8,
    /// `None` when the system gives no address.
    pub(super) next_hop: Option<IpAddr>,
    pub(super) link: u32,
    pub(super) metric: u32,
    pub(super) loopback: bool,
}

/// Interface as one family uses it.
pub(super) struct Interface {
    pub(super) family: Family,
    pub(super) index: u32,
    pub(super) metric: u32,
    pub(super) connected: bool,
}

/// An entry of the neighbour table.
pub(super) struct NeighbourRow {
    pub(super) addr: IpAddr,
    pub(super) link: u32,
    /// One of `Nlns…`.
    pub(super) state: i32,
    /// Milliseconds since the neighbour proved itself reachable, while it is.
    pub(super) reachability_ms: u32,
}

/// Reads the interfaces that speak IP.
pub(super) fn adapters() -> Vec<Adapter> {
    let mut adapters = Vec::new();
    let buffer = adapter_list();
    let mut next: *const IP_ADAPTER_ADDRESSES_LH = if buffer.is_empty() { ptr::null() } else { buffer.as_ptr().cast() };
    #[expect(unsafe_code, reason = "a linked list the system wrote")]
    // SAFETY: the system wrote a list into `buffer`, whose pointers are null or lead to structures inside it.
    while let Some(adapter) = unsafe { next.as_ref() } {
        // SAFETY: both halves of the union are integers.
        let index_v4 = unsafe { adapter.Anonymous1.Anonymous.IfIndex };
        let index = if index_v4 == 0 { adapter.Ipv6IfIndex } else { index_v4 };
        let has_mac = adapter.PhysicalAddressLength == 6;
        adapters.push(Adapter {
            index,
            name: text(adapter.FriendlyName),
            if_type: adapter.IfType,
            up: adapter.OperStatus == IfOperStatusUp,
            tunnel: adapter.TunnelType != TUNNEL_TYPE_NONE,
            addrs: addresses(adapter.FirstUnicastAddress),
            mtu: adapter.Mtu,
            mac: adapter.PhysicalAddress.first_chunk().copied().filter(|mac| has_mac && *mac != [0; 6]),
            speed: adapter.TransmitLinkSpeed,
            counters: counters(index),
        });
        next = adapter.Next;
    }
    adapters
}

/// Returns the counters of the interface of this number; `None` when the system does not say.
fn counters(index: u32) -> Option<Counters> {
    let mut row = MIB_IF_ROW2 { InterfaceIndex: index, ..MIB_IF_ROW2::default() };
    #[expect(unsafe_code, reason = "a call of the system")]
    // SAFETY: the call reads the number out of the row and fills the rest of it.
    let result = unsafe { GetIfEntry2(&raw mut row) };
    (result == ERROR_SUCCESS).then(|| Counters {
        rx_bytes: row.InOctets,
        tx_bytes: row.OutOctets,
        rx_packets: row.InUcastPkts.saturating_add(row.InNUcastPkts),
        tx_packets: row.OutUcastPkts.saturating_add(row.OutNUcastPkts),
        rx_errors: row.InErrors,
        tx_errors: row.OutErrors,
        rx_dropped: row.InDiscards,
        tx_dropped: row.OutDiscards,
    })
}

/// The list of adapters in a buffer aligned for its structures; empty when the system gives none.
fn adapter_list() -> Vec<u64> {
    let flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    // The size Microsoft recommends to begin with; the list may grow between two calls.
    let mut size: u32 = 15_360;
    for _ in 0..4 {
        let mut buffer = vec![0_u64; size.div_ceil(8) as usize];
        #[expect(unsafe_code, reason = "a call of the system")]
        // SAFETY: `buffer` is at least `size` bytes long and aligned to 8; the call writes no more than `size` bytes.
        let result = unsafe {
            GetAdaptersAddresses(AF_UNSPEC.into(), flags, ptr::null(), buffer.as_mut_ptr().cast(), &raw mut size)
        };
        match result {
            ERROR_SUCCESS => return buffer,
            ERROR_BUFFER_OVERFLOW => {}
            _ => break,
        }
    }
    Vec::new()
}

fn addresses(mut next: *const IP_ADAPTER_UNICAST_ADDRESS_LH) -> Vec<IpAddr> {
    let mut addrs = Vec::new();
    #[expect(unsafe_code, reason = "a linked list the system wrote")]
    // SAFETY: the list lies in the buffer that holds its adapter; its pointers are null or valid.
    while let Some(unicast) = unsafe { next.as_ref() } {
        if [IpDadStatePreferred, IpDadStateDeprecated].contains(&unicast.DadState) {
            addrs.extend(socket_address(&unicast.Address));
        }
        next = unicast.Next;
    }
    addrs
}

/// `None` for an address of another family.
#[expect(unsafe_code, reason = "an address of a kind its first field tells")]
fn socket_address(address: &SOCKET_ADDRESS) -> Option<IpAddr> {
    let (sockaddr, length) = (address.lpSockaddr, usize::try_from(address.iSockaddrLength).ok()?);
    // SAFETY: the pointer is null or leads to a socket address, which begins with its family.
    let family = unsafe { sockaddr.as_ref() }?.sa_family;
    match family {
        AF_INET if length >= size_of::<SOCKADDR_IN>() => {
            // SAFETY: the family says what it is, and the length that all of it is there.
            Some(ipv4(&unsafe { sockaddr.cast::<SOCKADDR_IN>().read_unaligned() }))
        }
        AF_INET6 if length >= size_of::<SOCKADDR_IN6>() => {
            // SAFETY: as above.
            Some(ipv6(&unsafe { sockaddr.cast::<SOCKADDR_IN6>().read_unaligned() }))
        }
        _ => None,
    }
}

#[expect(unsafe_code, reason = "a union whose first field tells its kind")]
fn inet(address: &SOCKADDR_INET) -> Option<IpAddr> {
    // SAFETY: the family is the first field of all members, and it says which of them holds.
    unsafe {
        match address.si_family {
            AF_INET => Some(ipv4(&address.Ipv4)),
            AF_INET6 => Some(ipv6(&address.Ipv6)),
            _ => None,
        }
    }
}

#[expect(unsafe_code, reason = "a union")]
fn ipv4(address: &SOCKADDR_IN) -> IpAddr {
    // SAFETY: all members of the union are the same four bytes.
    Ipv4Addr::from(unsafe { address.sin_addr.S_un.S_addr }.to_ne_bytes()).into()
}

#[expect(unsafe_code, reason = "a union")]
fn ipv6(address: &SOCKADDR_IN6) -> IpAddr {
    // SAFETY: all members of the union are the same sixteen bytes.
    Ipv6Addr::from(unsafe { address.sin6_addr.u.Byte }).into()
}

/// A string the system wrote, up to its closing zero. Empty for a null pointer.
fn text(string: PCWSTR) -> String {
    let mut units = Vec::new();
    #[expect(unsafe_code, reason = "a string the system wrote")]
    // SAFETY: the pointer is null or leads to a string that ends with a zero, before which reading stops.
    while let Some(unit) = unsafe { string.wrapping_add(units.len()).as_ref() } {
        if *unit == 0 {
            break;
        }
        units.push(*unit);
    }
    String::from_utf16_lossy(&units)
}

/// A table of the system: a count and that many rows.
trait Table {
    type Row: Copy;

    fn count(&self) -> u32;

    /// The first of the rows, all of which lie in the memory of the table.
    fn first(table: *const Self) -> *const Self::Row;
}

macro_rules! table {
    ($table:ty, $row:ty) => {
        impl Table for $table {
            type Row = $row;

            fn count(&self) -> u32 {
                self.NumEntries
            }

            fn first(table: *const Self) -> *const $row {
                table.wrapping_byte_add(std::mem::offset_of!($table, Table)).cast()
            }
        }
    };
}

table!(MIB_IPFORWARD_TABLE2, MIB_IPFORWARD_ROW2);
table!(MIB_IPNET_TABLE2, MIB_IPNET_ROW2);
table!(MIB_IPINTERFACE_TABLE, MIB_IPINTERFACE_ROW);

/// Copies the rows of both families' tables. They are asked for apart, so that a family that is switched off does not
/// hide the other.
fn read<T: Table>(get: unsafe extern "system" fn(ADDRESS_FAMILY, *mut *mut T) -> WIN32_ERROR) -> Vec<T::Row> {
    [AF_INET, AF_INET6].into_iter().flat_map(|family| read_family(get, family)).collect()
}

/// Copies the rows of a table and gives the table back. Empty when the call fails.
#[expect(unsafe_code, reason = "a table the system lends")]
fn read_family<T: Table>(
    get: unsafe extern "system" fn(ADDRESS_FAMILY, *mut *mut T) -> WIN32_ERROR,
    family: ADDRESS_FAMILY,
) -> Vec<T::Row> {
    let mut table = ptr::null_mut();
    // SAFETY: the call writes one pointer.
    let result = unsafe { get(family, &raw mut table) };
    if result != ERROR_SUCCESS || table.is_null() {
        return Vec::new();
    }
    // SAFETY: on success the table is valid, with as many rows as it says, until it is given back below.
    let rows = unsafe { std::slice::from_raw_parts(T::first(table), (*table).count() as usize).to_vec() };
    // SAFETY: the table came from the system and nothing points into it any more.
    unsafe { FreeMibTable(table.cast()) };
    rows
}

/// Reads the routing tables of both families.
pub(super) fn routes() -> Vec<RouteRow> {
    let route = |row: MIB_IPFORWARD_ROW2| {
        Some(RouteRow {
            prefix: inet(&row.DestinationPrefix.Prefix)?,
            prefix_length: row.DestinationPrefix.PrefixLength,
            next_hop: inet(&row.NextHop),
            link: row.InterfaceIndex,
            metric: row.Metric,
            loopback: row.Loopback,
        })
    };
    read(GetIpForwardTable2).into_iter().filter_map(route).collect()
}

/// Reads how both families use the interfaces.
pub(super) fn interfaces() -> Vec<Interface> {
    let interface = |row: MIB_IPINTERFACE_ROW| {
        let family = match row.Family {
            AF_INET => Family::V4,
            AF_INET6 => Family::V6,
            _ => return None,
        };
        Some(Interface { family, index: row.InterfaceIndex, metric: row.Metric, connected: row.Connected })
    };
    read(GetIpInterfaceTable).into_iter().filter_map(interface).collect()
}

/// Reads the neighbour tables of both families.
pub(super) fn neighbours() -> Vec<NeighbourRow> {
    let neighbour = |row: MIB_IPNET_ROW2| {
        #[expect(unsafe_code, reason = "a union")]
        // SAFETY: both members of the union are the same number.
        let reachability_ms = unsafe { row.ReachabilityTime.LastReachable };
        Some(NeighbourRow { addr: inet(&row.Address)?, link: row.InterfaceIndex, state: row.State, reachability_ms })
    };
    read(GetIpNetTable2).into_iter().filter_map(neighbour).collect()
}
