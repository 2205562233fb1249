//! Opening the window: options, renderers, and what to do where there is no display.

use std::{fmt, path::PathBuf};

use eframe::egui;

use super::{App, jobs};

/// Name of the window's own store and class.
const APP_ID: &str = "network-logging";

/// What to open the window with.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The configuration named on the command line.
    pub config: Option<PathBuf>,
    /// The log folder named on the command line.
    pub log_dir: Option<PathBuf>,
    /// Show a made-up line with so many days behind it.
    pub demo_days: Option<u32>,
    /// The renderer asked for.
    pub renderer: Option<Renderer>,
    /// Begin to monitor at once.
    pub monitors: bool,
}

/// What draws the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Renderer {
    /// OpenGL.
    Glow,
    /// Direct3D, where this program was built with it.
    Wgpu,
}

/// Why there is no window.
#[derive(Debug)]
pub enum Error {
    /// There is no display to open one on.
    NoDisplay,
    /// No renderer works here; what each said.
    NoRenderer(Vec<String>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDisplay => f.write_str("there is no display, so there is no window"),
            Self::NoRenderer(said) => write!(
                f,
                "the window cannot be drawn here; update the graphics driver, or use \"netlog monitor\": {}",
                said.join("; ")
            ),
        }
    }
}

impl std::error::Error for Error {}

/// Opens the window and stays until it is closed.
///
/// # Errors
///
/// When there is no display, or nothing can draw on it.
pub fn run(start: &Start) -> Result<(), Error> {
    if !jobs::files::has_display() {
        return Err(Error::NoDisplay);
    }
    jobs::files::report_crashes();
    let mut said = Vec::new();
    for renderer in renderers(start.renderer) {
        let start = start.clone();
        let options = options(renderer);
        let opened = eframe::run_native(APP_ID, options, Box::new(move |cc| Ok(Box::new(App::new(cc, &start)))));
        match opened {
            Ok(()) => return Ok(()),
            Err(error) => said.push(format!("{renderer:?}: {error}")),
        }
    }
    Err(Error::NoRenderer(said))
}

/// The renderers to try, the likelier first.
fn renderers(wanted: Option<Renderer>) -> Vec<Renderer> {
    match wanted {
        Some(renderer) => vec![renderer],
        None => vec![Renderer::Glow],
    }
}

fn options(_renderer: Renderer) -> eframe::NativeOptions {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Network Logging")
        .with_app_id(APP_ID)
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([760.0, 520.0])
        .with_icon(icon());
    eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        persist_window: true,
        system_font_fallback: true,
        ..Default::default()
    }
}

/// The program's icon: a pulse on a blue ground.
fn icon() -> egui::IconData {
    const SIZE: u32 = 64;
    let pixels = super::theme::app_icon(SIZE);
    egui::IconData { rgba: pixels, width: SIZE, height: SIZE }
}
