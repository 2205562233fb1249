//! The hops of a changed path as one field of text: `[[4,"192.0.2.1","198.51.100.1"]]`, `null` for nobody.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::model::trace::HopChange;

/// Changed hops as text.
pub fn hops(hops: &[HopChange]) -> String {
    let addr = |addr: Option<IpAddr>| addr.map(|addr| addr.to_string());
    let all: Vec<Value> = hops.iter().map(|hop| json!([hop.ttl, addr(hop.before), addr(hop.after)])).collect();
    Value::from(all).to_string()
}

/// Reads them; one that cannot be read is left out.
pub fn parse_hops(text: &str) -> Vec<HopChange> {
    let all: Vec<(u8, Option<IpAddr>, Option<IpAddr>)> = serde_json::from_str(text).unwrap_or_default();
    all.into_iter().map(|(ttl, before, after)| HopChange { ttl, before, after }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_survive_a_round_trip() {
        let all = vec![
            HopChange { ttl: 4, before: Some([192, 0, 2, 1].into()), after: None },
            HopChange { ttl: 5, before: None, after: Some("2001:db8::1".parse().unwrap()) },
        ];
        assert_eq!("[[4,\"192.0.2.1\",null],[5,null,\"2001:db8::1\"]]", hops(&all));
        assert_eq!(all, parse_hops(&hops(&all)));
        assert_eq!(Vec::<HopChange>::new(), parse_hops("[[4,"));
    }
}
