//! Renderers of this system, and starting this program anew with the one that always works or without variables that
//! stand in the way.

use std::ffi::OsString;

/// Renderer of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renderer {
    /// OpenGL by the driver of the graphics card.
    OpenGl,
    /// Direct3D 12, on Windows: there without a driver too.
    Direct3d,
    /// OpenGL without a graphics card, on Linux: slower, and there on nearly every desktop.
    Software,
}

impl Renderer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OpenGl, Self::Direct3d, Self::Software];

    /// The word for it on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenGl => "opengl",
            Self::Direct3d => "direct3d",
            Self::Software => "software",
        }
    }

    /// Returns the renderers that this system has, the likelier first.
    pub fn here() -> Vec<Self> {
        match (cfg!(windows), cfg!(target_os = "linux")) {
            (true, _) => vec![Self::OpenGl, Self::Direct3d],
            (_, true) => vec![Self::OpenGl, Self::Software],
            _ => vec![Self::OpenGl],
        }
    }

    /// Returns the renderer as `eframe` names it.
    #[cfg(feature = "gui")]
    pub fn as_eframe(self) -> eframe::Renderer {
        match self {
            #[cfg(windows)]
            Self::Direct3d => eframe::Renderer::Wgpu,
            _ => eframe::Renderer::Glow,
        }
    }

    /// True if the renderer has to be chosen before a program starts, and this one was not started so.
    pub fn needs_restart(self) -> bool {
        self == Self::Software && std::env::var_os(SWITCH).is_none_or(|value| value != "1")
    }
}

/// Tells Mesa to draw without a graphics card.
const SWITCH: &str = "LIBGL_ALWAYS_SOFTWARE";

/// Starts this program anew in the same process, with the same arguments, so that it draws in software. Comes back only
/// when that fails: why.
pub fn restart_in_software() -> std::io::Error {
    let mut args: Vec<OsString> = std::env::args_os().skip(1).collect();
    args.push(format!("--renderer={}", Renderer::Software.as_str()).into());
    // The driver of a graphics card must not come first.
    let set = [(SWITCH, "1"), ("__GLX_VENDOR_LIBRARY_NAME", "mesa")];
    restart(&args, &set, &["MESA_LOADER_DRIVER_OVERRIDE", "GALLIUM_DRIVER"])
}

/// Starts this program anew in the same process, with the same arguments, without these variables of the environment.
/// Comes back only when that fails: why.
#[cfg(all(target_os = "linux", feature = "gui"))]
pub(super) fn restart_without(variables: &[&str]) -> std::io::Error {
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    restart(&args, &[], variables)
}

#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "no other program is started: this one begins again")]
fn restart(args: &[OsString], set: &[(&str, &str)], remove: &[&str]) -> std::io::Error {
    use std::os::unix::process::CommandExt as _;
    let this = match std::env::current_exe() {
        Ok(this) => this,
        Err(error) => return error,
    };
    let mut command = std::process::Command::new(this);
    command.args(args).envs(set.iter().copied());
    remove.iter().for_each(|name| {
        command.env_remove(name);
    });
    command.exec()
}

#[cfg(not(target_os = "linux"))]
fn restart(_args: &[OsString], _set: &[(&str, &str)], _remove: &[&str]) -> std::io::Error {
    std::io::ErrorKind::Unsupported.into()
}
