//! Something fails under callers who go on calling, and comes back.

use std::time::{Duration, Instant};

use super::{
    crowd::{AFEW, Crowd},
    gap::{Mark, SETTLED, ended, gap},
    post::Post,
};
use crate::{
    compare::findings::{Failure, Outage},
    mode::Mode,
};

/// Who is not served again so long after the repair is not.
const AGAIN_WITHIN: Duration = Duration::from_secs(5);
/// Whoever tries it this often and is held up each time says so.
const TRIES: u32 = 2;

/// Ends the server some times and starts it again on the same port and state.
///
/// # Errors
/// A sentence when something could not be done at all.
pub(super) async fn restarts(mode: Mode, what: Failure, rounds: u32) -> Result<Outage, String> {
    let how = match what {
        Failure::Killed => "SIGKILL, and started again at once on the same port and state",
        Failure::Stopped => "SIGTERM, and started again as soon as it had ended, on the same port and state",
    };
    let mut outage = empty(mode, what, how);
    for _ in 0..TRIES {
        let mut post = Post::open(mode).await?;
        let tried = series(&mut post, &mut outage, rounds).await;
        let closed = post.close().await;
        match tried {
            Ok(()) => return closed.map(|()| outage),
            Err(why) => outage.void.push(why),
        }
    }
    Ok(outage)
}

fn empty(mode: Mode, what: Failure, how: &str) -> Outage {
    let (rounds, ended, void) = (Vec::new(), Vec::new(), Vec::new());
    Outage { what, mode, how: how.into(), busy: AFEW, limit_ms: None, rounds, ended, void }
}

/// All rounds under one crowd. What was revoked just before the first stays revoked over all of them.
async fn series(post: &mut Post, into: &mut Outage, rounds: u32) -> Result<(), String> {
    let partner = post.give("insistent", None).await?;
    let outcast = if post.mode == Mode::Open { None } else { Some(post.give("outcast", None).await?) };
    let crowd = Crowd::insist(partner, outcast.clone());
    crowd.is_busy().await?;
    if let Some(outcast) = &outcast {
        post.withdraw(outcast).await?;
    }
    let begun = Instant::now();
    let mut marks = Vec::new();
    for _ in 0..rounds {
        let down = Instant::now();
        post.end(into.what).await?;
        let repair = Instant::now();
        post.start_again().await?;
        let ready = Instant::now();
        crowd.until_served(ready, SETTLED, AGAIN_WITHIN).await;
        marks.push(Mark { down, repair, ready: Some(ready), until: Instant::now() });
    }
    let seen = crowd.disperse().await?;
    seen.callers_are_sound()?;
    into.rounds.extend(marks.into_iter().map(|mark| gap(&seen.calls, mark)));
    into.ended = ended(&seen.calls, begun);
    Ok(())
}
