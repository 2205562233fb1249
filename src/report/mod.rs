//! Documents made of the figures of a log. Pure: figures in, text and bytes out.
//!
//! An [`input::Input`] is composed into a [`document::Document`] of one language, which each format renders.

pub mod chart;
mod compose;
mod context;
mod csv;
pub mod document;
mod html;
pub mod input;
mod json;
pub mod lang;
mod markdown;
pub mod message;
mod pdf;
mod plain;
pub mod statute;
pub mod text;
pub mod words;

use std::{
    fmt::{self, Write as _},
    str::FromStr,
};

use chrono::{NaiveDateTime, TimeDelta};

use self::input::Input;
use crate::model::time::Timestamp;

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Portable Document Format, to print and to send.
    Pdf,
    /// One page of HTML without scripts and without anything from elsewhere.
    Html,
    /// Plain text.
    Text,
    /// The figures for programs.
    Json,
    /// The outages as a table (RFC 4180).
    Csv,
    /// Markdown.
    Md,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[Self::Pdf, Self::Html, Self::Text, Self::Json, Self::Csv, Self::Md];

    /// Returns the name of the format in options and settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Html => "html",
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Md => "md",
        }
    }

    /// Returns the ending of the names of its files.
    pub fn extension(self) -> &'static str {
        if self == Self::Text { "txt" } else { self.as_str() }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|format| format.as_str() == text);
        found.copied().ok_or_else(|| format!("no such format: {text:?}; write pdf, html, text, json, csv or md"))
    }
}

/// Reason why a report cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the PDF could not be made, other formats may: {0}")]
pub struct NotRendered(String);

/// The report in one format.
///
/// # Errors
///
/// When the library refuses to make the PDF. The other formats always come about.
pub fn render(input: &Input, format: Format) -> Result<Vec<u8>, NotRendered> {
    let document = || compose::compose(input);
    Ok(match format {
        Format::Pdf => pdf::render(&document()).map_err(NotRendered)?,
        Format::Html => html::render(&document()).into_bytes(),
        Format::Text => plain::render(&document()).into_bytes(),
        Format::Json => json::render(input).into_bytes(),
        Format::Csv => csv::render(input).into_bytes(),
        Format::Md => markdown::render(&document()).into_bytes(),
    })
}

/// The report before it is in a format, to be looked at.
pub fn compose(input: &Input) -> document::Document {
    compose::compose(input)
}

/// Minutes that the clock on the wall is ahead of UTC.
fn ahead(local: &dyn Fn(Timestamp) -> NaiveDateTime, at: Timestamp) -> i64 {
    (local(at) - at.naive_utc()).num_minutes()
}

/// True if that clock shows this time twice, as in the night in which it is set back.
fn is_twice(local: &dyn Fn(Timestamp) -> NaiveDateTime, at: Timestamp) -> bool {
    /// Clocks are set by less.
    const FAR: TimeDelta = TimeDelta::hours(4);
    let others = [at.checked_sub_signed(FAR), at.checked_add_signed(FAR)];
    others.into_iter().flatten().any(|other| {
        let change = TimeDelta::minutes(ahead(local, at) - ahead(local, other));
        let twin = at.checked_add_signed(change);
        !change.is_zero() && twin.is_some_and(|twin| local(twin) == local(at))
    })
}

/// `+01:00`.
fn offset(minutes: i64) -> String {
    let sign = if minutes < 0 { '−' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// Appends; writing to a `String` cannot fail.
fn add(text: &mut String, what: fmt::Arguments<'_>) {
    text.write_fmt(what).ok();
}

#[cfg(test)]
mod tests;
