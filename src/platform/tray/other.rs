//! Windows and macOS: the notification area, and the menu bar.

use tray_icon::{
    Icon, MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent,
    menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem},
};

use super::{Asked, Look, OnAsked};

const OPEN: &str = "open";
const RUN: &str = "run";
const QUIT: &str = "quit";

pub(super) struct Tray {
    /// `None` where the system has no place for it.
    icon: Option<TrayIcon>,
    run: MenuItem,
    open: MenuItem,
    quit: MenuItem,
}

impl Tray {
    pub(super) fn new(look: Look, on: OnAsked) -> Self {
        let item = |id: &str, label: &str| MenuItem::with_id(id, label, true, None);
        let (open, quit) = (item(OPEN, &look.open), item(QUIT, &look.quit));
        let run = MenuItem::with_id(RUN, look.run.as_deref().unwrap_or_default(), look.run.is_some(), None);
        let menu = Menu::new();
        // A menu without an entry is still one.
        menu.append_items(&[&open, &run, &PredefinedMenuItem::separator(), &quit]).ok();
        let mut builder = TrayIconBuilder::new().with_menu(Box::new(menu)).with_tooltip(&look.tip);
        builder = builder.with_menu_on_left_click(cfg!(target_os = "macos"));
        if let Ok(icon) = Icon::from_rgba(look.pixels, look.size, look.size) {
            builder = builder.with_icon(icon);
        }
        let clicked = std::sync::Arc::clone(&on);
        MenuEvent::set_event_handler(Some(move |event: MenuEvent| match event.id().0.as_str() {
            OPEN => on(Asked::Open),
            RUN => on(Asked::Run),
            QUIT => on(Asked::Quit),
            _ => {}
        }));
        TrayIconEvent::set_event_handler(Some(move |event| {
            let is_click = matches!(
                event,
                TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
            );
            if is_click && cfg!(windows) {
                clicked(Asked::Open);
            }
        }));
        Self { icon: builder.build().ok(), run, open, quit }
    }

    pub(super) fn show(&self, look: Look) {
        let Some(icon) = &self.icon else { return };
        self.open.set_text(&look.open);
        self.quit.set_text(&look.quit);
        self.run.set_enabled(look.run.is_some());
        if let Some(label) = &look.run {
            self.run.set_text(label);
        }
        // What cannot be shown now is shown with the next change.
        icon.set_tooltip(Some(&look.tip)).ok();
        if let Ok(pixels) = Icon::from_rgba(look.pixels, look.size, look.size) {
            icon.set_icon(Some(pixels)).ok();
        }
    }

    pub(super) fn is_there(&self) -> bool {
        self.icon.is_some()
    }
}
