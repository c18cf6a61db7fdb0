//! What was observed of one server over one shape, turn by turn, and which of it may be told.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;

use crate::compare::{
    findings::{Figure, Measure},
    load::{Burst, Steady},
    statistics::{nanoseconds, quantile},
};

/// The tails, what they stay below, and how many calls they take: fewer have no such tail.
const TAILS: [(Measure, f64, u64); 3] = [(Measure::P50, 0.5, 1), (Measure::P99, 0.99, 1000), (Measure::P999, 0.999, 10_000)];
/// A caller that is busier than this share of a processor measures itself.
const BUSY: f64 = 0.9;
/// A caller that gives up more than this share of its time to other programs is late through no fault of the server.
const DISPLACED: f64 = 0.1;
/// A machine that changes by more than this share between opening and closing run does not hold still enough.
const DRIFT: f64 = 0.2;

/// The change of the baseline between the opening and the closing run, or why it is not known.
pub type Drift = Result<f64, String>;

/// The observations of all turns.
#[derive(Debug, Default)]
pub(super) struct Book {
    series: BTreeMap<Measure, Series>,
    all: Option<Histogram<u64>>,
    error: Option<String>,
    busy: Option<f64>,
    displaced: Option<f64>,
}

/// One number per turn.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// Not a number where nothing was observed, so that turns of two books belong together.
    turns: Vec<f64>,
    /// How many calls stand behind them.
    samples: u64,
    /// Why it may not be told.
    void: Option<String>,
}

impl Series {
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

impl Book {
    /// Enters an open loop. Of so many calls in all turns together only the tails that they can have are told.
    pub(super) fn steady(&mut self, seen: Steady, intended: u64) {
        self.fail(seen.error);
        self.busy = self.busy.into_iter().chain(seen.busy).reduce(f64::max);
        self.displaced = self.displaced.into_iter().chain(seen.displaced).reduce(f64::max);
        for (name, share, _) in TAILS.iter().filter(|(_, _, enough)| *enough <= intended) {
            let tail = quantile(&seen.latencies, *share).map(|tail| tail / 1e3);
            self.enter(*name, tail.unwrap_or(f64::NAN), seen.latencies.len());
        }
        match &mut self.all {
            // Same bounds everywhere, so nothing is out of range.
            Some(all) => drop(all.add(&seen.latencies)),
            None => self.all = Some(seen.latencies),
        }
    }

    /// Enters a closed loop, with the server's CPU time in microseconds per call, or why it is not known.
    pub(super) fn burst(&mut self, seen: Burst, server: Result<f64, String>) {
        self.fail(seen.error);
        let (calls, samples) = (f64::from(seen.calls.max(1)), u64::from(seen.calls));
        self.enter(Measure::ServerCpu, *server.as_ref().unwrap_or(&f64::NAN), samples);
        self.enter(Measure::ClientCpu, seen.cpu.map_or(f64::NAN, |spent| spent.as_secs_f64() * 1e6 / calls), samples);
        self.enter(Measure::WireBytes, f64::from(u32::try_from(seen.bytes).unwrap_or(u32::MAX)) / calls, samples);
        if let Err(why) = server {
            self.void(Measure::ServerCpu, why);
        }
        if seen.cpu.is_none() {
            self.void(Measure::ClientCpu, "this system does not tell the CPU time of a thread in /proc".into());
        }
    }

    /// Enters the number of one turn.
    pub(super) fn enter(&mut self, name: Measure, turn: f64, samples: u64) {
        let series = self.series.entry(name).or_default();
        series.turns.push(turn);
        series.samples += samples;
    }

    /// Says why a number may not be told; the first reason stays.
    pub(super) fn void(&mut self, name: Measure, why: String) {
        self.series.entry(name).or_default().void.get_or_insert(why);
    }

    /// A call was not served: nothing of this shape may be told.
    pub(super) fn fail(&mut self, error: Option<String>) {
        self.error = self.error.take().or(error);
    }

    /// Turn by turn, how much more one measure of this book is than that of another.
    pub(super) fn more(&self, than: &Self, of: Measure) -> Series {
        let turns = self.turns(of).iter().zip(than.turns(of)).map(|(one, other)| one - other).collect();
        let samples = self.series.get(&of).map_or(0, |series| series.samples);
        Series { turns, samples, void: self.reason(of).or_else(|| than.reason(of)) }
    }

    /// Enters the numbers of all turns at once.
    pub(super) fn put(&mut self, name: Measure, series: Series) {
        self.series.insert(name, series);
    }

    /// One number per turn.
    pub(super) fn turns(&self, name: Measure) -> &[f64] {
        self.series.get(&name).map_or(&[], |series| &series.turns)
    }

    /// The figures, with their differences from a baseline where there is one.
    pub(super) fn figures(&self, baseline: Option<&Self>, drift: &Drift) -> Vec<Figure> {
        let figure = |(name, series): (&Measure, &Series)| {
            if let Some(why) = self.reason(*name).or_else(|| drifted(*name, drift)) {
                return Figure::void(*name, series.samples, why);
            }
            let figure = match (TAILS.iter().find(|(tail, ..)| tail == name), &self.all) {
                // Over all turns together: one turn is too short for a tail.
                (Some((_, share, _)), Some(all)) => {
                    let value = nanoseconds(all.value_at_quantile(*share)) / 1e3;
                    Figure::pooled(*name, Some(value), &series.turns, series.samples)
                }
                _ => Figure::measured(*name, &series.turns, series.samples),
            };
            let figure = figure.less_certain(*drift.as_ref().unwrap_or(&0.0));
            figure.over(&series.turns, baseline.map_or(&[], |baseline| baseline.turns(*name)))
        };
        self.series.iter().map(figure).collect()
    }

    /// Why a number of this measure may not be told.
    pub(super) fn reason(&self, name: Measure) -> Option<String> {
        let failed = self.error.as_ref().map(|why| format!("a call failed: {why}"));
        let own = || self.series.get(&name).and_then(|series| series.void.clone());
        failed.or_else(own).or_else(|| self.not_a_tail(name))
    }

    fn not_a_tail(&self, name: Measure) -> Option<String> {
        let (_, share, enough) = TAILS.iter().find(|(tail, ..)| *tail == name)?;
        let calls = self.all.as_ref().map_or(0, Histogram::len);
        let few = || format!("{calls} calls are too few for what {} % stay below: it takes {enough}", share * 100.0);
        self.late().or_else(|| (calls < *enough).then(few))
    }

    fn late(&self) -> Option<String> {
        let over = |share: Option<f64>, most: f64| share.is_some_and(|share| share > most);
        if over(self.busy, BUSY) {
            return Some(format!(
                "the caller was busy for more than {:.0} % of the time: its own queue would be measured",
                BUSY * 100.0
            ));
        }
        over(self.displaced, DISPLACED)
            .then(|| format!("other programs took the caller's processor for more than {:.0} % of the time", DISPLACED * 100.0))
    }
}

/// CPU time depends on how fast the machine is; whoever counts it must know that it stayed so.
pub(super) fn drifted(name: Measure, drift: &Drift) -> Option<String> {
    use Measure::{ClientCpu, ConnectionClientCpu, ConnectionServerCpu, ServerCpu, TokenServerCpu};
    if ![ServerCpu, ClientCpu, ConnectionServerCpu, ConnectionClientCpu, TokenServerCpu].contains(&name) {
        return None;
    }
    unsteady(drift)
}

/// Why the machine did not hold still enough to tell what a call costs; nothing when it did.
pub fn unsteady(drift: &Drift) -> Option<String> {
    match drift {
        Ok(drift) if drift.abs() <= DRIFT => None,
        Ok(drift) => Some(format!("the baseline changed by {:.0} % between the opening and the closing run", drift * 100.0)),
        Err(why) => Some(format!("nothing says whether the machine held still: {why}")),
    }
}
