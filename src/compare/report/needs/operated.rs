//! Needs that the tasks of an operator show.

use std::time::Duration;

use super::judge::{Judged, Verdict, World};
use crate::{
    compare::{
        findings::{DeedKind, Effort, Task},
        report::{
            effort::{anchor, find, title},
            number::{count, digits},
        },
    },
    mode::{Mode, Profile},
};

/// What was done, or why nothing is known of it.
fn done(world: World<'_>, task: Task, mode: Mode) -> Result<&Effort, Judged> {
    let profile = world.needs.profile;
    if profile != Profile::Standard {
        return Err(Judged::unknown(format!("no task is done in profile {profile}")));
    }
    find(world.findings, task, mode).ok_or_else(|| Judged::unknown(format!("“{}” was not done", title(task))))
}

fn judged(effort: &Effort, met: bool, because: String) -> Judged {
    let verdict = if met { Verdict::Met } else { Verdict::Unmet };
    Judged { verdict, because, row: Some(anchor(effort.task, effort.mode)) }
}

/// Met when a caller was taken in, in one way or the other, and nothing secret went to it.
pub(super) fn no_secret(world: World<'_>, mode: Mode) -> Judged {
    let usual = match done(world, Task::Onboard, mode) {
        Ok(usual) => usual,
        Err(unknown) => return unknown,
    };
    let without =
        [Some(usual), find(world.findings, Task::OnboardOwnKey, mode)].into_iter().flatten().find(|effort| effort.secrets() == 0);
    if let Some(effort) = without {
        return judged(effort, true, format!("“{}”: {}", title(effort.task), typed(effort)));
    }
    let secrets: Vec<&str> = usual.handed.iter().filter(|handed| handed.secret).map(|handed| handed.what.as_str()).collect();
    judged(usual, false, format!("{}: the {} travels", typed(usual), secrets.join(", ")))
}

fn typed(effort: &Effort) -> String {
    effort.commands.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(", ")
}

/// Met when a caller was taken in and asked nobody but the resource.
pub(super) fn no_third_service(world: World<'_>, mode: Mode) -> Judged {
    match done(world, Task::Onboard, mode) {
        Ok(effort) => match effort.deeds.iter().find(|deed| deed.kind == DeedKind::Asks) {
            Some(deed) => judged(effort, false, deed.what.clone()),
            None => judged(effort, true, format!("“{}”: the caller calls with what it was given", title(effort.task))),
        },
        Err(unknown) => unknown,
    }
}

/// Met when in no round it took longer.
pub(super) fn recovered(world: World<'_>, mode: Mode, limit: Duration) -> Judged {
    let effort = match done(world, Task::RecoverFiles, mode) {
        Ok(effort) => effort,
        Err(unknown) => return unknown,
    };
    let Some(longest) = effort.waited_ms.iter().copied().reduce(f64::max) else { return Judged::unknown("no round was made") };
    let rounds = count(effort.waited_ms.len(), "round", "rounds");
    judged(effort, longest <= limit.as_secs_f64() * 1e3, format!("{} ms at most; {rounds}", digits(longest)))
}
