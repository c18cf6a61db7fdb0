//! All observations of one server: a book for each shape.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use super::{
    Pace, Plan, Stand,
    book::{Book, Drift},
    watched,
};
use crate::{
    compare::{
        cpu,
        findings::{Cost, Measure, Shape},
        load::{Start, Visit, burst, first_call, flood, idle, steady, visits},
        memory,
        statistics::median,
    },
    mode::Mode,
};

/// Connections that are kept busy while the capacity is measured: enough that the server never waits for the caller.
pub(super) const BUSY_CONNECTIONS: u32 = 16;
/// A server that had less of its processor than this share could have done more: the caller, or another program, held it up.
const SATURATED: f64 = 0.9;
/// Connections that are opened before memory is looked at: what the first ones need is not theirs alone.
const OPENED_BEFORE: u32 = 20;
/// How long a server may take until its memory is what its connections need.
const AT_REST: Duration = Duration::from_millis(50);

/// What a new connection costs: more than a call on a kept one.
const PER_CONNECTION: [(Measure, Measure); 3] = [
    (Measure::ConnectionServerCpu, Measure::ServerCpu),
    (Measure::ConnectionClientCpu, Measure::ClientCpu),
    (Measure::ConnectionBytes, Measure::WireBytes),
];
/// What a new token costs, likewise.
const PER_TOKEN: [(Measure, Measure); 2] =
    [(Measure::TokenServerCpu, Measure::ServerCpu), (Measure::TokenBytes, Measure::WireBytes)];

/// The books of one server.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) mode: Mode,
    pub(super) tls: bool,
    shapes: BTreeMap<Shape, Book>,
    /// Visits of one call, each with a new token.
    tokens: Book,
    /// The share of its processor that the server had in each flood.
    busy: Vec<f64>,
}

impl Ledger {
    pub(super) fn of(stand: &Stand) -> Self {
        Self { mode: stand.mode, tls: stand.tls, shapes: BTreeMap::new(), tokens: Book::default(), busy: Vec::new() }
    }

    /// What idle connections take of a server that has just started.
    pub(super) async fn idle(&mut self, stand: &Stand, plan: Plan) {
        let Some(more) = plan.more else { return };
        let book = self.shapes.entry(Shape::Kept).or_default();
        match idle_memory(stand, more.idle).await {
            Ok(octets) => book.enter(Measure::IdleMemory, octets, u64::from(more.idle)),
            Err(why) => book.void(Measure::IdleMemory, why),
        }
    }

    /// One turn of all shapes.
    pub(super) async fn turn(
        &mut self,
        stand: &Stand,
        plan: Plan,
        pace: Pace,
        pinned: bool,
        stop: &Arc<AtomicBool>,
    ) -> Result<(), String> {
        self.first_calls(stand, plan, stop).await;
        for shape in Shape::ALL {
            let Some(amount) = plan.amount(*shape, stand.tls) else { continue };
            let book = self.shapes.entry(*shape).or_default();
            let work = burst(&stand.target, *shape, amount.burst, amount.burst_limit, stop);
            let (seen, server) = watched(stand.pid, work).await;
            book.burst(seen, server);
            let per_second = pace.of(*shape);
            let seen = steady(&stand.target, *shape, per_second, amount.calls_at(per_second), stop).await?;
            book.steady(seen, u64::from(amount.steady) * u64::from(plan.repeats));
        }
        if let Some(more) = plan.more {
            self.flood(stand, more.flood, pinned, stop).await;
            if stand.target.token.is_some() {
                let one = Visit { start: Start::Token, calls: 1 };
                let work = visits(&stand.target, one, more.tokens.burst, more.tokens.burst_limit, stop);
                let (seen, server) = watched(stand.pid, work).await;
                self.tokens.burst(seen, server);
            }
        }
        Ok(())
    }

    async fn first_calls(&mut self, stand: &Stand, plan: Plan, stop: &AtomicBool) {
        let book = self.shapes.entry(Shape::First).or_default();
        let (mut times, mut sizes) = (Vec::new(), Vec::new());
        for _ in 0..plan.first_calls {
            if stop.load(Relaxed) {
                return;
            }
            match first_call(&stand.target).await {
                Ok((took, bytes)) => {
                    times.push(took.as_secs_f64() * 1e6);
                    sizes.push(f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)));
                }
                Err(why) => book.fail(Some(why)),
            }
        }
        let calls = u64::from(plan.first_calls);
        book.enter(Measure::FirstCall, median(&times).unwrap_or(f64::NAN), calls);
        book.enter(Measure::WireBytes, median(&sizes).unwrap_or(f64::NAN), calls);
    }

    /// As much as the server can take.
    async fn flood(&mut self, stand: &Stand, long: Duration, pinned: bool, stop: &Arc<AtomicBool>) {
        let book = self.shapes.entry(Shape::Kept).or_default();
        if !pinned {
            let why = "the server and its caller could not be given a processor each";
            return book.void(Measure::Capacity, why.into());
        }
        let before = Cell::new(None);
        let begin = || before.set(cpu::process(stand.pid).ok());
        let seen = flood(&stand.target, BUSY_CONNECTIONS, long, stop, begin).await;
        if let Some(why) = seen.error {
            return book.void(Measure::Capacity, format!("a call failed: {why}"));
        }
        let (Some(before), Ok(after)) = (before.take(), cpu::process(stand.pid)) else {
            return book.void(Measure::Capacity, "nobody can tell whether the server was busy".into());
        };
        let took = seen.took.as_secs_f64();
        self.busy.push(after.since(&before).as_secs_f64() / took);
        book.enter(Measure::Capacity, f64::from(seen.calls) / took, u64::from(seen.calls));
    }

    /// Enters the numbers that follow from others: what a connection costs, and a token, and why the capacity is none.
    pub(super) fn derive(&mut self) {
        let Some(kept) = self.shapes.get(&Shape::Kept) else { return };
        let connection = [Shape::Fresh, Shape::Resumed].into_iter().filter_map(|shape| Some((shape, self.shapes.get(&shape)?)));
        let connection = connection.flat_map(|(shape, book)| PER_CONNECTION.map(|(name, of)| (shape, name, book.more(kept, of))));
        let token = PER_TOKEN.map(|(name, of)| (Shape::First, name, self.tokens.more(kept, of)));
        let all: Vec<_> = connection.chain(token).filter(|(.., series)| !series.is_empty()).collect();
        for (shape, name, series) in all {
            self.shapes.entry(shape).or_default().put(name, series);
        }
        if let Some(share) = median(&self.busy).filter(|share| *share < SATURATED) {
            let why = "of its processor: its caller, or another program, held it up";
            let book = self.shapes.entry(Shape::Kept).or_default();
            book.void(Measure::Capacity, format!("the server had {:.0} % {why}", share * 100.0));
        }
    }

    /// One per shape. The baseline is another server, measured in the same turns.
    pub(super) fn costs(&self, baseline: Option<&Self>, drift: &Drift) -> Vec<Cost> {
        let cost = |(shape, book): (&Shape, &Book)| {
            let figures = book.figures(baseline.and_then(|baseline| baseline.shapes.get(shape)), drift);
            Cost { mode: self.mode, tls: self.tls, shape: *shape, figures }
        };
        self.shapes.iter().map(cost).collect()
    }

    /// What the turns say of one measure.
    pub(super) fn turns(&self, shape: Shape, name: Measure) -> &[f64] {
        self.shapes.get(&shape).map_or(&[], |book| book.turns(name))
    }

    /// The book of one shape.
    pub(super) fn book(&self, shape: Shape) -> Option<&Book> {
        self.shapes.get(&shape)
    }
}

async fn idle_memory(stand: &Stand, connections: u32) -> Result<f64, String> {
    let failed = |why| format!("a call failed: {why}");
    let first = idle(&stand.target, OPENED_BEFORE).await.map_err(failed)?;
    tokio::time::sleep(AT_REST).await;
    let before = memory::resident(stand.pid)?;
    let more = idle(&stand.target, connections).await.map_err(failed)?;
    tokio::time::sleep(AT_REST).await;
    let octets = memory::resident(stand.pid)?.saturating_sub(before);
    drop((first, more));
    Ok(f64::from(u32::try_from(octets).unwrap_or(u32::MAX)) / f64::from(connections))
}
