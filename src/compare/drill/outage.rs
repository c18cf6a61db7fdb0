//! Something fails under callers who go on calling, and comes back.

mod away;
mod issuer;

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{
    crowd::{AFEW, Crowd},
    gap::{Mark, SETTLED, ended, gap},
    post::Post,
    seen::LATE_FOR_OUTAGES,
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
        _ => "SIGTERM, and started again as soon as it had ended, on the same port and state",
    };
    let open = async || Post::open(mode).await;
    tried(empty(mode, what, how), open, async |post, into| series(post, into, rounds).await).await
}

/// What lasts for seconds, in all modes at once: then everybody waits more than works. What came of each, or why nothing did.
pub(super) async fn lost(modes: &[Mode], rounds: u32) -> Vec<Result<Vec<Outage>, String>> {
    let stores = join_all(modes.iter().map(|mode| async move { away::store(*mode, rounds).await.map(|outage| vec![outage]) }));
    let services = join_all(modes.iter().map(|mode| async move {
        match mode {
            Mode::Jwt => Box::pin(issuer::lost(rounds)).await,
            Mode::Mtls => away::ca_key(rounds).await.map(|outage| vec![outage]),
            // Nothing beside the server and its state makes a key, and nothing is needed behind the open door.
            Mode::Open | Mode::Apikey => Ok(Vec::new()),
        }
    }));
    let (stores, services) = tokio::join!(stores, services);
    stores.into_iter().chain(services).collect()
}

/// Does it all on a fresh server, and once more on another one when the callers were held up.
async fn tried(
    mut outage: Outage,
    open: impl AsyncFn() -> Result<Post, String>,
    work: impl AsyncFn(&mut Post, &mut Outage) -> Result<(), String>,
) -> Result<Outage, String> {
    for _ in 0..TRIES {
        let mut post = open().await?;
        let worked = work(&mut post, &mut outage).await;
        let closed = post.close().await;
        match worked {
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
        post.end(into.what == Failure::Stopped).await?;
        let repair = Instant::now();
        post.start_again().await?;
        let ready = Instant::now();
        crowd.until_served(repair, ready, SETTLED, AGAIN_WITHIN).await;
        marks.push(Mark { down, repair, ready: Some(ready), until: Instant::now() });
    }
    let seen = crowd.disperse().await?;
    seen.callers_are_sound(LATE_FOR_OUTAGES)?;
    into.rounds.extend(marks.into_iter().map(|mark| gap(&seen.calls, mark)));
    into.ended = ended(&seen.calls, begun);
    Ok(())
}
