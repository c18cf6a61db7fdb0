//! `cert renew --watch`: short-lived certificates, one after another, until told to stop.

use std::time::{Duration, SystemTime};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time,
};

use super::{Desk, make, renew};
use crate::{clock, commands::output, exit::Failure, store::CertificateRecord};

/// The time of day may be set while we sleep: it is looked at again and again.
const LOOK: Duration = Duration::from_secs(30);

/// Renews whenever two thirds of the newest certificate's life are over. SIGTERM and ctrl-c end it well.
///
/// # Errors
/// Exit 2 when there is nothing to renew (any more), or nothing to renew it with. What else fails is said, and tried again.
pub(super) fn run(desk: &mut Desk<'_>, name: &str, ttl: Duration) -> Result<(), Failure> {
    desk.pki()?.check_issuing()?;
    let newest = renew::newest(&desk.store, name)?;
    renew::key(&newest, None)?;
    output::note(&format!("{} is renewed from {} on; stop with ctrl-c", newest.name, clock::rfc3339(due(&newest))));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::environment(format!("no runtime: {error}")))?;
    runtime.block_on(async {
        let on = |kind| signal(kind).map_err(|error| Failure::environment(format!("no signals: {error}")));
        let (mut terminate, mut interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
        let mut retry = Retry::default();
        loop {
            let due = retry.after(due(&renew::newest(&desk.store, name)?));
            if is_told_before(due, &mut terminate, &mut interrupt).await {
                return Ok(());
            }
            // Opened each time: what issues may have changed meanwhile.
            let renewed = desk.pki().and_then(|pki| Ok((renew::renew(desk, &pki, name, ttl, None)?, pki)));
            match renewed {
                Ok(((name, issued), pki)) => {
                    retry = Retry::default();
                    make::told(desk, &pki, &name, &issued)?;
                }
                Err(failure) => {
                    output::note(&format!("not renewed: {failure}"));
                    retry.put_off();
                }
            }
        }
    })
}

/// Two thirds of the way from where it was issued to its end; it begins a minute before that.
fn due(newest: &CertificateRecord) -> SystemTime {
    let life = newest.not_after.duration_since(newest.not_before).unwrap_or_default();
    let third = life.saturating_sub(Duration::from_secs(60)) / 3;
    newest.not_after.checked_sub(third).unwrap_or(newest.not_after)
}

/// What failed is tried again after a while that doubles, up to ten minutes.
#[derive(Debug, Default)]
struct Retry {
    wait: Duration,
    from: Option<SystemTime>,
}

impl Retry {
    fn put_off(&mut self) {
        self.wait = (self.wait * 2).clamp(Duration::from_secs(1), Duration::from_secs(600));
        self.from = Some(clock::now());
    }

    fn after(&self, due: SystemTime) -> SystemTime {
        self.from.map_or(due, |from| due.max(from + self.wait))
    }
}

async fn is_told_before(due: SystemTime, terminate: &mut Signal, interrupt: &mut Signal) -> bool {
    loop {
        let left = due.duration_since(clock::now()).unwrap_or_default();
        if left.is_zero() {
            return false;
        }
        tokio::select! {
            _ = terminate.recv() => return true,
            _ = interrupt.recv() => return true,
            () = time::sleep(left.min(LOOK)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        key_type::KeyType,
        peer::Serial,
        principal::Grant,
        store::{CertificateState, LastUse},
    };

    fn record(from: u64, to: u64) -> CertificateRecord {
        CertificateRecord {
            issuer: Arc::from([]),
            serial: Serial(Arc::from([1])),
            name: "partner".into(),
            sans: Vec::new(),
            key_type: Some(KeyType::P256),
            state: CertificateState::Active,
            revoked: None,
            grant: Grant::default(),
            not_before: clock::from_seconds(from),
            not_after: clock::from_seconds(to),
            last_used: LastUse::default(),
        }
    }

    #[test]
    fn two_thirds_of_the_life_count_from_when_it_was_issued() {
        assert_eq!(due(&record(1000, 1000 + 60 + 600)), clock::from_seconds(1000 + 60 + 400));
        assert_eq!(due(&record(1000, 1063)), clock::from_seconds(1062), "three seconds");
        assert_eq!(due(&record(1000, 1030)), clock::from_seconds(1030), "shorter than what it is dated back");
    }

    #[test]
    fn what_fails_is_tried_again_ever_later() {
        let (mut retry, soon) = (Retry::default(), clock::from_seconds(1));
        assert_eq!(retry.after(soon), soon);
        let waits = (0..12).map(|_| {
            retry.put_off();
            retry.wait.as_secs()
        });
        let waits: Vec<_> = waits.collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
        assert!(retry.after(soon) > clock::now() + Duration::from_secs(590));
    }
}
