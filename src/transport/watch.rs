//! The deadlines of one connection, in one place: hyper has no timer for some of them, and one for two of them.

use std::{sync::Arc, time::Duration};

use tokio::{task::AbortHandle, time::Instant};

use super::{
    Deadlines,
    connection::{Activity, Line},
};
use crate::{clock, peer::TlsPeer};

/// A task that cuts the line when it is overdue; ends when dropped.
#[derive(Debug)]
pub(super) struct Watch(AbortHandle);

impl Watch {
    pub(super) fn start(line: &Arc<Line>, rules: Rules) -> Self {
        Self(tokio::spawn(watch(Arc::clone(line), rules)).abort_handle())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// As good as never, and small enough to add up.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// What holds for one connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    deadlines: Deadlines,
    /// On HTTP/1, octets between requests are a head; on HTTP/2 they may be a ping.
    is_http1: bool,
    /// When the client's certificate ends.
    certificate_ends: Option<std::time::SystemTime>,
}

impl Rules {
    pub(super) fn new(deadlines: Deadlines, is_http1: bool, tls: Option<&TlsPeer>) -> Self {
        let certificate = tls.and_then(TlsPeer::certificate);
        let Deadlines { handshake, first_request, header, idle, response } = deadlines;
        let [first_request, header, idle, response] = [first_request, header, idle, response].map(|wait| wait.min(LONGEST));
        let deadlines = Deadlines { handshake, first_request, header, idle, response };
        Self { deadlines, is_http1, certificate_ends: certificate.map(|certificate| certificate.not_after) }
    }

    /// How long after its beginning the connection is overdue, as things stand.
    fn due(&self, activity: Activity) -> Duration {
        let Deadlines { first_request, header, idle, response, .. } = self.deadlines;
        match activity.head.filter(|_| self.is_http1) {
            _ if activity.is_busy => activity.progress + response,
            _ if !activity.has_asked => first_request,
            Some(head) => (head + header).min(activity.progress + idle),
            None => activity.progress + idle,
        }
    }

    /// A deadline that begins after a look ends at least this long after it: whoever looks so often misses none.
    fn look_again(&self) -> Duration {
        let Deadlines { header, idle, response, .. } = self.deadlines;
        if self.is_http1 { header.min(idle).min(response) } else { idle.min(response) }
    }
}

async fn watch(line: Arc<Line>, rules: Rules) {
    loop {
        let (now, activity) = (Instant::now(), line.activity());
        let due = line.began() + rules.due(activity);
        let ends = rules.certificate_ends.map(|ends| now + ends.duration_since(clock::now()).unwrap_or_default());
        let due = ends.map_or(due, |ends| ends.min(due));
        if due <= now {
            tracing::debug!(?activity, certificate_ended = ends.is_some_and(|ends| ends <= now), "connection cut: overdue");
            return line.cut();
        }
        tokio::time::sleep_until(due.min(now + rules.look_again())).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn rules(is_http1: bool) -> Rules {
        let deadlines = Deadlines { handshake: ms(1), first_request: ms(10), header: ms(20), idle: ms(60), response: ms(300) };
        Rules { deadlines, is_http1, certificate_ends: None }
    }

    fn activity(has_asked: bool, is_busy: bool, progress: u64, head: Option<u64>) -> Activity {
        Activity { has_asked, is_busy, progress: ms(progress), head: head.map(ms) }
    }

    #[test]
    fn each_phase_has_its_deadline() {
        let due = |http1, state| rules(http1).due(state);
        assert_eq!(due(true, activity(false, false, 0, None)), ms(10), "silent");
        assert_eq!(due(true, activity(false, false, 0, Some(9))), ms(10), "an octet just before does not help");
        assert_eq!(due(true, activity(true, false, 100, None)), ms(160), "idle");
        assert_eq!(due(true, activity(true, false, 100, Some(110))), ms(130), "a dripping head");
        assert_eq!(due(true, activity(true, false, 100, Some(159))), ms(160), "idle bounds a head that begins late");
        assert_eq!(due(false, activity(true, false, 100, Some(110))), ms(160), "a ping is no head");
        assert_eq!(due(true, activity(true, true, 100, Some(110))), ms(400), "busy");
    }

    #[tokio::test(start_paused = true)]
    async fn the_watch_cuts_at_the_deadline_and_not_before() {
        let line = Arc::new(Line::new());
        let _watch = Watch::start(&line, rules(true));
        line.request_began();
        line.request_ended();
        tokio::time::sleep(ms(59)).await;
        assert!(!line.is_cut());
        tokio::time::sleep(ms(2)).await;
        assert!(line.is_cut());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_may_be_as_good_as_never() {
        let line = Arc::new(Line::new());
        let never = Duration::MAX;
        let deadlines = Deadlines { handshake: never, first_request: never, header: never, idle: never, response: never };
        let _watch = Watch::start(&line, Rules::new(deadlines, true, None));
        line.request_began();
        tokio::time::sleep(ms(1_000_000)).await;
        assert!(!line.is_cut());
    }

    #[tokio::test(start_paused = true)]
    async fn a_watch_that_is_dropped_cuts_nothing() {
        let line = Arc::new(Line::new());
        drop(Watch::start(&line, rules(true)));
        tokio::time::sleep(ms(1000)).await;
        assert!(!line.is_cut());
    }

    #[tokio::test]
    async fn a_certificate_that_ended_is_overdue_at_once() {
        let line = Arc::new(Line::new());
        watch(Arc::clone(&line), Rules { certificate_ends: Some(clock::now()), ..rules(false) }).await;
        assert!(line.is_cut());
    }
}
