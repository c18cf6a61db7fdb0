//! What is known of a server without calling it.

use std::time::Duration;

use serde_json::Value;

use crate::compare::{
    bench::Bench,
    findings::{Grown, Quantity},
    launch::Place,
    memory,
};

/// How long the start took, and what is in memory now.
pub(super) fn size(bench: &Bench) -> Vec<Grown> {
    let memory = match memory::resident(bench.stand.pid) {
        Ok(octets) => Grown::once(Quantity::Memory, self::octets(octets)),
        Err(why) => Grown::void(Quantity::Memory, 0, why),
    };
    vec![Grown::once(Quantity::Ready, microseconds(bench.ready)), memory]
}

/// The answer of a command.
pub(super) async fn ask(place: &Place, args: &[&str]) -> Result<Value, String> {
    let args: Vec<String> = args.iter().map(ToString::to_string).collect();
    Ok(place.ask(&args, None).await?.answer)
}

pub(super) fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

pub(super) fn octets(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
