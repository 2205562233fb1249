//! Puts a picture of a part of the window into the clipboard.

use std::{borrow::Cow, sync::Arc};

use eframe::egui::{Color32, ColorImage, Pos2, Rect, Vec2};

use super::{Job, Jobs};
use crate::gui::text::T;

/// A part of a picture of the whole window, which was made with so many pixels a point. Gives the trouble, if there is any.
pub(crate) fn copy(jobs: &mut Jobs, whole: Arc<ColorImage>, part: Rect, pixels_per_point: f32) -> Job<Option<String>> {
    jobs.start(T::JobPicture, move |_| {
        let [width, height] = whole.size;
        let all = Rect::from_min_size(Pos2::ZERO, Vec2::new(width as f32, height as f32) / pixels_per_point);
        let part = part.intersect(all);
        if !part.is_positive() {
            return Some("-".to_owned());
        }
        let part = whole.region(&part, Some(pixels_per_point));
        let bytes: Vec<u8> = part.pixels.iter().flat_map(Color32::to_array).collect();
        let [width, height] = part.size;
        let image = arboard::ImageData { width, height, bytes: Cow::Owned(bytes) };
        let put = arboard::Clipboard::new().and_then(|mut clipboard| {
            clipboard.set_image(image)?;
            Ok(clipboard)
        });
        match put {
            Ok(clipboard) => {
                KEPT.lock().map(|mut kept| *kept = Some(clipboard)).ok();
                None
            }
            Err(error) => Some(error.to_string()),
        }
    })
}

/// On some systems what was copied is gone when its clipboard is dropped.
static KEPT: std::sync::Mutex<Option<arboard::Clipboard>> = std::sync::Mutex::new(None);
