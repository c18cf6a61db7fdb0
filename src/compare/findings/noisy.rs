//! What one caller notices while another asks for far more than it may.

use serde::{Deserialize, Serialize};

use super::median;
use crate::mode::Mode;

/// One flood behind one lock, in slices: quiet and flooded ones take turns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Noisy {
    /// The lock.
    pub mode: Mode,
    /// Requests per second that the noisy caller may make.
    pub allowed_per_second: u32,
    /// Requests per second that it made.
    pub asked_per_second: f64,
    /// How many of all that it asked were served.
    pub served: u64,
    /// How many were refused.
    pub refused: u64,
    /// Calls of the other one in each half of the time.
    pub calls: u64,
    /// The latency that 99 of 100 of its calls stay below while nobody floods, from the intended start, in milliseconds.
    pub quiet_p99_ms: f64,
    /// The same during the flood.
    pub flooded_p99_ms: f64,
    /// The flooded one over the quiet one, once for each pair of slices.
    pub ratios: Vec<f64>,
    /// How large they may be: beyond it in every pair is a fault.
    pub limit: f64,
    /// How the first call of the other one ended that was not served. None may be.
    pub unserved: Option<String>,
    /// Why the two latencies cannot be compared.
    pub void: Option<String>,
}

impl Noisy {
    /// The median of the ratios: what held one slice up says nothing. Nothing when they cannot be compared.
    pub fn ratio(&self) -> Option<f64> {
        median(&self.ratios).filter(|_| self.void.is_none())
    }

    /// What did not go as it must, in a sentence; nothing when all did.
    pub fn fault(&self) -> Option<String> {
        let Self { mode, limit, unserved, .. } = self;
        if let Some(why) = unserved {
            return Some(format!("a flood of one caller, {mode}: another one was not served: {why}"));
        }
        // Few pairs are noisy themselves: it is told when every one of them says so.
        let ratio = self.ratio().filter(|_| self.ratios.iter().all(|ratio| ratio > limit))?;
        Some(format!(
            "a flood of one caller, {mode}: the p99 of another was {ratio:.2} times its quiet value; {limit} are allowed"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noisy() -> Noisy {
        Noisy {
            mode: Mode::Jwt,
            allowed_per_second: 100,
            asked_per_second: 1998.0,
            served: 420,
            refused: 7580,
            calls: 1600,
            quiet_p99_ms: 0.5,
            flooded_p99_ms: 0.75,
            ratios: vec![1.5, 0.9, 4.0],
            limit: 1.5,
            unserved: None,
            void: None,
        }
    }

    #[test]
    fn a_neighbour_may_be_slowed_down_by_so_much_and_never_refused() {
        assert_eq!((noisy().ratio(), noisy().fault()), (Some(1.5), None));
        let slow = Noisy { ratios: vec![1.6, 1.55, 1.7], ..noisy() };
        assert_eq!(Noisy { ratios: vec![1.6, 1.4, 9.0], ..noisy() }.fault(), None, "one pair says otherwise");
        insta::assert_snapshot!(slow.fault().unwrap(), @"a flood of one caller, jwt: the p99 of another was 1.60 times its quiet value; 1.5 are allowed");
        assert_eq!(Noisy { void: Some("restless".into()), ..slow }.fault(), None);
        let refused = Noisy { unserved: Some("answered 429".into()), void: Some("restless".into()), ..noisy() };
        insta::assert_snapshot!(refused.fault().unwrap(), @"a flood of one caller, jwt: another one was not served: answered 429");
    }
}
