//! What is left of a plan, as headers.

use std::{fmt::Display, time::Duration};

use http::{HeaderName, HeaderValue};

use crate::allowance::{Allowance, ServiceLimit};

/// `RateLimit-Policy` (quota `q` in window `w`) and `RateLimit` (remaining `r`, more after `t`), whole seconds: a list with a member
/// for each limit of the plan.
pub(super) fn fields(allowance: &Allowance) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let policy = |of: &ServiceLimit| format!("\"{}\";q={};w={}", of.policy, of.quota, whole_seconds(of.window));
    let limit = |of: &ServiceLimit| format!("\"{}\";r={};t={}", of.policy, of.remaining, whole_seconds(of.reset));
    let fields = [
        (HeaderName::from_static("ratelimit-policy"), list(allowance.limits().map(policy))),
        (HeaderName::from_static("ratelimit"), list(allowance.limits().map(limit))),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
}

/// A waiting time in whole seconds: never shorter than the time itself.
pub(super) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// RFC 9651 §3.1.
fn list(mut members: impl Iterator<Item = impl Display + Into<String>>) -> String {
    let first = members.next().map(Into::into).unwrap_or_default();
    members.fold(first, |list, member| format!("{list}, {member}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_never_rounded_down() {
        assert_eq!([0, 1, 999, 1000, 1001].map(|ms| whole_seconds(Duration::from_millis(ms))), [0, 1, 1, 1, 2]);
    }

    #[test]
    fn each_limit_is_a_member_of_the_lists() {
        let limit = |policy: &str, quota| ServiceLimit {
            policy: policy.into(),
            quota,
            window: Duration::from_millis(1500),
            remaining: quota - 1,
            reset: Duration::from_millis(1),
        };
        let written = |limits: &[ServiceLimit]| {
            let allowance = Allowance::of(limits.iter().cloned()).unwrap();
            let lines: Vec<_> = fields(&allowance).map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
            lines.join("\n")
        };
        insta::assert_snapshot!(written(&[limit("gold", 200)]), @r#"
        ratelimit-policy: "gold";q=200;w=2
        ratelimit: "gold";r=199;t=1
        "#);
        insta::assert_snapshot!(written(&[limit("gold/GET /hello-world", 20), limit("gold", 200)]), @r#"
        ratelimit-policy: "gold/GET /hello-world";q=20;w=2, "gold";q=200;w=2
        ratelimit: "gold/GET /hello-world";r=19;t=1, "gold";r=199;t=1
        "#);
    }
}
