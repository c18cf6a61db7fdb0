//! K8: limits are exact, what they say about waiting is true, nobody is starved by another, and guesses are bounded.

mod clock;
mod crowd;
mod exact;
mod guessing;
mod neighbours;
mod plans;
mod waiting;
