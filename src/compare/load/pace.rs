//! Waiting for an exact moment: the runtime's timers are good to a millisecond, which is more than a call takes.

use std::{
    hint, thread,
    time::{Duration, Instant},
};

/// How early the system's sleep ends: what it may oversleep is spun away.
const SPUN: Duration = Duration::from_micros(150);

/// Blocks this thread until `moment`; returns at once when it has passed.
pub(super) fn wait_until(moment: Instant) {
    if let Some(long) = moment.saturating_duration_since(Instant::now()).checked_sub(SPUN) {
        thread::sleep(long);
    }
    while Instant::now() < moment {
        hint::spin_loop();
    }
}
