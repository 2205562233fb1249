//! Linux.

use crate::model::host::HostFacts;

pub(super) fn host_facts() -> HostFacts {
    HostFacts::default()
}
