//! What a server spends on the calls of a closed loop.

use std::time::Duration;

use crate::compare::{cpu, load::Burst};

/// How long a server may go on working after its last answer; what it does then belongs to the calls. Ours may write its last records
/// 20 ms later: `docs/measuring.md` says what is missed then.
const SETTLING: Duration = Duration::from_millis(30);

/// Lets `work` be done, and counts the microseconds of CPU that the process spent per call, or says why it cannot.
pub async fn watched(pid: u32, work: impl Future<Output = Burst>) -> (Burst, Result<f64, String>) {
    let before = cpu::process(pid);
    let seen = work.await;
    tokio::time::sleep(SETTLING).await;
    let server = before.and_then(|before| {
        let after = cpu::process(pid)?;
        let spent = after.since(&before);
        // A clock of ticks cannot tell a short burst.
        if spent < after.grain() * 20 {
            return Err(format!("the system's clock of {:?} is too coarse for a burst of {spent:?}", after.grain()));
        }
        Ok(spent.as_secs_f64() * 1e6 / f64::from(seen.calls.max(1)))
    });
    (seen, server)
}
