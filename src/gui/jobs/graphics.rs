//! Which renderer to begin with, remembered over starts that ended before anything was drawn.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

pub use crate::platform::graphics::Renderer;
pub(crate) use crate::platform::{
    display::{NoDisplay, prepare as prepare_display},
    graphics::restart_in_software,
};
use crate::{
    clock,
    platform::{files, paths},
};

/// A window that has drawn nothing for so long has died.
const PATIENCE: Duration = Duration::from_secs(3);
/// Before the first picture: which renderer is tried.
const TRIED: &str = "starting";
/// After it: which one works where the likeliest does not.
const WORKS: &str = "use";

/// Record that earlier starts left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    Nothing,
    /// This one works.
    Works(Renderer),
    /// This one was tried, and nothing was drawn.
    Died(Renderer),
}

fn file() -> Option<PathBuf> {
    Some(paths::data_dir()?.join("window.renderer"))
}

fn memory() -> Memory {
    let Some(file) = file() else { return Memory::Nothing };
    let Ok(text) = fs::read_to_string(&file) else { return Memory::Nothing };
    let written = fs::metadata(&file).and_then(|file| file.modified()).ok();
    let age = written.and_then(|at| SystemTime::from(clock::now().wall).duration_since(at).ok());
    read(&text, age.is_none_or(|age| age > PATIENCE))
}

fn read(text: &str, is_old: bool) -> Memory {
    let Some((word, name)) = text.trim().split_once(' ') else { return Memory::Nothing };
    let Some(renderer) = Renderer::ALL.into_iter().find(|one| one.as_str() == name) else { return Memory::Nothing };
    match word {
        WORKS => Memory::Works(renderer),
        TRIED if is_old => Memory::Died(renderer),
        _ => Memory::Nothing,
    }
}

/// The renderers to try, in this order. One that was asked for is the only one.
pub(crate) fn order(wanted: Option<Renderer>) -> Vec<Renderer> {
    wanted.map_or_else(|| order_of(&Renderer::here(), memory()), |wanted| vec![wanted])
}

fn order_of(here: &[Renderer], memory: Memory) -> Vec<Renderer> {
    let mut order = here.to_vec();
    match memory {
        Memory::Nothing => {}
        Memory::Works(works) => order.sort_by_key(|one| *one != works),
        Memory::Died(died) => order.sort_by_key(|one| *one == died),
    }
    order
}

/// This one is tried now.
pub(crate) fn tries(renderer: Renderer) {
    write(Some(&format!("{TRIED} {}\n", renderer.as_str())));
}

/// It has drawn, so it works.
pub(crate) fn works(renderer: Renderer) {
    // What is tried first anyway need not be remembered.
    let is_first = Renderer::here().first() == Some(&renderer);
    write((!is_first).then(|| format!("{WORKS} {}\n", renderer.as_str())).as_deref());
}

/// None works, or the window was closed before it drew.
pub(crate) fn forget() {
    write(None);
}

/// Writes `text` into the file, or removes the file. Failures are ignored: what cannot be remembered is found out anew.
fn write(text: Option<&str>) {
    let Some(file) = file() else { return };
    match text {
        None => {
            fs::remove_file(&file).ok();
            // A folder that was made for it alone goes too; one that holds something stays.
            file.parent().map(fs::remove_dir);
        }
        Some(text) => {
            if let Some(folder) = file.parent() {
                files::make_dir(folder).ok();
            }
            files::replace(&file, text.as_bytes()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renderer_with_which_a_window_died_comes_last_and_one_that_works_first() {
        let here = [Renderer::OpenGl, Renderer::Software];
        let swapped = vec![Renderer::Software, Renderer::OpenGl];
        assert_eq!(here.to_vec(), order_of(&here, Memory::Nothing));
        assert_eq!(swapped, order_of(&here, read("starting opengl\n", true)));
        assert_eq!(swapped, order_of(&here, read("use software\n", false)));
        // Another window is just opening.
        assert_eq!(here.to_vec(), order_of(&here, read("starting opengl\n", false)));
        for text in ["", "use", "use magic", "x opengl"] {
            assert_eq!(Memory::Nothing, read(text, true), "{text}");
        }
    }
}
