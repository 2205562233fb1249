//! Makes an evidence pack: `netlog report --pack`.

use std::{io::Write, ops::ControlFlow, path::Path};

use super::say::tell_skipped;
use crate::{
    engine,
    evidence::{Request, pack},
};

/// Makes the pack and says what it came to.
pub(super) fn run(request: &Request, path: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    let key =
        engine::signing_key().map_err(|why| anyhow::anyhow!("the pack cannot be signed: {why}; {}", why.remedy()))?;
    let made = pack::make(request, path, Some(&key), &mut |_| ControlFlow::Continue(()))?;
    tell_skipped(made.n_skipped);
    for found in &made.found {
        writeln!(out, "note     not all is as it was written, and the pack says so: {found}")?;
    }
    if let Some(reason) = &made.no_history {
        writeln!(out, "note     there are no single samples and no history of settings in the pack: {reason}")?;
    }
    let mib = made.bytes as f64 / f64::from(1 << 20);
    writeln!(out, "{} files and {} rows, {mib:.1} MiB, are in {}", made.n_files, made.n_rows, path.display())?;
    writeln!(out, "Signed with the key {}", made.fingerprint)?;
    writeln!(out, "Tell whoever gets the pack these digits by another way, and they can verify it.")?;
    Ok(())
}
