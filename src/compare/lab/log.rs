//! Reading the server's log, as somebody does who got hold of it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Lab;
use crate::{
    compare::{
        credential::Credential,
        scenario::{Call, On},
    },
    secret::random_text,
};

/// How long a record may take until it is written.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);

impl Lab {
    /// What of a caller's credential stands in the log. The caller calls once more, for something that is not there: records are written
    /// in their order, so when that one is there, all of its calls are.
    pub(super) async fn found_in_log(&mut self, victim: &str) -> Result<Credential, String> {
        let path = format!("/the-log-is-read-to-here-{}", random_text(12)?);
        self.call(&Call { path: Some(path.clone()), ..Call::plain(victim, On::New) }).await?;
        let until = Instant::now() + WRITTEN_WITHIN;
        let mut log = self.server.log();
        while !log.contains(&path) {
            if Instant::now() > until {
                return Err(format!("the server wrote no record of a call within {WRITTEN_WITHIN:?}"));
            }
            sleep(Duration::from_millis(5)).await;
            log = self.server.log();
        }
        let found = self.holder(victim).credential.found_in(&log);
        let what = if found.is_empty() { "nothing of the credential" } else { "a credential" };
        self.proof.line(format!("* read in the log: {} lines, {} octets; in them: {what}", log.lines().count(), log.len()));
        Ok(found)
    }
}
