//! Linux: a `StatusNotifierItem` on the session's D-Bus, in a thread of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use ksni::{
    MenuItem, OfflineReason,
    blocking::{Handle, TrayMethods as _},
    menu::StandardItem,
};

use super::{Asked, Look, OnAsked};

/// Between two tries where there was no place: a desktop may start after us.
const PAUSE: Duration = Duration::from_secs(30);

pub(super) struct Tray {
    looks: Sender<Look>,
    is_there: Arc<AtomicBool>,
}

impl Tray {
    pub(super) fn new(look: Look, on: OnAsked) -> Self {
        let (looks, from) = bounded(16);
        let is_there = Arc::new(AtomicBool::new(false));
        let item = Item { look, on, is_there: Arc::clone(&is_there) };
        // Without a thread there is no icon, as without a desktop.
        std::thread::Builder::new().name("tray".into()).spawn(move || stay(item, &from)).ok();
        Self { looks, is_there }
    }

    pub(super) fn show(&self, look: Look) {
        // A thread that does not keep up shows the next one.
        self.looks.try_send(look).ok();
    }

    pub(super) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Relaxed)
    }
}

/// Keeps the item there until nobody has a look for it any more.
fn stay(mut item: Item, from: &Receiver<Look>) {
    let mut handle: Option<Handle<Item>> = None;
    loop {
        if handle.as_ref().is_none_or(Handle::is_closed) {
            item.is_there.store(false, Ordering::Relaxed);
            handle = item.clone().spawn().ok();
            item.is_there.store(handle.is_some(), Ordering::Relaxed);
        }
        match from.recv_timeout(PAUSE) {
            Ok(look) => {
                item.look = from.try_iter().last().unwrap_or(look);
                if let Some(handle) = &handle {
                    let look = item.look.clone();
                    handle.update(move |item| item.look = look);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if let Some(handle) = handle {
        handle.shutdown().wait();
    }
}

#[derive(Clone)]
struct Item {
    look: Look,
    on: OnAsked,
    is_there: Arc<AtomicBool>,
}

impl Item {
    fn entry(label: &str, asked: Asked) -> MenuItem<Self> {
        let activate = Box::new(move |item: &mut Self| (item.on)(asked));
        // An underscore would mark a key.
        StandardItem { label: label.replace('_', "__"), activate, ..StandardItem::default() }.into()
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "network-logging".into()
    }

    fn title(&self) -> String {
        "Network Logging".into()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        let mut data = self.look.pixels.clone();
        // Opacity comes first there.
        data.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
        let size = i32::try_from(self.look.size).unwrap_or(0);
        vec![ksni::Icon { width: size, height: size, data }]
    }

    fn tool_tip(&self) -> ksni::ToolTip {
        ksni::ToolTip { title: self.look.tip.clone(), ..ksni::ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        (self.on)(Asked::Open);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let mut menu = vec![Self::entry(&self.look.open, Asked::Open)];
        menu.extend(self.look.run.as_ref().map(|label| Self::entry(label, Asked::Run)));
        menu.push(MenuItem::Separator);
        menu.push(Self::entry(&self.look.quit, Asked::Quit));
        menu
    }

    fn watcher_online(&self) {
        self.is_there.store(true, Ordering::Relaxed);
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        // Whoever put the window away there gets it back.
        if self.is_there.swap(false, Ordering::Relaxed) {
            (self.on)(Asked::Open);
        }
        true
    }
}
