//! The public address in files of facts and of traces, as the monitor leaves it there.

use std::net::IpAddr;

/// The heading above the address after an outage, in the file of its traces.
const AFTER: &str = "# The public address after";
/// The heading of that part of a file of facts.
const BEFORE: &str = "==== public address ====";

/// Returns the lines that the monitor appends to the file of an outage's traces when it has asked again.
pub fn after(addr: IpAddr) -> String {
    format!("{AFTER}\n# {addr}\n\n")
}

/// The address in a file of facts, which is the one before the outage.
pub fn in_facts(text: &str) -> Option<IpAddr> {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != BEFORE).skip(1);
    lines.next()?.split_whitespace().find_map(|field| field.strip_prefix("addr=")?.parse().ok())
}

/// The last address in a file of an outage's traces, which is the one after it.
pub fn in_trace(text: &str) -> Option<IpAddr> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut pairs = lines.iter().zip(lines.iter().skip(1)).rev();
    pairs.find_map(|(heading, line)| line.strip_prefix("# ").filter(|_| *heading == AFTER)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_and_nothing_else_does() {
        let addr: IpAddr = "2001:db8::7".parse().unwrap();
        assert_eq!(Some(addr), in_trace(&format!("hops\n{}more\n", after(addr))));
        assert_eq!(None, in_trace("# The public address after\n"));
        assert_eq!(None, in_trace("# The public address after\n# unknown\n"));
        assert_eq!(Some(addr), in_facts("x\n==== public address ====\naddr=2001:db8::7\n\n==== hints ====\n"));
        assert_eq!(None, in_facts("==== hints ====\naddr=2001:db8::7\n"));
    }
}
