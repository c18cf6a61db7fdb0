//! Something that a running server reads is taken away for a while: its state, the key of its CA.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{empty, tried};
use crate::{
    compare::{
        drill::{
            crowd::Crowd,
            gap::{Mark, SETTLED, ended, gap},
            post::{Part, Post},
            seen::LATE_FOR_OUTAGES,
        },
        findings::{Failure, Outage},
    },
    mode::Mode,
};

/// The age that the server is told decisions may have without its store (`deadlines.store`).
const AGE: &str = "1s";
const AGE_MS: f64 = 1000.0;
/// A call on its way when the age is reached may still be served; later ones may not.
const GRACE_MS: f64 = 100.0;
/// How long it stays away: until after that age, and long enough to see what is answered then.
const AWAY: Duration = Duration::from_millis(1400);

/// Takes the state directory away from a server of this mode, and puts it back.
///
/// # Errors
/// A sentence when something could not be done at all.
pub(super) async fn store(mode: Mode, rounds: u32) -> Result<Outage, String> {
    let how =
        format!("the state directory moved away for {AWAY:?}; decisions may go on without it for {AGE} (`deadlines.store`)");
    let outage = Outage { limit_ms: Some(AGE_MS + GRACE_MS), ..empty(mode, Failure::StoreLost, &how) };
    let deadlines = toml::Table::from_iter([("store".to_owned(), AGE.into())]);
    let settings = toml::Table::from_iter([("deadlines".to_owned(), deadlines.into())]);
    let open = async || Post::open_with(mode, settings.clone()).await;
    tried(outage, open, async |post, into| without(post, into, Part::State, rounds).await).await
}

/// Takes away what certificates are signed with: the nearest that mutual TLS has to a token service that is down.
///
/// # Errors
/// A sentence when something could not be done at all.
pub(super) async fn ca_key(rounds: u32) -> Result<Outage, String> {
    let how = format!("the key of the client CA moved away for {AWAY:?}");
    let outage = empty(Mode::Mtls, Failure::IssuerLost, &how);
    let open = async || Post::open(Mode::Mtls).await;
    tried(outage, open, async |post, into| without(post, into, Part::ClientCaKey, rounds).await).await
}

async fn without(post: &mut Post, into: &mut Outage, part: Part, rounds: u32) -> Result<(), String> {
    let crowd = Crowd::insist_slowly(post.give("insistent", None).await?);
    crowd.is_busy().await?;
    let begun = Instant::now();
    let mut marks = Vec::new();
    for _ in 0..rounds {
        let down = Instant::now();
        post.take_away(part)?;
        sleep(AWAY).await;
        let repair = Instant::now();
        post.put_back(part)?;
        crowd.until_served(repair, repair, SETTLED, super::AGAIN_WITHIN).await;
        marks.push(Mark { down, repair, ready: None, until: Instant::now() });
    }
    let seen = crowd.disperse().await?;
    seen.callers_are_sound(LATE_FOR_OUTAGES)?;
    into.rounds.extend(marks.into_iter().map(|mark| gap(&seen.calls, mark)));
    into.ended = ended(&seen.calls, begun);
    Ok(())
}
