//! Drills: what becomes of a credential that ends while many connections are busy with it.
//!
//! The other half of "revoked": a scenario says that it stops, a drill says when, for each kind of connection, and that nobody
//! else notices. Fifty connections of four kinds are at work at once with the credential in question, a few more with a
//! neighbour's; then it is revoked by the command that an operator types, or its time runs out. `docs/drills.md` tells the method.

mod crowd;
mod gap;
mod noisy;
mod outage;
mod pass;
mod post;
mod renew;
mod rotate;
mod seen;
mod session;

use std::time::{Duration, Instant};

use self::{
    crowd::{BUSY, Crowd},
    pass::Pass,
    post::Post,
    seen::Moment,
};
use super::findings::{Depth, Drill, Event, Failure, Kind, Lasted, Noisy, Outage, Renewal, Replaced, Rotation};
use crate::{clock, mode::Mode};

/// After the event nothing may be accepted for longer than this.
const LIMIT: Duration = Duration::from_millis(100);
/// For so long nothing must be accepted until it counts as over.
const QUIET: Duration = Duration::from_millis(300);
/// What still goes on then goes on for ever, as far as a drill can tell.
const MOST: Duration = Duration::from_secs(2);
/// One spare round for so many.
const SPARE: u32 = 4;
/// The life of what is left to expire: long enough to get everybody to work.
const LIFE: Duration = Duration::from_secs(3);

/// How many rounds of each.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// With a command that takes the credential back.
    pub revoked: u32,
    /// With a certificate whose time runs out.
    pub certificates_expired: u32,
    /// With a token or a key whose time runs out.
    pub others_expired: u32,
    /// With something that is replaced.
    pub rotated: u32,
    /// Whether the server's certificate is replaced behind every lock, and not only behind mutual TLS, where most hangs on it.
    pub everywhere: bool,
    /// Quiet and flooded slices beside a noisy neighbour.
    pub noisy: u32,
    /// Ends of a server by SIGKILL, each with a new beginning.
    pub killed: u32,
    /// The same by SIGTERM.
    pub stopped: u32,
    /// Losses of what a server needs: its state, the token service that it trusts.
    pub lost: u32,
    /// Runs of the command that renews a certificate.
    pub renewals: u32,
}

impl Plan {
    /// How much fits into a run of this depth.
    pub fn of(depth: Depth) -> Self {
        match depth {
            Depth::Quick => Self::quick(),
            Depth::Default => Self::full(),
            Depth::Thorough => Self {
                revoked: 30,
                certificates_expired: 5,
                others_expired: 5,
                rotated: 6,
                everywhere: true,
                noisy: 7,
                killed: 8,
                stopped: 6,
                lost: 3,
                renewals: 20,
            },
        }
    }

    /// Few rounds. What runs out takes its time: only the certificate, whose short life is an alternative to revoking it.
    fn quick() -> Self {
        Self {
            revoked: 2,
            certificates_expired: 1,
            others_expired: 0,
            rotated: 1,
            everywhere: false,
            noisy: 0,
            killed: 0,
            stopped: 0,
            lost: 0,
            renewals: 5,
        }
    }

    /// Enough rounds for a distribution.
    fn full() -> Self {
        Self {
            revoked: 8,
            certificates_expired: 2,
            others_expired: 1,
            rotated: 1,
            everywhere: true,
            noisy: 3,
            killed: 3,
            stopped: 2,
            lost: 1,
            renewals: 10,
        }
    }

    fn restarts(self) -> impl Iterator<Item = (Failure, u32)> {
        [(Failure::Killed, self.killed), (Failure::Stopped, self.stopped)].into_iter().filter(|(_, rounds)| *rounds > 0)
    }

    fn rounds(self, mode: Mode, event: Event) -> u32 {
        match (event, mode) {
            (Event::Revoked, _) => self.revoked,
            (Event::Expired, Mode::Mtls) => self.certificates_expired,
            (Event::Expired, _) => self.others_expired,
        }
    }
}

/// What was drilled.
#[derive(Debug, Default)]
pub struct Drilled {
    /// One per event and mode.
    pub drills: Vec<Drill>,
    /// One per thing that can be replaced, and mode.
    pub rotations: Vec<Rotation>,
    /// One flood per lock.
    pub noisy: Vec<Noisy>,
    /// What renewing a certificate takes, when `mtls` was among the modes.
    pub renewal: Option<Renewal>,
    /// One per failure and mode.
    pub outages: Vec<Outage>,
    /// What could not be drilled, in sentences.
    pub troubles: Vec<String>,
}

/// How many times `progress` is told.
pub fn steps(modes: &[Mode], plan: Plan) -> u64 {
    let of = |mode: &Mode| {
        let ended: u32 = Event::ALL.iter().map(|event| plan.rounds(*mode, *event)).sum();
        u64::from(ended) + u64::from(plan.rotated) * replaceable(*mode, plan).count() as u64 + u64::from(plan.noisy > 0)
    };
    let locks = modes.iter().filter(|mode| **mode != Mode::Open);
    locks.map(of).sum::<u64>() + (plan.restarts().count() * modes.len()) as u64 + u64::from(plan.lost > 0)
}

/// What can be replaced behind a lock.
fn replaceable(mode: Mode, plan: Plan) -> impl Iterator<Item = (Replaced, String)> {
    let wanted = move |what: &Replaced| plan.everywhere || mode == Mode::Mtls || *what != Replaced::ServerCertificate;
    let what = Replaced::ALL.iter().copied().filter(wanted);
    what.filter_map(move |what| Some((what, rotate::command(mode, what, "partner")?.join(" "))))
}

/// Drills every mode of `modes`, one after the other, and enters what came of it as soon as it is whole. Dropping the future ends
/// every child and every caller.
pub async fn drill(modes: &[Mode], plan: Plan, progress: impl Fn(), into: &mut Drilled) {
    for mode in modes.iter().copied() {
        if mode != Mode::Open
            && let Err(why) = Box::pin(drill_one(mode, plan, &progress, into)).await
        {
            into.troubles.push(format!("{mode}: {why}"));
        }
        for (what, rounds) in plan.restarts() {
            match outage::restarts(mode, what, rounds).await {
                Ok(outage) => into.outages.push(outage),
                Err(why) => into.troubles.push(format!("{}, {mode}: {why}", what.name())),
            }
            progress();
        }
    }
    if plan.lost > 0 {
        for lost in outage::lost(modes, plan.lost).await {
            match lost {
                Ok(outages) => into.outages.extend(outages),
                Err(why) => into.troubles.push(format!("something lost: {why}")),
            }
        }
        progress();
    }
}

async fn drill_one(mode: Mode, plan: Plan, progress: &impl Fn(), into: &mut Drilled) -> Result<(), String> {
    let post = Post::open(mode).await?;
    let neighbour = post.give("neighbour", None).await?;
    for event in Event::ALL.iter().copied() {
        let rounds = plan.rounds(mode, event);
        if rounds == 0 {
            continue;
        }
        into.drills.push(drill_event(&post, event, rounds, &neighbour, progress).await);
    }
    for (what, command) in replaceable(mode, plan) {
        let how = format!("authbench {command}");
        let mut rotation = Rotation { what, mode, how, rounds: 0, calls: 0, failed: 0, first_failure: None };
        for number in 1..=plan.rotated {
            if let Err(why) = rotate::round(&post, &mut rotation, number, &neighbour).await {
                into.troubles.push(format!("{mode}: {}: {why}", rotation.how));
            }
            progress();
        }
        into.rotations.push(rotation);
    }
    if plan.noisy > 0 {
        into.noisy.push(noisy::noisy(&post, plan.noisy).await?);
        progress();
    }
    if mode == Mode::Mtls {
        into.renewal = Some(renew::renewal(&post, &neighbour.name, plan.renewals).await?);
    }
    post.close().await
}

/// So many rounds, and a few more in the place of those that do not count.
async fn drill_event(post: &Post, event: Event, rounds: u32, neighbour: &Pass, progress: &impl Fn()) -> Drill {
    let mut drill = empty(post, event);
    let mut spare = rounds.div_ceil(SPARE);
    for number in 1..=rounds {
        while let Err(why) = round(post, &mut drill, &format!("partner-{event}-{number}-{spare}"), neighbour).await {
            drill.void.push(why);
            let Some(rest) = spare.checked_sub(1) else { break };
            spare = rest;
        }
        progress();
    }
    drill
}

fn empty(post: &Post, event: Event) -> Drill {
    let how = match event {
        Event::Revoked => post.withdrawal("partner"),
        Event::Expired => format!("a life of {}", humantime::format_duration(LIFE)),
    };
    let lasted = Kind::ALL.iter().map(|kind| Lasted { kind: *kind, samples_ms: Vec::new(), before_ms: Vec::new(), accepted: 0 });
    Drill {
        event,
        mode: post.mode,
        how,
        busy: BUSY,
        limit_ms: millis(LIMIT),
        lasted: lasted.collect(),
        command_ms: Vec::new(),
        neighbour_calls: 0,
        neighbour_refused: 0,
        void: Vec::new(),
    }
}

/// One round with a credential of its own.
async fn round(post: &Post, drill: &mut Drill, name: &str, neighbour: &Pass) -> Result<(), String> {
    let partner = post.give(name, (drill.event == Event::Expired).then_some(LIFE)).await?;
    let crowd = Crowd::gather(partner.clone(), neighbour.clone());
    crowd.is_busy().await?;
    let moment = match drill.event {
        Event::Revoked => {
            let withdrawn = post.withdraw(&partner).await?;
            drill.command_ms.push(millis(withdrawn.returned - withdrawn.began));
            Moment { good_until: withdrawn.began, over: withdrawn.returned }
        }
        Event::Expired => {
            let ends = partner.credential.ends.ok_or("the credential has no end")?;
            let end = Instant::now() + ends.duration_since(clock::now()).map_err(|_| "it ended before everybody was busy")?;
            Moment { good_until: end, over: end }
        }
    };
    crowd.until_quiet(moment.over, QUIET, MOST).await;
    let round = crowd.disperse().await?.round(moment)?;
    for (lasted, went) in drill.lasted.iter_mut().zip(round.lasted) {
        lasted.samples_ms.push(millis(went.after));
        lasted.before_ms.push(millis(went.before));
        lasted.accepted += went.accepted;
    }
    drill.neighbour_calls += round.neighbour_calls;
    drill.neighbour_refused += round.neighbour_refused;
    Ok(())
}

/// Hundredths of a millisecond: more would pretend.
fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}
