//! Ranges in which a value is looked up by halving.

/// Ranges, ends included, sorted and apart.
#[derive(Debug)]
pub(super) struct Ranges<A>(Box<[(A, A)]>);

impl<A: Copy + Ord> Ranges<A> {
    /// Ranges that overlap become one.
    pub(super) fn new(mut all: Vec<(A, A)>) -> Self {
        all.sort_unstable();
        all.dedup_by(|next, kept| {
            let overlaps = next.0 <= kept.1;
            kept.1 = if overlaps { kept.1.max(next.1) } else { kept.1 };
            overlaps
        });
        Self(all.into())
    }

    /// Whether one of them holds the value.
    pub(super) fn contain(&self, value: A) -> bool {
        let begun = self.0.partition_point(|(first, _)| *first <= value);
        begun.checked_sub(1).is_some_and(|last| value <= self.0[last].1)
    }
}
