//! The locks in the order in which they meet the needs.

use super::judge::{Judged, Verdict, World, judge};
use crate::{
    compare::needs::{Need, Weight},
    mode::Mode,
};

/// One lock among the others.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// Counted from one; locks that nothing tells apart share one.
    pub(super) rank: usize,
    pub(super) mode: Mode,
    /// Every need with its judgement, in the order of the needs.
    pub(super) judged: Vec<(&'a Need, Judged)>,
}

/// How a lock stands: smaller is better. Musts that are not met, musts that are not known, shoulds that are not met or not known.
type Standing = (usize, usize, usize);

impl Place<'_> {
    /// How many needs of a weight were judged so.
    pub(super) fn count(&self, weight: Weight, verdict: Verdict) -> usize {
        self.judged.iter().filter(|(need, judged)| need.weight == weight && judged.verdict == verdict).count()
    }

    /// How many needs of a weight there are.
    pub(super) fn all(&self, weight: Weight) -> usize {
        self.judged.iter().filter(|(need, _)| need.weight == weight).count()
    }

    fn standing(&self) -> Standing {
        let count = |weight, verdict| self.count(weight, verdict);
        let shoulds = self.all(Weight::Should) - count(Weight::Should, Verdict::Met);
        (count(Weight::Must, Verdict::Unmet), count(Weight::Must, Verdict::Unknown), shoulds)
    }
}

/// Ranks the locks that were looked at. The open door is none.
pub(super) fn ranked(world: World<'_>) -> Vec<Place<'_>> {
    let locks = world.findings.settings.modes.iter().copied().filter(|mode| *mode != Mode::Open);
    let place = |mode| {
        let judged = world.needs.needs.iter().map(|need| (need, judge(world, need.what, mode))).collect();
        Place { rank: 0, mode, judged }
    };
    let mut places: Vec<Place<'_>> = locks.map(place).collect();
    // Stable: locks that nothing tells apart stay in the order of the columns.
    places.sort_by_key(Place::standing);
    let standings: Vec<Standing> = places.iter().map(Place::standing).collect();
    for (place, standing) in places.iter_mut().zip(&standings) {
        place.rank = standings.iter().filter(|other| *other < standing).count() + 1;
    }
    places
}
