//! Needs that a scenario shows.

use super::judge::{Judged, Verdict, World};
use crate::{
    compare::{
        findings,
        report::{
            html::anchor,
            mark::{outcome, passed},
        },
    },
    mode::Mode,
};

/// Met when the deciding call of a scenario was refused, unmet when it passed.
pub(super) fn refused(world: World<'_>, id: &str, mode: Mode) -> Judged {
    let profile = world.needs.profile;
    let Some(entry) = world.findings.catalogue.iter().find(|entry| entry.id == id) else {
        return Judged::unknown(format!("`{id}` was not tried"));
    };
    let here = |cell: &&findings::Cell| cell.id == id && cell.mode == mode && cell.profile == profile;
    let title = &entry.title;
    let Some(cell) = world.findings.scenarios.iter().find(here) else {
        return Judged::unknown(format!("“{title}” was not tried in profile {profile}"));
    };
    let row = Some(anchor(profile, entry));
    let (verdict, because) = match cell.verdict {
        findings::Verdict::AsExpected => {
            let verdict = if passed(cell) { Verdict::Unmet } else { Verdict::Met };
            (verdict, format!("“{title}”: {}", outcome(&cell.observed).0))
        }
        findings::Verdict::Differs => (Verdict::Unknown, format!("“{title}” did not end as declared")),
        findings::Verdict::Skipped => (Verdict::Unknown, format!("“{title}” could not be tried")),
    };
    Judged { verdict, because, row }
}
