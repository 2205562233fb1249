//! Events that really happened, as JSON.

use chrono::SecondsFormat;
use serde_json::json;

use crate::{
    codec::diary_json,
    model::{diary::Ticket, time::Timestamp},
    simulation::{self, Episode, Plan, What},
};

/// Returns the events that happened, in the names of `netlog analyze --json`.
pub(super) fn json(plan: &Plan, episodes: &[Episode]) -> serde_json::Value {
    let time = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let seconds = |episode: &Episode| (episode.until - episode.from).as_seconds_f64();
    let of = |wanted: &dyn Fn(&Episode) -> Option<serde_json::Value>| {
        let one = |episode: &Episode| {
            let mut value = wanted(episode)?;
            let fields = value.as_object_mut()?;
            fields.insert("start".into(), json!(time(episode.from)));
            fields.insert("end".into(), json!(time(episode.until)));
            Some(value)
        };
        episodes.iter().filter_map(one).collect::<Vec<_>>()
    };
    let down = |is_long: bool| {
        of(&|episode| match episode.what {
            What::Down(domain) if (seconds(episode) >= 10.0) == is_long => {
                Some(json!({ "fault_domain": domain.as_str() }))
            }
            _ => None,
        })
    };
    json!({
        "seed": plan.seed,
        "period": { "from": time(plan.begin()), "to": time(plan.end) },
        "outages": down(true),
        "micro_interruptions": down(false),
        "degradations": of(&|episode| match episode.what {
            What::Degraded(domain, evidence) => Some(json!({ "fault_domain": domain.as_str(), "evidence": evidence.as_str() })),
            _ => None,
        }),
        "notices": of(&|episode| match episode.what {
            What::Notice(domain) => Some(json!({ "fault_domain": domain.as_str() })),
            _ => None,
        }),
        "gaps": of(&|episode| match episode.what {
            What::Asleep => Some(json!({ "reason": "asleep" })),
            What::Stopped => Some(json!({ "reason": "not_running" })),
            _ => None,
        }),
        "path_changes": simulation::path_changes(plan, episodes).iter().map(diary_json::path_change).collect::<Vec<_>>(),
        "tickets": simulation::tickets(plan, episodes).iter().zip(1..).map(|(ticket, id)| {
            diary_json::ticket(&Ticket { id, ..ticket.clone() })
        }).collect::<Vec<_>>(),
        "notes": simulation::notes(episodes).iter().zip(1..).map(|(note, id)| diary_json::note(id, note)).collect::<Vec<_>>(),
    })
}
