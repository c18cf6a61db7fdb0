//! What is left of a plan, as headers.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::allowance::Allowance;

/// `RateLimit-Policy` (quota `q` in window `w`) and `RateLimit` (remaining `r`, more after `t`), whole seconds.
pub(super) fn fields(allowance: &Allowance) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let Allowance { plan, burst, window, remaining, reset } = allowance;
    let (window, reset) = (whole_seconds(*window), whole_seconds(*reset));
    let fields = [
        (HeaderName::from_static("ratelimit-policy"), format!("\"{plan}\";q={burst};w={window}")),
        (HeaderName::from_static("ratelimit"), format!("\"{plan}\";r={remaining};t={reset}")),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
}

/// A waiting time in whole seconds: never shorter than the time itself.
pub(super) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_never_rounded_down() {
        assert_eq!([0, 1, 999, 1000, 1001].map(|ms| whole_seconds(Duration::from_millis(ms))), [0, 1, 1, 1, 2]);
    }
}
