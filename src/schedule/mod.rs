//! Having the system watch the line by itself: what is wanted becomes a schedule, which is installed, looked after and
//! taken away again. The command line and the window are faces of this.

mod act;
mod health;
mod order;

pub use self::{
    act::{Done, Error, Permission, Removed, Wanted, install, remove},
    health::{Health, of_folder},
    order::{Files, Order, program},
};
