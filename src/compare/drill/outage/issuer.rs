//! The token service is down, and three resource servers elsewhere trust its tokens by the keys at its URL: what becomes of callers
//! whose tokens are short, of callers whose tokens are long when the keys grow old, and of a server that starts meanwhile.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{AGAIN_WITHIN, TRIES, empty};
use crate::{
    compare::{
        drill::{
            crowd::Crowd,
            gap::{Mark, SETTLED, ended, gap},
            post::Post,
            seen::LATE_FOR_OUTAGES,
        },
        findings::{Failure, Outage},
    },
    mode::Mode,
};

/// The life of a short token.
const SHORT: Duration = Duration::from_secs(2);
/// How often the keys are fetched, and for how long they count when they cannot be.
const REFRESH: &str = "1s";
const KEEP: &str = "2s";
const KEEP_MS: f64 = 2000.0;
const GRACE_MS: f64 = 100.0;
/// Longer than both.
const DOWN: Duration = Duration::from_millis(2500);

/// Kills the token service under the callers of three servers, and starts it again.
///
/// # Errors
/// A sentence when something could not be done at all.
pub(super) async fn lost(rounds: u32) -> Result<Vec<Outage>, String> {
    let mut outages = outages();
    for _ in 0..rounds {
        for attempt in 1..=TRIES {
            match Box::pin(round(&mut outages)).await {
                Ok(()) => break,
                Err(why) if attempt == TRIES && outages[0].rounds.is_empty() => return Err(why),
                Err(why) => outages.iter_mut().for_each(|outage| outage.void.push(why.clone())),
            }
        }
    }
    Ok(outages.into())
}

fn outages() -> [Outage; 3] {
    let one =
        |what, how: &str| empty(Mode::Jwt, what, &format!("the token service killed, and started again after {DOWN:?}: {how}"));
    [
        one(Failure::IssuerLost, &format!("callers with tokens of {SHORT:?} ask for another when half of it is over")),
        Outage {
            limit_ms: Some(KEEP_MS + GRACE_MS),
            ..one(Failure::KeysLost, &format!("tokens of a day; the keys from its URL count for {KEEP} (`jwks_keep`)"))
        },
        one(Failure::StartedAlone, "tokens of a day; the resource server is killed too, and started again at once without it"),
    ]
}

/// A token service, and a server for each question.
struct Scene {
    service: Post,
    servers: Vec<Post>,
}

impl Scene {
    async fn open() -> Result<Self, String> {
        let service = Post::open(Mode::Jwt).await?;
        let mut servers = Vec::new();
        for keep in ["1day", KEEP, "1day"] {
            servers.push(Post::open_with(Mode::Jwt, trusting(&service, keep)).await?);
        }
        Ok(Self { service, servers })
    }

    /// Kills the service; then, as an operator would who restarts everything, the last of the servers.
    async fn play(&mut self, crowds: &[Crowd]) -> Result<Vec<Mark>, String> {
        let down = Instant::now();
        self.service.end(false).await?;
        if let Some(alone) = self.servers.last_mut() {
            alone.end(false).await?;
            alone.start_again().await?;
        }
        sleep(DOWN.saturating_sub(down.elapsed())).await;
        let repair = Instant::now();
        self.service.start_again().await?;
        let ready = Instant::now();
        let mut marks = Vec::new();
        for crowd in crowds {
            crowd.until_served(repair, ready, SETTLED, AGAIN_WITHIN).await;
            marks.push(Mark { down, repair, ready: Some(ready), until: Instant::now() });
        }
        Ok(marks)
    }

    async fn close(self) -> Result<(), String> {
        for post in self.servers.into_iter().chain([self.service]) {
            post.close().await?;
        }
        Ok(())
    }
}

async fn round(into: &mut [Outage; 3]) -> Result<(), String> {
    let mut scene = Scene::open().await?;
    let (short, long) = (scene.service.give("short", Some(SHORT)).await?, scene.service.give("long", None).await?);
    let passes = [scene.service.renewing(&short)?, long.clone(), long];
    let crowds: Vec<_> =
        scene.servers.iter().zip(&passes).map(|(server, pass)| Crowd::insist_slowly(server.visited_by(pass))).collect();
    for crowd in &crowds {
        crowd.is_busy().await?;
    }
    let marks = scene.play(&crowds).await?;
    let mut seen = Vec::new();
    for crowd in crowds {
        let one = crowd.disperse().await?;
        one.callers_are_sound(LATE_FOR_OUTAGES)?;
        seen.push(one);
    }
    for ((outage, seen), mark) in into.iter_mut().zip(&seen).zip(marks) {
        outage.rounds.push(gap(&seen.calls, mark));
        outage.ended = ended(&seen.calls, mark.down);
    }
    scene.close().await
}

/// Settings of a server whose callers have tokens of `service`.
fn trusting(service: &Post, keep: &str) -> toml::Table {
    let mut issuer: toml::Table = service.as_issuer().into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    issuer.insert("jwks_refresh".into(), REFRESH.into());
    issuer.insert("jwks_keep".into(), keep.into());
    let identifier = service.identifier();
    let jwt = toml::Table::from_iter([("identifier".to_owned(), identifier.into())]);
    toml::Table::from_iter([("issuers".to_owned(), vec![toml::Value::from(issuer)].into()), ("jwt".to_owned(), jwt.into())])
}
