//! A sound at the begin and the end of an outage.

pub(crate) use crate::platform::bell::{Tone, ring};
