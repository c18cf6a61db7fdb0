//! A whole measurement: servers started, measured and stopped, again and again.

use std::sync::{Arc, atomic::AtomicBool};

use super::{Measured, Measuring, Plan};
use crate::{
    compare::{
        bench::{Bench, Setup, Stand, benches},
        load::on_own_thread,
        pin,
    },
    mode::Mode,
};

/// Measures the modes. Beside what was measured, or why it was not, it says what was amiss with the servers. `progress` is told after each of
/// [`steps`] steps. Dropping the future kills the servers; set `stop` too, for the caller's thread.
pub async fn campaign(
    modes: &[Mode],
    plan: Plan,
    stop: &Arc<AtomicBool>,
    progress: impl Fn() + Clone + Send + 'static,
) -> (Result<Measured, String>, Vec<String>) {
    let mut setups = setups(modes, plan);
    let (mut measuring, mut troubles) = (Measuring::new(plan), Vec::new());
    // The control outlives its round.
    let mut control = None;
    for repeat in 0..plan.repeats {
        let (mut ready, mut able) = (Vec::new(), Vec::new());
        for (bench, setup) in benches(&setups).await.into_iter().zip(&setups) {
            match bench {
                Ok(bench) => {
                    ready.push(bench);
                    able.push(setup.clone());
                }
                Err(why) => troubles.push(why),
            }
        }
        if repeat > 0 && able.len() < setups.len() {
            return (Err("a server did not start again".into()), troubles);
        }
        setups = able;
        match round(measuring, &ready, stop, progress.clone()).await {
            Ok(more) => measuring = more,
            Err(why) => return (Err(why), troubles),
        }
        for bench in ready {
            if bench.stand.tls && control.is_none() {
                control = Some(bench);
            } else {
                troubles.extend(bench.close().await.err());
            }
        }
    }
    if let Some(control) = control {
        troubles.extend(control.close().await.err());
    }
    (Ok(measuring.done()), troubles)
}

/// How many times `progress` is told.
pub fn steps(modes: &[Mode], plan: Plan) -> u64 {
    u64::from(plan.repeats) * (setups(modes, plan).len() as u64 + 1)
}

/// The open door without TLS is for what TLS costs, where there is time for it.
fn setups(modes: &[Mode], plan: Plan) -> Vec<Setup> {
    let baseline = plan.more.filter(|_| modes.contains(&Mode::Open)).map(|_| Setup::plain());
    modes.iter().copied().map(Setup::of).chain(baseline).collect()
}

async fn round(
    mut measuring: Measuring,
    ready: &[Bench],
    stop: &Arc<AtomicBool>,
    progress: impl Fn() + Send + 'static,
) -> Result<Measuring, String> {
    let stands: Vec<Stand> = ready.iter().map(|bench| bench.stand.clone()).collect();
    let stop = Arc::clone(stop);
    on_own_thread(async move || {
        let pinned = pin::apart(&stands.iter().map(|stand| stand.pid).collect::<Vec<_>>());
        measuring.round(&stands, pinned, &stop, progress).await?;
        Ok(measuring)
    })
    .await?
}
