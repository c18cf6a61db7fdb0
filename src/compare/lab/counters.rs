//! What the server counts on its admin listener, for refusals whose reason the wire does not tell.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::time::{Instant, sleep};

use super::Lab;
use crate::{
    caller::{Dial, Origin},
    compare::judge::{Refusals, grown, refusals},
    wire::{DECISIONS, HANDSHAKES_REFUSED, METRICS_PATH},
};

/// How long a refusal may take until the admin listener counts it.
const COUNTED_WITHIN: Duration = Duration::from_millis(500);

/// Refusals by reason since the server started.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// In the handshake.
    pub(super) handshakes: Refusals,
    /// In HTTP.
    pub(super) decisions: Refusals,
}

impl Lab {
    /// By what one of the counters grew since it was read last; waits a little until it does.
    pub(super) async fn newly_counted(&mut self, which: impl Fn(&Counted) -> &Refusals) -> Result<Refusals, String> {
        let until = Instant::now() + COUNTED_WITHIN;
        loop {
            let now = self.counters().await?;
            let grown = grown(which(&self.counted), which(&now));
            if !grown.is_empty() || Instant::now() > until {
                self.counted = now;
                return Ok(grown);
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    async fn counters(&self) -> Result<Counted, String> {
        let dial = Dial::new(Origin::parse(&self.server.ready.admin)?, None);
        let request = Request::get(METRICS_PATH).body(Bytes::new()).map_err(|error| error.to_string())?;
        let mut connection = dial.connect().await.map_err(|error| format!("the admin listener: {error}"))?;
        let answer = connection.send(&request).await.map_err(|error| format!("the admin listener: {error}"))?;
        let text = String::from_utf8_lossy(&answer.body);
        let handshakes = refusals(&text, HANDSHAKES_REFUSED, "reason");
        Ok(Counted { handshakes, decisions: refusals(&text, DECISIONS, "reason") })
    }
}
