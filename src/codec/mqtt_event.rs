//! Events that the MQTT sink makes itself: the answer to a command that could not be carried out.

use serde_json::json;

use super::json_value::time;
use crate::model::time::Timestamp;

/// Returns the event that ends a command without a result, on one line. `error` says why, and what to do.
pub fn refused(event_type: &str, at: Timestamp, error: &str) -> String {
    json!({ "event_type": event_type, "time": time(at), "result": null, "error": error }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_command_has_no_result() {
        let at = Timestamp::from_timestamp(0, 0).unwrap();
        let expected =
            r#"{"event_type":"test_finished","time":"1970-01-01T00:00:00.000Z","result":null,"error":"busy"}"#;
        assert_eq!(expected, refused("test_finished", at, "busy"));
    }
}
