//! The evidence pack: what a log folder says of a period in one signed archive, and whether such an archive is as it
//! was made.

mod archive;
mod chosen;
mod opening;
mod part;
mod redacted;
mod rows;
mod verify;
mod write;
mod writer;

pub use self::{
    archive::Problem,
    opening::{Checked, CheckedOpening, NotOpened, Wanted, check_opening, disclose},
    part::{Content, Lines, Part, Writes},
    verify::{PackFinding, PackWhat, Refused, Standing, VerifiedPack, verify},
    write::{Ingredients, Packed, Watch, write},
};

#[cfg(test)]
mod tests;
