//! What callers of plans get, at moments of the tests' own choosing.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    allowance::Limit,
    policy::{Bucket, Plan},
};

const NOW: Moment = Moment(1_000_000_000);
const SECOND: u64 = 1_000_000_000;
const HELLO: Asked = Asked::Call(Operation::Hello, SystemTime::UNIX_EPOCH);

fn bucket(rate: u32, burst: u32) -> Bucket {
    Bucket { rate: rate.try_into().unwrap(), burst: burst.try_into().unwrap() }
}

/// One plan, `p`.
fn plans(caller: Bucket, operation: Option<Bucket>, shadow: bool) -> Plans {
    let operations = operation.map(|bucket| (Operation::Hello, bucket)).into_iter().collect();
    Plans {
        by_name: BTreeMap::from([("p".into(), Plan { bucket: caller, operations, shadow, quota: None })]),
        ..Plans::default()
    }
}

/// A caller in plan `p`.
struct Caller<'q> {
    quota: &'q Quota,
    account: Account,
}

impl<'q> Caller<'q> {
    fn of(quota: &'q Quota) -> Self {
        Self { quota, account: Account::default() }
    }

    fn ask(&self, asked: Asked, now: Moment) -> Result<Spent, Denial> {
        self.quota.spend(&self.account, Some(&"p".into()), asked, now)
    }

    fn admitted(&self, tries: usize) -> usize {
        (0..tries).filter(|_| self.ask(HELLO, NOW).is_ok()).count()
    }

    /// How much is left of each of its limits, narrowest first.
    fn left(&self) -> Vec<u64> {
        let told = match self.ask(HELLO, NOW) {
            Ok(spent) => spent.allowance,
            Err(denial) => denial.allowance.map(|allowance| *allowance),
        };
        told.iter().flat_map(|allowance| allowance.limits().map(|limit| limit.remaining).collect::<Vec<_>>()).collect()
    }
}

fn wait(refused: Result<Spent, Denial>) -> Duration {
    refused.unwrap_err().retry_after.unwrap()
}

#[test]
fn each_caller_has_a_bucket_of_its_own() {
    let quota = Quota::new(&plans(bucket(1, 3), None, false));
    let (one, other) = (Caller::of(&quota), Caller::of(&quota));
    assert_eq!([one.left(), one.left(), one.left()], [[2], [1], [0]]);
    let denial = one.ask(HELLO, NOW).unwrap_err();
    assert_eq!((denial.reason, denial.retry_after), (Reason::RateLimited, Some(Duration::from_secs(1))));
    assert!(other.ask(HELLO, NOW).is_ok(), "another caller is not held back");
    assert!(one.ask(Asked::Token, NOW).is_ok(), "asking for tokens is counted apart");
}

#[test]
fn an_operation_is_narrower_than_the_caller() {
    let quota = Quota::new(&plans(bucket(1, 5), Some(bucket(1, 2)), false));
    let caller = Caller::of(&quota);
    assert_eq!([caller.left(), caller.left()], [[1, 4], [0, 3]]);
    assert_eq!(caller.left(), [0, 3], "what is refused takes nothing out of the wider bucket");
    assert_eq!(caller.left(), [0, 3]);
}

#[test]
fn who_is_refused_by_the_wider_bucket_keeps_the_narrower() {
    let quota = Quota::new(&plans(bucket(1, 2), Some(bucket(1, 5)), false));
    let caller = Caller::of(&quota);
    assert_eq!([caller.left(), caller.left(), caller.left(), caller.left()], [[4, 1], [3, 0], [3, 0], [3, 0]]);
}

#[test]
fn the_longest_wait_is_told() {
    let quota = Quota::new(&plans(bucket(1, 1), Some(bucket(100, 1)), false));
    let caller = Caller::of(&quota);
    caller.ask(HELLO, NOW).unwrap();
    assert_eq!(wait(caller.ask(HELLO, NOW)), Duration::from_secs(1));
    assert!(caller.ask(HELLO, Moment(NOW.0 + SECOND)).is_ok());
}

#[test]
fn all_callers_share_a_bucket_that_nobody_drains_for_nothing() {
    let shared = Plans { all_callers: Some(bucket(1, 4)), ..plans(bucket(1, 3), None, false) };
    let quota = Quota::new(&shared);
    let (flood, other) = (Caller::of(&quota), Caller::of(&quota));
    assert_eq!(flood.admitted(1000), 3);
    assert_eq!(other.admitted(2), 1, "one was left for others");
    assert_eq!(other.left(), [2], "and its own were kept");
    assert!(other.ask(Asked::Token, NOW).is_ok(), "tokens are something else");
    let nobody = quota.spend(&Account::default(), None, HELLO, NOW);
    assert_eq!(nobody.unwrap_err().reason, Reason::RateLimited, "it holds without a plan too");
}

#[test]
fn a_shadow_counts_and_refuses_nothing() {
    let quota = Quota::new(&plans(bucket(1, 2), Some(bucket(1, 1)), true));
    let caller = Caller::of(&quota);
    let spent = [(); 4].map(|()| caller.ask(HELLO, NOW).unwrap());
    assert!(spent.iter().all(|spent| spent.allowance.is_none()), "nobody is told of a limit that does not hold");
    let narrowest = Some(Limit::Operation);
    assert_eq!(spent.map(|spent| spent.shadowed), [None, narrowest, narrowest, narrowest]);
    let counted: Vec<_> = quota.refusals().into_iter().map(|of| (of.limit, of.refused, of.shadowed)).collect();
    assert_eq!(counted, [(Limit::Operation, 0, 3), (Limit::Caller, 0, 2)]);
}

#[test]
fn refusals_are_counted_by_plan_and_limit_and_outlive_the_plan() {
    let quota = Quota::new(&plans(bucket(1, 2), Some(bucket(1, 1)), false));
    assert_eq!(Caller::of(&quota).admitted(5), 1);
    quota.replace(&Plans::default());
    let counted: Vec<_> = quota.refusals().into_iter().map(|of| (of.plan.to_string(), of.limit, of.refused)).collect();
    assert_eq!(counted, [("p".into(), Limit::Operation, 4), ("p".into(), Limit::Caller, 0)]);
}

#[test]
fn another_plan_neither_frees_nor_locks() {
    let quota = Quota::new(&plans(bucket(1, 3600), None, false));
    let caller = Caller::of(&quota);
    assert_eq!(caller.admitted(4000), 3600);
    quota.replace(&plans(bucket(1, 3600), None, false));
    assert_eq!(wait(caller.ask(HELLO, NOW)), Duration::from_secs(1), "the same plan, the same level");
    quota.replace(&plans(bucket(100, 10), None, false));
    assert_eq!(wait(caller.ask(HELLO, NOW)), Duration::from_millis(10), "an hour of waiting is not carried over");
}

#[test]
fn no_plan_is_no_limit_and_an_unknown_plan_is_no_service() {
    let quota = Quota::new(&plans(bucket(1, 1), None, false));
    let ask = |plan: Option<&str>| quota.spend(&Account::default(), plan.map(Into::into).as_ref(), HELLO, NOW);
    assert!((0..100).all(|_| ask(None).unwrap().allowance.is_none()));
    assert_eq!(ask(Some("gold")).unwrap_err().reason, Reason::Unavailable);
}

#[test]
fn threads_take_no_more_than_the_tighter_of_two_limits() {
    for (caller, operation) in [(500, 900), (900, 500)] {
        let quota = Quota::new(&plans(bucket(1, caller), Some(bucket(1, operation)), false));
        let one = Caller::of(&quota);
        let admitted: usize = std::thread::scope(|scope| {
            let threads = [(); 4].map(|()| scope.spawn(|| one.admitted(400)));
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(admitted, 500);
        // A race may cost one, and gives none away.
        assert!(one.left().into_iter().all(|left| left <= 400), "{:?}", one.left());
    }
}

fn buckets() -> impl Strategy<Value = Bucket> {
    (1..500u32, 1..20u32).prop_map(|(rate, burst)| bucket(rate, burst))
}

proptest! {
    /// The promise of `Retry-After`, also when it is rounded up to whole seconds.
    #[test]
    fn who_waits_as_told_is_served(
        caller in buckets(),
        operation in proptest::option::of(buckets()),
        pauses in proptest::collection::vec(0..50_000_000u64, 1..100),
        rounded in any::<bool>(),
    ) {
        let quota = Quota::new(&plans(caller, operation, false));
        let (caller, mut now) = (Caller::of(&quota), NOW);
        for pause in pauses {
            now.0 += pause;
            if let Err(denial) = caller.ask(HELLO, now) {
                let wait = denial.retry_after.unwrap();
                let wait = if rounded { Duration::from_secs(wait.as_secs() + 1) } else { wait };
                let nanos = u64::try_from(wait.as_nanos()).unwrap();
                prop_assert!(rounded || caller.ask(HELLO, Moment(now.0 + nanos - 1)).is_err(), "not a moment earlier");
                now.0 += nanos;
                prop_assert!(caller.ask(HELLO, now).is_ok());
            }
        }
    }
}
