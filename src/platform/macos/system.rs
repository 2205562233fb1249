//! The calls of macOS itself: dumps of the routing socket by sysctl(3), and two ioctls on interfaces.

use std::{
    ffi::{CStr, c_int},
    io,
    mem::offset_of,
    net::IpAddr,
    os::fd::AsRawFd as _,
    ptr,
};

use socket2::{Domain, Socket, Type};

use crate::{
    clock,
    model::host::{Family, Host, NeighbourState},
};

/// The routing table of one family. Empty when the system does not give it.
pub(super) fn route_dump(family: Family) -> Vec<u8> {
    dump(number(family), libc::NET_RT_DUMP, 0)
}

/// The neighbour table of one family. Empty when the system does not give it.
pub(super) fn neighbour_dump(family: Family) -> Vec<u8> {
    dump(number(family), libc::NET_RT_FLAGS, libc::RTF_LLINFO)
}

/// All links with what they carried. Empty when the system does not give it.
pub(super) fn link_dump() -> Vec<u8> {
    dump(libc::AF_UNSPEC, libc::NET_RT_IFLIST2, 0)
}

fn number(family: Family) -> c_int {
    match family {
        Family::V4 => libc::AF_INET,
        Family::V6 => libc::AF_INET6,
    }
}

fn dump(family: c_int, what: c_int, flags: c_int) -> Vec<u8> {
    let mut name = [libc::CTL_NET, libc::PF_ROUTE, 0, family, what, flags];
    // The table may grow between asking for its size and reading it.
    for _ in 0..4 {
        let Ok(size) = sysctl(&mut name, &mut []) else { break };
        let mut table = vec![0; size + size / 4 + 1024];
        match sysctl(&mut name, &mut table) {
            Ok(size) => {
                table.truncate(size);
                return table;
            }
            Err(error) if error.raw_os_error() == Some(libc::ENOMEM) => {}
            Err(_) => break,
        }
    }
    Vec::new()
}

/// Fills `into` and gives the size of what was written; with an empty `into`, the size there is to write.
#[expect(unsafe_code, reason = "a call of the system")]
fn sysctl(name: &mut [c_int; 6], into: &mut [u8]) -> io::Result<usize> {
    let mut size = into.len();
    let start = if into.is_empty() { ptr::null_mut() } else { into.as_mut_ptr() };
    // SAFETY: `name` has 6 numbers, and the call writes at most `size` bytes to `into`, or only the size.
    let result = unsafe { libc::sysctl(name.as_mut_ptr(), 6, start.cast(), &raw mut size, ptr::null_mut(), 0) };
    if result == 0 { Ok(size) } else { Err(io::Error::last_os_error()) }
}

/// Name and kernel of the system, such as `macOS 15.1, Darwin 24.1.0`.
pub(in super::super) fn system_name() -> Option<String> {
    let part = |name: &str, value: Option<String>| value.map(|value| format!("{name} {value}"));
    let parts = [part("macOS", text(c"kern.osproductversion")), part("Darwin", text(c"kern.osrelease"))];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// A value of sysctl(3) that is a text of at most 255 bytes.
#[expect(unsafe_code, reason = "a call of the system")]
fn text(name: &CStr) -> Option<String> {
    let mut value = [0_u8; 256];
    let mut size = value.len();
    // SAFETY: `name` ends with a zero, and the call writes at most `size` bytes to `value`.
    let result =
        unsafe { libc::sysctlbyname(name.as_ptr(), value.as_mut_ptr().cast(), &raw mut size, ptr::null_mut(), 0) };
    let text = CStr::from_bytes_until_nul(&value).ok().filter(|text| result == 0 && !text.is_empty())?;
    Some(text.to_string_lossy().into_owned())
}

/// `struct ifmediareq` of `net/if.h`.
#[repr(C, packed(4))]
struct MediaRequest {
    name: [u8; libc::IFNAMSIZ],
    current: c_int,
    mask: c_int,
    status: c_int,
    active: c_int,
    count: c_int,
    list: *mut c_int,
}

/// True if the medium of an interface is connected; `None` when the interface has no medium that could tell.
pub(super) fn medium_active(interface: &str) -> Option<bool> {
    /// `IFM_AVALID` and `IFM_ACTIVE` of `net/if_media.h`.
    const VALID: c_int = 1;
    const ACTIVE: c_int = 2;
    let name = name(interface)?;
    let mut request =
        MediaRequest { name, current: 0, mask: 0, status: 0, active: 0, count: 0, list: ptr::null_mut() };
    // SIOCGIFMEDIA
    ask(Domain::IPV4, 56, &mut request)?;
    let status = request.status;
    (status & VALID != 0).then_some(status & ACTIVE != 0)
}

/// `struct in6_nbrinfo` of `netinet6/nd6.h`.
#[repr(C)]
struct NeighbourRequest {
    name: [u8; libc::IFNAMSIZ],
    addr: [u8; 16],
    asked: libc::c_long,
    is_router: c_int,
    state: c_int,
    expire: c_int,
}

/// Returns the state of an IPv6 neighbour on `interface` by neighbour discovery; `None` for IPv4, or when it knows
/// nothing.
pub(super) fn neighbour_state(neighbour: Host, interface: &str) -> Option<NeighbourState> {
    let IpAddr::V6(addr) = neighbour.addr else { return None };
    let (name, addr) = (name(interface)?, addr.octets());
    let mut request = NeighbourRequest { name, addr, asked: 0, is_router: 0, state: 0, expire: 0 };
    // SIOCGNBRINFO_IN6
    ask(Domain::IPV6, 78, &mut request)?;
    // ND6_LLINFO_… of `netinet6/nd6.h`. Reachability that should have run out by now proves nothing.
    match request.state {
        0 | 3 | 4 => Some(NeighbourState::Probing),
        1 if i64::from(request.expire) > clock::now().wall.timestamp() => Some(NeighbourState::Reachable(None)),
        1 | 2 => Some(NeighbourState::Stale),
        _ => None,
    }
}

/// The name as the system wants it: filled up with zeros, one at least. `None` for a name that is too long.
fn name(interface: &str) -> Option<[u8; libc::IFNAMSIZ]> {
    let mut name = [0; libc::IFNAMSIZ];
    let (bytes, end) = (interface.as_bytes(), libc::IFNAMSIZ - 1);
    name.get_mut(..end)?.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(name)
}

/// Asks the ioctl `number` of the group `i` that reads and writes a structure: `_IOWR('i', number, T)` of
/// `sys/ioccom.h`. `None` when the system refuses, such as for an interface the question does not fit.
#[expect(unsafe_code, reason = "a call of the system")]
fn ask<T>(domain: Domain, number: u8, request: &mut T) -> Option<()> {
    let size = libc::c_ulong::try_from(size_of::<T>() & 0x1FFF).ok()?;
    let code = 0xC000_0000 | (size << 16) | (libc::c_ulong::from(b'i') << 8) | libc::c_ulong::from(number);
    let socket = Socket::new(domain, Type::DGRAM, None).ok()?;
    // SAFETY: the code carries the size of the structure, so the system reads and writes exactly that many bytes of
    // it. A pointer inside is null, with a count of 0.
    let result = unsafe { libc::ioctl(socket.as_raw_fd(), code, ptr::from_mut(request)) };
    (result == 0).then_some(())
}

// The sizes of the C structures, which are part of the codes of the ioctls.
const _: () = assert!(size_of::<MediaRequest>() == 44 && size_of::<NeighbourRequest>() == 56);

// Where `interface_message` looks for the counters.
const _: () = assert!(
    offset_of!(libc::if_msghdr2, ifm_snd_drops) == 24
        && offset_of!(libc::if_msghdr2, ifm_data) == 32
        && size_of::<libc::if_msghdr2>() == 160
        && offset_of!(libc::if_data64, ifi_mtu) == 8
        && offset_of!(libc::if_data64, ifi_baudrate) == 16
        && offset_of!(libc::if_data64, ifi_ipackets) == 24
        && offset_of!(libc::if_data64, ifi_ierrors) == 32
        && offset_of!(libc::if_data64, ifi_opackets) == 40
        && offset_of!(libc::if_data64, ifi_oerrors) == 48
        && offset_of!(libc::if_data64, ifi_ibytes) == 64
        && offset_of!(libc::if_data64, ifi_obytes) == 72
        && offset_of!(libc::if_data64, ifi_iqdrops) == 96
);
