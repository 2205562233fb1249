//! Number of files and sockets that the system lets this program hold open.

/// Raises the number as far as the system allows without further rights, to at most `wanted`, and returns what it is
/// then; `None` where the system counts none or does not tell.
#[cfg(unix)]
pub fn raise(wanted: u64) -> Option<u64> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    let raised = wanted.min(hard);
    if raised > soft && setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok() {
        return Some(raised);
    }
    Some(soft)
}

/// Windows counts none.
#[cfg(windows)]
pub fn raise(_wanted: u64) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn the_number_never_falls() {
        let before = super::raise(0).unwrap();
        let after = super::raise(before).unwrap();
        assert_eq!(before, after);
        assert!(super::raise(before + 1).unwrap() >= before);
    }
}
