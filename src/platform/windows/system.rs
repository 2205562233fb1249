//! Name and version of Windows.

use windows_sys::{
    Wdk::System::SystemServices::RtlGetVersion,
    Win32::System::SystemInformation::{OSVERSIONINFOEXW, OSVERSIONINFOW},
};

/// `VER_NT_WORKSTATION` of `winnt.h`: no server.
const WORKSTATION: u8 = 1;
/// The first build that is called Windows 11; its version is still 10.0.
const FIRST_OF_11: u32 = 22_000;

/// Name and version of Windows, such as `Windows 11 (10.0.26100)`.
pub(in super::super) fn system_name() -> Option<String> {
    let size = u32::try_from(size_of::<OSVERSIONINFOEXW>()).ok()?;
    let mut version = OSVERSIONINFOEXW { dwOSVersionInfoSize: size, ..OSVERSIONINFOEXW::default() };
    #[expect(unsafe_code, reason = "a call of the system; others tell programs an old version")]
    // SAFETY: the call writes as many bytes as the first field says, which is the size of this structure.
    let result = unsafe { RtlGetVersion((&raw mut version).cast::<OSVERSIONINFOW>()) };
    let (major, minor, build) = (version.dwMajorVersion, version.dwMinorVersion, version.dwBuildNumber);
    let name = match (version.wProductType, major) {
        (WORKSTATION, 10) if build >= FIRST_OF_11 => "Windows 11",
        (WORKSTATION, 10) => "Windows 10",
        (WORKSTATION, _) => "Windows",
        _ => "Windows Server",
    };
    (result == 0).then(|| format!("{name} ({major}.{minor}.{build})"))
}
