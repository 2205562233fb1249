//! Local HTTP API: state, events, outages, tests and analyses for programs of this computer and, with a token, of others.
//!
//! Everything runs on the one thread of the integrations. `docs/reference/api.md` describes the routes,
//! `docs/reference/openapi.json` is their description for programs.

mod announce;
mod fault;
mod guard;
mod link;
mod query;
mod routes;
mod server;
mod stream;

pub use server::{ApiOptions, ApiServer, StartError};

/// Description of the API, `OpenAPI` 3.1.
pub const OPENAPI: &str = include_str!("../../../docs/reference/openapi.json");

/// Longest body of a request, in bytes.
const MAX_BODY: usize = 64 * 1024;

#[cfg(test)]
mod openapi_tests;
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests time what they see")]
mod tests;
