//! The echo service of Windows: `IcmpSendEcho2Ex` and `Icmp6SendEcho2`, which need no privilege.
//!
//! A request carries a completion routine (APC), which the system runs on the thread that sent the request while that
//! thread rests in [`wait`]. So one thread serves any number of requests, without an event handle for each. All
//! functions but [`wake`] belong to that one thread.

use std::{
    cell::RefCell,
    ffi::c_void,
    net::{IpAddr, Ipv6Addr},
    os::windows::io::AsRawHandle as _,
    ptr,
    thread::JoinHandle,
    time::Duration,
};

use windows_sys::Win32::{
    Foundation::{ERROR_GEN_FAILURE, ERROR_IO_PENDING, GetLastError, HANDLE, INVALID_HANDLE_VALUE},
    NetworkManagement::IpHelper::{
        ICMP_ECHO_REPLY, ICMPV6_ECHO_REPLY_LH, IP_OPTION_INFORMATION, Icmp6CreateFile, Icmp6ParseReplies,
        Icmp6SendEcho2, IcmpCloseHandle, IcmpCreateFile, IcmpParseReplies, IcmpSendEcho2Ex,
    },
    Networking::WinSock::{AF_INET6, IN6_ADDR, IN6_ADDR_0, SOCKADDR_IN6, SOCKADDR_IN6_0},
    System::{
        IO::IO_STATUS_BLOCK,
        Threading::{GetCurrentThread, QueueUserAPC, SetThreadPriority, SleepEx, THREAD_PRIORITY_HIGHEST},
    },
};

use super::{Completion, nobody};
use crate::{
    clock,
    model::host::{Family, Host},
};

/// Payload of an echo request.
static PAYLOAD: [u8; 16] = *b"network-logging\0";
const PAYLOAD_SIZE: u16 = 16;
/// Payload of a large request, at most: as much as fills a packet of Ethernet.
static LARGE: [u8; LARGE_SIZE as usize] = [0; LARGE_SIZE as usize];
const LARGE_SIZE: u16 = 1472;
/// Routers may not cut the packet into pieces (`IP_FLAG_DF`).
const NEVER_CUT: u8 = 2;

/// Room for one reply with its data, the head of an ICMP error and an `IO_STATUS_BLOCK`, generously.
const REPLY_SIZE: u32 = 2048;

thread_local! {
    /// Completions that the completion routine took in since the last [`wait`].
    static COMPLETED: RefCell<Vec<Completion>> = const { RefCell::new(Vec::new()) };
}

/// The service of one family.
pub(super) struct Service {
    handle: HANDLE,
    family: Family,
}

#[expect(unsafe_code, reason = "a handle is a pointer to the compiler")]
// SAFETY: the handle is a number that any thread of the process may use.
unsafe impl Send for Service {}

impl Service {
    /// Opens the service, or gives the system's error number.
    #[expect(unsafe_code, reason = "a call of the system")]
    pub(super) fn open(family: Family) -> Result<Self, u32> {
        // SAFETY: both take nothing and give a handle of our own or INVALID_HANDLE_VALUE.
        let handle = unsafe {
            match family {
                Family::V4 => IcmpCreateFile(),
                Family::V6 => Icmp6CreateFile(),
            }
        };
        if handle == INVALID_HANDLE_VALUE || handle.is_null() { Err(last_error()) } else { Ok(Self { handle, family }) }
    }

    /// Sends one echo request, which ends in one [`Completion`] under the name `serial`, after `timeout` at the
    /// latest as far as the system keeps to it. Gives the error number when the system refuses: then none comes.
    ///
    /// With a `size` the packet has so many bytes, at most those of Ethernet, and may not be cut into pieces.
    #[expect(unsafe_code, reason = "calls of the system")]
    pub(super) fn send(
        &self,
        serial: u64,
        host: Host,
        ttl: u8,
        size: Option<u16>,
        timeout: Duration,
    ) -> Result<(), u32> {
        let mut request = Request::new(serial, self.family, host, ttl);
        let headers = if self.family == Family::V4 { 28 } else { 48 };
        let (payload, payload_size) = match size {
            Some(size) => {
                request.options.Flags = NEVER_CUT;
                (LARGE.as_ptr(), size.saturating_sub(headers).min(LARGE_SIZE))
            }
            None => (PAYLOAD.as_ptr(), PAYLOAD_SIZE),
        };
        let request = Box::into_raw(Box::new(request));
        let milliseconds = u32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
        let (payload, context) = (payload.cast::<c_void>(), request.cast::<c_void>().cast_const());
        // SAFETY: `request` is alive; pointers into it stay valid until `completed` has run, which alone frees it.
        let (reply, options, source, target) = unsafe {
            (
                (&raw mut (*request).reply).cast::<c_void>(),
                &raw const (*request).options,
                &raw const (*request).source,
                &raw const (*request).target,
            )
        };
        let none = ptr::null_mut();
        // SAFETY: all pointers are valid as said above, the sizes are those of what they point to, and `completed`
        // is a completion routine that expects exactly this context.
        let replies = unsafe {
            match host.addr {
                IpAddr::V4(addr) => {
                    let to = u32::from_ne_bytes(addr.octets());
                    IcmpSendEcho2Ex(
                        self.handle,
                        none,
                        Some(completed),
                        context,
                        0,
                        to,
                        payload,
                        payload_size,
                        options,
                        reply,
                        REPLY_SIZE,
                        milliseconds,
                    )
                }
                IpAddr::V6(_) => Icmp6SendEcho2(
                    self.handle,
                    none,
                    Some(completed),
                    context,
                    source,
                    target,
                    payload,
                    payload_size,
                    options,
                    reply,
                    REPLY_SIZE,
                    milliseconds,
                ),
            }
        };
        let error = last_error();
        if replies != 0 || error == ERROR_IO_PENDING {
            return Ok(());
        }
        // SAFETY: the system refused the request, so it keeps no pointer to it and will not run `completed`.
        drop(unsafe { Box::from_raw(request) });
        Err(error)
    }
}

impl Drop for Service {
    #[expect(unsafe_code, reason = "a call of the system")]
    fn drop(&mut self) {
        // SAFETY: the handle is ours and closed only here. Whoever drops has waited for the requests under way.
        unsafe { IcmpCloseHandle(self.handle) };
    }
}

/// All the system reads and writes while a request is under way. It belongs to the system from [`Service::send`] to
/// [`completed`].
#[repr(C, align(16))]
struct Request {
    reply: [u8; REPLY_SIZE as usize],
    serial: u64,
    family: Family,
    options: IP_OPTION_INFORMATION,
    source: SOCKADDR_IN6,
    target: SOCKADDR_IN6,
}

impl Request {
    fn new(serial: u64, family: Family, host: Host, ttl: u8) -> Self {
        let target = match host.addr {
            IpAddr::V4(_) => Ipv6Addr::UNSPECIFIED,
            IpAddr::V6(addr) => addr,
        };
        Self {
            reply: [0; REPLY_SIZE as usize],
            serial,
            family,
            options: IP_OPTION_INFORMATION { Ttl: ttl, Tos: 0, Flags: 0, OptionsSize: 0, OptionsData: ptr::null_mut() },
            source: sockaddr(Ipv6Addr::UNSPECIFIED, 0),
            target: sockaddr(target, host.scope),
        }
    }

    /// Reads status, sender and the service's RTT out of the reply. Call it once, after completion.
    #[expect(unsafe_code, reason = "the system wrote the reply")]
    fn read(&mut self) -> (u32, Host, Duration) {
        let buffer = (&raw mut self.reply).cast::<c_void>();
        // SAFETY: the request is complete, and the buffer is REPLY_SIZE bytes long.
        let replies = unsafe {
            match self.family {
                Family::V4 => IcmpParseReplies(buffer, REPLY_SIZE),
                Family::V6 => Icmp6ParseReplies(buffer, REPLY_SIZE),
            }
        };
        let error = last_error();
        let (status, from, milliseconds) = match self.family {
            Family::V4 => {
                // SAFETY: the buffer is larger than the structure, and any bytes are valid integers and pointers.
                let reply = unsafe { buffer.cast::<ICMP_ECHO_REPLY>().read() };
                (reply.Status, Host::new(reply.Address.to_ne_bytes().into()), reply.RoundTripTime)
            }
            Family::V6 => {
                // SAFETY: as above.
                let reply = unsafe { buffer.cast::<ICMPV6_ECHO_REPLY_LH>().read() };
                // Copies, because the structure is packed.
                let (segments, scope) = (reply.Address.sin6_addr, reply.Address.sin6_scope_id);
                (reply.Status, Host { addr: segments.map(u16::from_be).into(), scope }, reply.RoundTripTime)
            }
        };
        if replies > 0 || (11_001..=11_050).contains(&status) {
            return (status, from, Duration::from_millis(milliseconds.into()));
        }
        (if error == 0 { ERROR_GEN_FAILURE } else { error }, nobody(self.family), Duration::ZERO)
    }
}

/// The completion routine. The system runs it inside [`wait`], on the thread that sent the request.
#[expect(unsafe_code, reason = "called by the system")]
unsafe extern "system" fn completed(context: *mut c_void, _: *mut IO_STATUS_BLOCK, _: u32) {
    let at = clock::now();
    // SAFETY: the context is the request given away by `send`; the system runs this routine once for it.
    let mut request = unsafe { Box::from_raw(context.cast::<Request>()) };
    let (status, from, rtt) = request.read();
    let completion = Completion { serial: request.serial, at, status, from, rtt };
    COMPLETED.with_borrow_mut(|list| list.push(completion));
}

/// Rests until a request completes, [`wake`] is called or `timeout` has passed, and gives what has completed.
#[expect(unsafe_code, reason = "a call of the system")]
pub(super) fn wait(timeout: Duration) -> Vec<Completion> {
    let milliseconds = u32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
    // SAFETY: no borrow of COMPLETED is held, so completion routines may run now.
    unsafe { SleepEx(milliseconds, 1) };
    COMPLETED.take()
}

/// Ends the [`wait`] of `thread`, the one under way or the next.
#[expect(unsafe_code, reason = "a call of the system")]
pub(super) fn wake(thread: &JoinHandle<()>) {
    unsafe extern "system" fn nothing(_: usize) {}
    // SAFETY: the handle is valid as long as `thread` is; a thread that has ended only makes the call fail.
    unsafe { QueueUserAPC(Some(nothing), thread.as_raw_handle(), 0) };
}

/// Lets this thread run before others, since the time until it runs counts as latency.
#[expect(unsafe_code, reason = "a call of the system")]
pub(super) fn hurry() {
    // SAFETY: both calls concern the current thread alone; a refusal changes nothing.
    unsafe { SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_HIGHEST) };
}

#[expect(unsafe_code, reason = "a call of the system")]
fn last_error() -> u32 {
    // SAFETY: reads a number that belongs to this thread.
    unsafe { GetLastError() }
}

fn sockaddr(addr: Ipv6Addr, scope: u32) -> SOCKADDR_IN6 {
    SOCKADDR_IN6 {
        sin6_family: AF_INET6,
        sin6_port: 0,
        sin6_flowinfo: 0,
        sin6_addr: IN6_ADDR { u: IN6_ADDR_0 { Byte: addr.octets() } },
        Anonymous: SOCKADDR_IN6_0 { sin6_scope_id: scope },
    }
}
