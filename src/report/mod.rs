//! Documents made of the figures of a log. Pure: figures in, text out.

pub mod text;
