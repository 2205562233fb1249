//! Name, version and folders of Windows.

use std::{ffi::OsString, os::windows::ffi::OsStringExt as _, path::PathBuf};

use windows_sys::{
    Wdk::System::SystemServices::RtlGetVersion,
    Win32::System::SystemInformation::{
        GetSystemDirectoryW, GetSystemWindowsDirectoryW, OSVERSIONINFOEXW, OSVERSIONINFOW,
    },
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

/// Longest path of a folder of the system.
const MAX_PATH: u32 = 260;

/// The folder of the system's programs, such as `C:\Windows\System32`.
pub(in super::super) fn system_folder() -> Option<PathBuf> {
    let mut path = [0_u16; MAX_PATH as usize];
    #[expect(unsafe_code, reason = "a call of the system; the environment may name another folder")]
    // SAFETY: the call writes at most as many characters as it is told, which is the size of the array.
    let length = unsafe { GetSystemDirectoryW(path.as_mut_ptr(), MAX_PATH) };
    folder(&path, length)
}

/// The folder of temporary files of the system, where users may make files and change none of an administrator's, such
/// as `C:\Windows\Temp`.
pub(in super::super) fn temporary_folder() -> Option<PathBuf> {
    let mut path = [0_u16; MAX_PATH as usize];
    #[expect(unsafe_code, reason = "a call of the system; the environment may name another folder")]
    // SAFETY: the call writes at most as many characters as it is told, which is the size of the array.
    let length = unsafe { GetSystemWindowsDirectoryW(path.as_mut_ptr(), MAX_PATH) };
    Some(folder(&path, length)?.join("Temp"))
}

/// The path that a call wrote; none when it failed, or would have needed more room.
fn folder(path: &[u16], length: u32) -> Option<PathBuf> {
    let path = path.get(..usize::try_from(length).ok()?).filter(|path| !path.is_empty())?;
    Some(PathBuf::from(OsString::from_wide(path)))
}
