//! What it takes to run each lock: every task is done with real commands beside a real server, and what that took is counted.

mod files;
mod own_key;
mod partner;
mod site;
mod tasks;
mod trail;

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use self::{site::Site, tasks::perform};
use super::findings::{Depth, Effort, Task};
use crate::mode::Mode;

/// How much is done. The first round is always done to its end; others begin only when they will end in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How long all of it may take.
    within: Duration,
    /// How many rounds at most.
    most: u32,
}

impl Plan {
    /// What a depth asks for.
    pub fn of(depth: Depth) -> Self {
        let (seconds, most) = match depth {
            Depth::Quick => (4, 2),
            Depth::Default => (5, 3),
            Depth::Thorough => (8, 5),
        };
        Self { within: Duration::from_secs(seconds), most }
    }
}

/// What was done.
#[derive(Debug, Default)]
pub struct Done {
    /// One per task and mode in which it has a meaning, task by task.
    pub efforts: Vec<Effort>,
    /// What could not be done, in sentences.
    pub troubles: Vec<String>,
}

/// How many times `progress` is told at most.
pub fn steps(modes: &[Mode], plan: Plan) -> u64 {
    u64::from(plan.most) * modes.len() as u64
}

/// Does every task behind every lock, one after the other, so that nobody waits for somebody else's commands. Dropping the future ends
/// every child; what was done until then is in `done`.
pub async fn measure(modes: &[Mode], plan: Plan, progress: impl Fn(), done: &mut Done) {
    let begun = Instant::now();
    let mut sites = Vec::new();
    for (mode, opened) in modes.iter().zip(join_all(modes.iter().map(|mode| Site::open(*mode))).await) {
        match opened {
            Ok(site) => sites.push(site),
            Err(why) => done.troubles.push(format!("{mode}: {why}")),
        }
    }
    let mut slowest = Duration::ZERO;
    for round in 1..=plan.most {
        if round > 1 && begun.elapsed() + slowest > plan.within {
            break;
        }
        let started = Instant::now();
        for site in &sites {
            one_round(site, round, done).await;
            progress();
        }
        slowest = slowest.max(started.elapsed());
    }
    for site in sites {
        done.troubles.extend(site.close().await.err());
    }
    done.efforts.sort_by_key(|effort| (effort.task, effort.mode));
}

/// All tasks behind one lock. What is left to time is looked at last.
async fn one_round(site: &Site, round: u32, done: &mut Done) {
    let mut left = Vec::new();
    for task in Task::ALL.iter().copied().filter(|task| tasks::has(*task, site.mode)) {
        match perform(site, task, round).await {
            Ok((effort, old)) => {
                left.extend(old.map(|old| (task, old)));
                enter(done, effort, round);
            }
            Err(why) => done.troubles.push(format!("{task}, {}: {why}", site.mode)),
        }
    }
    for (task, old) in left {
        match trail::ended(site, &old).await {
            Ok(step) => {
                let told = |effort: &&mut Effort| round == 1 && effort.task == task && effort.mode == site.mode;
                if let Some(effort) = done.efforts.iter_mut().find(told) {
                    effort.proof.push(step);
                }
            }
            Err(why) => done.troubles.push(format!("{task}, {}: {why}", site.mode)),
        }
    }
}

/// The first round is told whole; of the others only how long they took.
fn enter(done: &mut Done, effort: Effort, round: u32) {
    let same = |known: &&mut Effort| known.task == effort.task && known.mode == effort.mode;
    match done.efforts.iter_mut().find(same) {
        Some(known) => {
            if counts(known) != counts(&effort) {
                done.troubles.push(format!("{}, {}: round {round} took other things than the first", effort.task, effort.mode));
            }
            known.waited_ms.extend(effort.waited_ms);
        }
        None => done.efforts.push(effort),
    }
}

fn counts(effort: &Effort) -> [usize; 4] {
    [effort.commands.len(), effort.handed.len(), effort.deeds.len(), effort.secrets()]
}
