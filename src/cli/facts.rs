//! `netlog doctor --facts`: what this computer knows of its network. Sends nothing.

use std::io::Write;

use crate::{
    analysis::address::address_hint,
    clock,
    codec::wan_diag::{DiagContext, render, render_json},
    platform,
};

/// Form of the facts.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    /// As JSON rather than as text.
    pub(super) json: bool,
    /// Without what identifies somebody.
    pub(super) redact: bool,
}

/// Writes what the system tells now.
pub(super) fn run(how: How, out: &mut dyn Write) -> std::io::Result<()> {
    let facts = platform::host_facts();
    let at = clock::now().wall;
    let extra = DiagContext {
        program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
        system: platform::system_name(),
        machine: std::env::consts::ARCH.to_owned(),
        occasion: None,
        // No trace was made, so this computer's own addresses have to do.
        hints: address_hint(&facts, &[]).sentences(),
        public: None,
    };
    let render = if how.json { render_json } else { render };
    out.write_all(render(&facts, at, clock::local(at), &extra, how.redact).as_bytes())
}
