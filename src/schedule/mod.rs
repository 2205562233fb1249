//! Having the system watch the line by itself: what is wanted becomes a schedule, which is installed, looked after and
//! taken away again. The command line and the window are faces of this.

mod act;
mod error;
mod health;
mod order;
mod program;

pub use self::{
    act::{Done, Permission, Removed, Wanted, install, remove},
    error::Error,
    health::{Health, of_folder},
    order::{Files, Order},
    program::program,
};
