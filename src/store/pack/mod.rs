//! The evidence pack: what a log folder says of a period in one signed archive, and whether such an archive is as it
//! was made.

mod archive;
mod chosen;
mod redacted;
mod rows;
mod verify;
mod write;
mod writer;

pub use self::{
    archive::Problem,
    verify::{PackFinding, PackWhat, Refused, VerifiedPack, verify},
    write::{Content, Ingredients, Packed, Part, Writes, write},
};

#[cfg(test)]
mod tests;
