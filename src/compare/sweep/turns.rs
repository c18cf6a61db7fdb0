//! The measuring of one sweep: every loop has its turn, nobody is always first, and the first one watches the machine.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, StatusCode};

use crate::{
    caller::Connection,
    compare::{
        cost::{Drift, unsteady, watched},
        cpu::Share,
        findings::{Grown, Quantity, Shape},
        load::{Burst, Target, burst},
    },
};

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many times each loop has its turn.
    pub turns: usize,
    /// The longest that a turn may take.
    pub limit: Duration,
    /// The most calls of a turn.
    pub calls: u32,
}

/// One closed loop against one server.
#[derive(Debug, Clone)]
pub(super) struct Loop {
    /// The server's process.
    pub(super) pid: u32,
    pub(super) target: Target,
    pub(super) kind: Kind,
}

/// What is done over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A call on a new connection.
    Fresh,
    /// A call on the kept connection.
    Kept,
    /// The same, with a token that the server does not remember.
    Unseen,
    /// A token, on a kept connection.
    Issue,
}

impl Kind {
    /// What the server's and the caller's time are called.
    fn names(self) -> (Quantity, Option<Quantity>) {
        match self {
            Self::Fresh => (Quantity::FreshServer, Some(Quantity::FreshClient)),
            Self::Kept => (Quantity::KeptServer, Some(Quantity::KeptClient)),
            Self::Unseen => (Quantity::UnseenServer, None),
            Self::Issue => (Quantity::IssueServer, Some(Quantity::IssueClient)),
        }
    }
}

/// What was seen of one loop.
#[derive(Debug, Default)]
struct Seen {
    server: Vec<f64>,
    client: Vec<f64>,
    calls: u64,
    fault: Option<String>,
}

/// Gives every loop its turns: the figures of each, and how much the machine changed meanwhile, or why nobody can tell. `tick` is
/// told after each round.
pub(super) async fn measure(loops: &[Loop], plan: Plan, stop: &AtomicBool, tick: impl Fn()) -> (Vec<Vec<Grown>>, Drift) {
    let Some(first) = loops.first() else { return (Vec::new(), Err("there is nothing to measure".into())) };
    // The first round warms up, and is dropped.
    for one in loops {
        let _ = once(one, plan, stop).await;
    }
    let opening = once(first, plan, stop).await.1;
    let mut seen: Vec<Seen> = loops.iter().map(|_| Seen::default()).collect();
    for turn in 0..plan.turns {
        for place in 0..loops.len() {
            let index = (turn + place) % loops.len();
            let (burst, server) = once(&loops[index], plan, stop).await;
            seen[index].enter(&burst, server);
        }
        tick();
    }
    let closing = once(first, plan, stop).await.1;
    let drift = opening.and_then(|opening| Ok(closing? / opening - 1.0));
    let figures = loops.iter().zip(&seen).map(|(one, seen)| seen.figures(one.kind, &drift)).collect();
    (figures, drift)
}

/// One turn, with the microseconds of CPU that the server spent for each call.
async fn once(one: &Loop, plan: Plan, stop: &AtomicBool) -> (Burst, Result<f64, String>) {
    let work = async {
        match one.kind {
            Kind::Fresh => burst(&one.target, Shape::Fresh, plan.calls, plan.limit, stop).await,
            Kind::Kept | Kind::Unseen => burst(&one.target, Shape::Kept, plan.calls, plan.limit, stop).await,
            Kind::Issue => issue(&one.target, plan, stop).await,
        }
    };
    Box::pin(watched(one.pid, work)).await
}

/// The most tokens of a turn: the `aws` profile gives out no more than 150 in a second.
const TOKENS: u32 = 120;

/// Asks for tokens, each as soon as the one before was given. Like a burst, it begins to count when the connection is open.
async fn issue(target: &Target, plan: Plan, stop: &AtomicBool) -> Burst {
    let mut seen = Burst { calls: 0, took: Duration::ZERO, cpu: None, bytes: 0, error: None };
    let asking = async {
        let request = target.token.as_ref().ok_or("there is nothing to get a token with")?;
        let mut connection = target.dial.connect().await.map_err(|broken| broken.to_string())?;
        given(&mut connection, request).await?;
        let (cpu, begun) = (Share::now(), Instant::now());
        while seen.calls < plan.calls.min(TOKENS) && !stop.load(Relaxed) && begun.elapsed() < plan.limit {
            given(&mut connection, request).await?;
            seen.calls += 1;
        }
        (seen.took, seen.cpu) = (begun.elapsed(), Share::since(cpu).map(|share| share.spent));
        Ok(())
    };
    let ended: Result<(), String> = asking.await;
    Burst { error: ended.err(), ..seen }
}

async fn given(connection: &mut Connection, request: &Request<Bytes>) -> Result<(), String> {
    let answer = connection.send(request).await.map_err(|broken| broken.to_string())?;
    if answer.status == StatusCode::OK { Ok(()) } else { Err(format!("no token was given: {}", answer.status)) }
}

impl Seen {
    fn enter(&mut self, burst: &Burst, server: Result<f64, String>) {
        let calls = f64::from(burst.calls.max(1));
        self.calls += u64::from(burst.calls);
        self.client.extend(burst.cpu.map(|spent| spent.as_secs_f64() * 1e6 / calls));
        let failed = burst.error.as_ref().map(|why| format!("a call failed: {why}"));
        match (failed, server) {
            (Some(why), _) | (None, Err(why)) => self.fault = self.fault.take().or(Some(why)),
            (None, Ok(spent)) => self.server.push(spent),
        }
    }

    fn figures(&self, kind: Kind, drift: &Drift) -> Vec<Grown> {
        let (server, client) = kind.names();
        let fault = self.fault.clone().or_else(|| unsteady(drift));
        let figure = |name, turns: &[f64]| match &fault {
            Some(why) => Grown::void(name, self.calls, why),
            None => Grown::of(name, turns, self.calls).less_certain(drift.as_ref().copied().unwrap_or(0.0)),
        };
        let untold = "this system does not tell the CPU time of a thread in /proc";
        let client = client.map(|name| {
            let is_told = fault.is_some() || !self.client.is_empty();
            if is_told { figure(name, &self.client) } else { Grown::void(name, self.calls, untold) }
        });
        std::iter::once(figure(server, &self.server)).chain(client).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(bursts: &[(u32, Option<&str>, Result<f64, &str>)]) -> Seen {
        let mut seen = Seen::default();
        for (calls, error, server) in bursts {
            let cpu = Some(Duration::from_micros(40) * *calls);
            let burst = Burst { calls: *calls, took: Duration::ZERO, cpu, bytes: 0, error: error.map(str::to_owned) };
            seen.enter(&burst, server.map_err(str::to_owned));
        }
        seen
    }

    fn told(seen: &Seen, kind: Kind, drift: f64) -> Vec<String> {
        let text = |grown: &Grown| match (grown.value, &grown.void) {
            (Some(value), None) => format!("{} {value}", grown.name),
            (_, why) => format!("{} {}", grown.name, why.as_deref().unwrap_or_default()),
        };
        seen.figures(kind, &Ok(drift)).iter().map(text).collect()
    }

    #[test]
    fn every_turn_counts_once_on_both_sides() {
        let seen = seen(&[(10, None, Ok(100.0)), (20, None, Ok(130.0)), (10, None, Ok(110.0))]);
        assert_eq!(told(&seen, Kind::Fresh, 0.1), ["fresh_server_cpu 110", "fresh_client_cpu 40"]);
        assert_eq!(told(&seen, Kind::Unseen, -0.2), ["unseen_server_cpu 110"], "what is known of the caller is told elsewhere");
        assert_eq!(seen.figures(Kind::Kept, &Ok(0.0))[0].samples, 40);
    }

    #[test]
    fn a_machine_that_changed_a_call_that_failed_and_a_coarse_clock_leave_no_number() {
        let good = seen(&[(10, None, Ok(100.0))]);
        for drift in [Ok(0.21), Ok(-0.3), Err("no clock".into())] {
            assert!(good.figures(Kind::Fresh, &drift).iter().all(|grown| grown.value.is_none() && grown.void.is_some()));
        }
        let failed = seen(&[(10, None, Ok(100.0)), (3, Some("answered 503"), Ok(90.0))]);
        assert_eq!(told(&failed, Kind::Unseen, 0.0), ["unseen_server_cpu a call failed: answered 503"]);
        let coarse = seen(&[(10, None, Err("too coarse")), (10, None, Ok(90.0))]);
        assert_eq!(told(&coarse, Kind::Unseen, 0.0), ["unseen_server_cpu too coarse"]);
    }

    #[test]
    fn a_caller_whose_time_is_not_told_has_none() {
        let mut seen = seen(&[(10, None, Ok(100.0))]);
        seen.client.clear();
        let told = told(&seen, Kind::Issue, 0.0);
        assert_eq!(told[1], "issue_client_cpu this system does not tell the CPU time of a thread in /proc");
    }
}
