//! `netlog`: the command line of Network Logging.

fn main() {}
