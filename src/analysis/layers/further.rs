//! Further routers of the home: between the first one and the line.

use super::{FurtherLayer, Known, unreachable_by, unsent};
use crate::model::probe::{Sample, Subject};

/// Returns what they showed. The nearest one that is dead decides, for whatever lies behind it is dead by it.
pub(super) fn layer(samples: &[Sample], known: &impl Known, is_in_time: impl Fn(&Sample) -> bool) -> FurtherLayer {
    let mut layer = FurtherLayer::NotMeasured;
    for (idx, router) in known.home_routers().iter().enumerate() {
        let about = |sample: &&Sample| sample.subject == Subject::HomeRouter(idx);
        let asked = || samples.iter().filter(about);
        let answered = asked().any(&is_in_time) || unreachable_by(samples).any(|from| from == router.addr);
        let lost = asked().any(|sample| !sample.outcome.is_reply() && unsent::was_sent(&sample.outcome));
        if answered {
            layer = FurtherLayer::Alive;
        } else if lost && known.is_answering_router(idx) {
            return if router.is_certain { FurtherLayer::Dead } else { FurtherLayer::DeadPerhaps };
        }
    }
    layer
}
