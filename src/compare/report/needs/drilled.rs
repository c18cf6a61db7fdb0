//! Needs that a drill shows.

use std::time::Duration;

use super::judge::{Judged, Verdict, World};
use crate::{
    compare::{
        findings::{Event, Kind, Lasted, Replaced},
        report::{
            answer::list,
            drills::{self, kind_name},
            number::{count, digits},
        },
    },
    mode::{Mode, Profile},
};

/// Why a drill says nothing about servers of another profile.
fn elsewhere(world: World<'_>) -> Option<Judged> {
    let profile = world.needs.profile;
    (profile != Profile::Standard).then(|| Judged::unknown(format!("no drill is made in profile {profile}")))
}

/// Where the drills stand on the page.
const ROW: &str = "drills";

/// Met when in no round and on no kind of connection a request was accepted later than `limit` after the command.
pub(super) fn revoked(world: World<'_>, mode: Mode, limit: Duration) -> Judged {
    // What goes on for ever needs no drill, and is seen in every profile.
    let stops = ["shared/revoked-new-connection", "shared/revoked-open-connection", "shared/revoked-resumed-session"]
        .map(|id| super::tried::refused(world, id, mode))
        .into_iter()
        .find(|judged| judged.verdict == Verdict::Unmet);
    if let Some(judged) = stops.or_else(|| elsewhere(world)) {
        return judged;
    }
    let Some(drill) = drills::find(world.findings, Event::Revoked, mode) else {
        return Judged::unknown("the time from a revocation to the last accepted request was not drilled");
    };
    let longest = |lasted: &Lasted| Some((lasted.kind, lasted.longest()?));
    let of: Vec<(Kind, f64)> = drill.lasted.iter().filter_map(longest).collect();
    let Some((kind, most)) =
        of.iter().copied().max_by(|one, other| one.1.total_cmp(&other.1)).filter(|_| of.len() == Kind::ALL.len())
    else {
        return Judged { row: Some(ROW.into()), ..Judged::unknown("no round of the drill counts") };
    };
    let verdict = if most <= limit.as_secs_f64() * 1e3 { Verdict::Met } else { Verdict::Unmet };
    let because = if most > 0.0 {
        format!("after `{}` a request was accepted for {} ms at most, on {}", drill.how, digits(most), kind_name(kind))
    } else {
        format!("after `{}` nothing was accepted", drill.how)
    };
    Judged { verdict, because: format!("{because}; {}", count(drill.rounds(), "round", "rounds")), row: Some(ROW.into()) }
}

/// Met when every call was served while the credential, and what makes it, were replaced.
pub(super) fn rotated(world: World<'_>, mode: Mode) -> Judged {
    if let Some(judged) = elsewhere(world) {
        return judged;
    }
    let of: Vec<_> = world.findings.rotations.iter().filter(|rotation| rotation.mode == mode && rotation.rounds > 0).collect();
    if !of.iter().any(|rotation| rotation.what == Replaced::Credential) {
        return Judged::unknown("no rotation was drilled");
    }
    let calls: u64 = of.iter().map(|rotation| rotation.calls).sum();
    let how: Vec<_> = of.iter().map(|rotation| format!("`{}`", rotation.how)).collect();
    let (verdict, because) = match of.iter().find(|rotation| rotation.failed > 0) {
        Some(rotation) => {
            (Verdict::Unmet, format!("{} of {} calls failed during `{}`", rotation.failed, rotation.calls, rotation.how))
        }
        None => (Verdict::Met, format!("all {calls} calls were served during {}", list(&how))),
    };
    Judged { verdict, because, row: Some(ROW.into()) }
}
