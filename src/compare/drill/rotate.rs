//! Replacing what callers rely on while they are at work: who has the old and who has the new must be served alike.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::{
    crowd::Crowd,
    pass::Pass,
    post::Post,
    seen::{Call, End},
};
use crate::{
    compare::findings::{Replaced, Rotation},
    mode::Mode,
};

/// How long both go on beside each other.
const BESIDE: Duration = Duration::from_millis(200);
/// How long a new certificate may take until the server shows it.
const SHOWN_WITHIN: Duration = Duration::from_secs(1);

/// What can be replaced behind a lock, with the command that does it to `name`.
pub(super) fn command(mode: Mode, what: Replaced, name: &str) -> Option<Vec<String>> {
    let words: &[&str] = match (what, mode) {
        (_, Mode::Open) | (Replaced::Maker, Mode::Apikey) => return None,
        (Replaced::Credential, Mode::Jwt) => &["client", "rotate", name, "--overlap", "1m"],
        (Replaced::Credential, Mode::Mtls) => &["cert", "renew", name],
        (Replaced::Credential, Mode::Apikey) => &["key", "rotate", name, "--overlap", "1m"],
        (Replaced::Maker, Mode::Jwt) => &["signing-key", "rotate", "--wait", "0s"],
        (Replaced::Maker, Mode::Mtls) => &["cert", "ca", "rotate"],
        (Replaced::ServerCertificate, Mode::Jwt | Mode::Mtls | Mode::Apikey) => &["cert", "server", "--new-key"],
    };
    Some(words.iter().map(ToString::to_string).collect())
}

/// Replaces it once, with callers at work before, meanwhile and after, and enters what they saw.
///
/// # Errors
/// A sentence when something could not be done at all.
pub(super) async fn round(post: &Post, into: &mut Rotation, number: u32, neighbour: &Pass) -> Result<(), String> {
    let name = format!("rotated-{}-{number}", into.what.as_str().replace('_', "-"));
    let old = post.give(&name, None).await?;
    let before = Crowd::gather(at_work(into.what, old), neighbour.clone());
    before.is_busy().await?;
    let args = command(post.mode, into.what, &name).ok_or("there is nothing to replace")?;
    let shown = post.server_certificate(neighbour).await?;
    let answer = post.ask(&args).await?;
    let new = match into.what {
        Replaced::Credential => post.pass(&name, &answer).await?,
        Replaced::ServerCertificate => {
            is_shown(post, neighbour, &shown).await?;
            post.give(&format!("{name}-after"), None).await?
        }
        Replaced::Maker => post.give(&format!("{name}-after"), None).await?,
    };
    let after = Crowd::gather(at_work(into.what, new), neighbour.clone());
    let busy = after.is_busy().await;
    sleep(BESIDE).await;
    for crowd in [before, after] {
        crowd.disperse().await?.calls.iter().for_each(|call| enter(into, call));
    }
    into.rounds += 1;
    // Who was refused has been counted, and says more.
    if into.failed == 0 { busy } else { Ok(()) }
}

/// Who has a secret is at work with it: it asks for tokens. Tokens that it has been given outlive their secret.
fn at_work(what: Replaced, pass: Pass) -> Pass {
    if what == Replaced::Credential { pass.asking().unwrap_or(pass) } else { pass }
}

/// Waits until the server shows another certificate than it did.
async fn is_shown(post: &Post, neighbour: &Pass, before: &[u8]) -> Result<(), String> {
    let until = Instant::now() + SHOWN_WITHIN;
    while post.server_certificate(neighbour).await? == before {
        if Instant::now() > until {
            return Err(format!("the server still shows its old certificate after {SHOWN_WITHIN:?}"));
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

fn enter(into: &mut Rotation, call: &Call) {
    into.calls += 1;
    let (End::Refused(why) | End::Failed(why)) = &call.end else { return };
    into.failed += 1;
    into.first_failure.get_or_insert_with(|| format!("{why}, on a {} connection", call.kind));
}
