//! Makes an evidence pack: `netlog report --pack`.

use std::{
    fs::File,
    io::{Read as _, Write},
    path::Path,
};

use anyhow::{Context as _, bail};

use super::{global::Loaded, zone::Zone};
use crate::{
    clock,
    codec::{config_json, public_key, redact::Redactor},
    engine,
    model::time::Timestamp,
    store::pack::{self, Content, Ingredients, Part},
};

/// What goes into a pack beside the rows, traces and facts of the log folder.
pub(super) struct Order<'a> {
    /// The file to make.
    pub(super) path: &'a Path,
    /// From then on, and before then.
    pub(super) period: (Option<Timestamp>, Option<Timestamp>),
    /// The time zone of the reports.
    pub(super) zone: Zone,
    /// Files of the folder `report`, already without what identifies somebody if that is asked for.
    pub(super) reports: Vec<(String, Vec<u8>)>,
    /// What takes out what identifies somebody; the reports went through it.
    pub(super) redactor: Option<Redactor>,
}

/// Makes the pack and says what it came to.
pub(super) fn run(order: Order<'_>, loaded: &Loaded, out: &mut dyn Write) -> anyhow::Result<()> {
    refuse_others(order.path)?;
    let Some(key) = engine::signing_key() else {
        bail!("there is no folder for the signing key: give this user a home folder");
    };
    let mut parts: Vec<Part<'_>> = Vec::new();
    for (name, bytes) in order.reports {
        parts.push(Part { name: format!("report/{name}"), content: Content::Finished(bytes) });
    }
    let settings = config_json::write_for_others(&loaded.config).into_bytes();
    parts.push(Part { name: "config/config.json".into(), content: Content::Text(settings) });
    // The history of settings and the samples of the period join here, as `config/history.csv` and
    // `history/samples.csv`, by `Content::Lines`, which is read while it is packed.
    let zone = order.zone.to_string();
    let packed = pack::write(
        Ingredients {
            log_dir: &loaded.log_dir.path,
            period: order.period,
            zone: &zone,
            made: clock::now().wall,
            version: env!("CARGO_PKG_VERSION"),
            key: &key,
            parts,
            redactor: order.redactor,
        },
        order.path,
    )?;
    for found in &packed.found {
        writeln!(out, "note     the log is not as it was written, and the pack says so: {found}")?;
    }
    let mib = packed.bytes as f64 / f64::from(1 << 20);
    writeln!(
        out,
        "{} files and {} rows, {mib:.1} MiB, are in {}",
        packed.n_files,
        packed.n_rows,
        order.path.display()
    )?;
    writeln!(out, "Signed with the key {}", public_key::fingerprint(&key.public()))?;
    writeln!(out, "Tell whoever gets the pack these digits by another way, and they can verify it.")?;
    Ok(())
}

/// A file that is no pack stays as it is.
fn refuse_others(path: &Path) -> anyhow::Result<()> {
    let mut start = Vec::new();
    match File::open(path) {
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(err) => return Err(err).with_context(|| format!("cannot read {}", path.display())),
        Ok(file) => file.take(4).read_to_end(&mut start).with_context(|| format!("cannot read {}", path.display()))?,
    };
    if start.is_empty() || start == b"PK\x03\x04" {
        return Ok(());
    }
    bail!("there is a file of this name that is no pack: choose another name: {}", path.display())
}
