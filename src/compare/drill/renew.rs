//! What it takes to renew a certificate: the price of a short life.

use std::time::{Duration, Instant};

use super::{millis, post::Post};
use crate::compare::{cpu, findings::Renewal};

/// Runs `cert renew` some times, one after the other.
///
/// # Errors
/// What the command said when it failed.
pub(super) async fn renewal(post: &Post, name: &str, times: u32) -> Result<Renewal, String> {
    let args = ["cert", "renew", name].map(str::to_owned);
    let before = cpu::children();
    let mut wall_ms = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        post.ask(&args).await?;
        wall_ms.push(millis(began.elapsed()));
    }
    let spent = cpu::children().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Renewal { command: "authbench cert renew NAME".into(), wall_ms, cpu_ms: spent.map(|spent| each(spent, times)) })
}

fn each(spent: Duration, times: u32) -> f64 {
    millis(spent / times.max(1))
}
