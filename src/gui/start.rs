//! Opening the window: options, renderers, and what to do where there is no display.

use std::fmt;

use eframe::egui;

use super::{
    App,
    jobs::{
        self,
        graphics::{self, Renderer},
    },
    options::Start,
    text::{Language, T, TITLE, Text},
};

/// Name of the window's own store and class.
const APP_ID: &str = "network-logging";

/// Reason why there is no window.
#[derive(Debug)]
pub enum Error {
    /// There is no display to open one on.
    NoDisplay(graphics::NoDisplay),
    /// No renderer works here; what each said.
    NoRenderer(Vec<String>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDisplay(why) => why.fmt(f),
            Self::NoRenderer(said) => write!(
                f,
                "the window cannot be drawn here; update the graphics driver, or choose another way to draw with --renderer \
                 ({}): {}",
                Renderer::here().into_iter().map(Renderer::as_str).collect::<Vec<_>>().join(", "),
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
    graphics::prepare_display().map_err(Error::NoDisplay)?;
    jobs::files::report_crashes();
    let mut said = Vec::new();
    for renderer in graphics::order(start.renderer) {
        graphics::tries(renderer);
        if renderer.needs_restart() {
            // Comes back only if it failed.
            said.push(format!("{}: {}", renderer.as_str(), graphics::restart_in_software()));
            continue;
        }
        let start = start.clone();
        let creator = move |cc: &eframe::CreationContext<'_>| Ok(Box::new(App::new(cc, &start, renderer)) as Box<_>);
        match eframe::run_native(APP_ID, options(renderer), Box::new(creator)) {
            Ok(()) => return Ok(()),
            Err(error) => said.push(format!("{}: {error}", renderer.as_str())),
        }
    }
    graphics::forget();
    let error = Error::NoRenderer(said);
    // Who started it from a menu sees no terminal.
    let text = Text::new(Language::of_locale(&sys_locale::get_locale().unwrap_or_default()));
    jobs::notify::tell(text.of(T::NoWindow), &error.to_string());
    Err(error)
}

fn options(renderer: Renderer) -> eframe::NativeOptions {
    let viewport = egui::ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id(APP_ID)
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([760.0, 520.0])
        .with_icon(icon());
    eframe::NativeOptions {
        viewport,
        renderer: renderer.as_eframe(),
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
