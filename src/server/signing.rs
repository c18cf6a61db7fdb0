//! The signing keys of a running server: every change takes effect at once, and what is due is done in time.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

use super::issuers;
use crate::{
    authn::jwt::{KeySet, LiveKeys},
    clock,
    config::Config,
    exit::Failure,
    issuer::{Rotation, Signer, SigningKeys},
    store::{Change, Memory, SigningKey},
};

/// How often the keys are looked at, whatever they say: the clock may have been set.
const LOOK: Duration = Duration::from_secs(60);
/// The shortest pause after something was done, so that nothing is done in a circle.
const PAUSE: Duration = Duration::from_secs(1);

/// What signs and verifies own tokens, and follows the store.
#[derive(Debug, Clone)]
pub(super) struct Signing {
    pub(super) signer: Arc<Signer>,
    /// What verifies them.
    pub(super) keys: LiveKeys,
    state: PathBuf,
    rotation: Rotation,
    changed: Arc<Notify>,
}

impl Signing {
    /// Opens the keys, and makes one when there is none.
    pub(super) fn open(state: &Path, config: &Config) -> Result<Self, Failure> {
        let rotation = issuers::rotation(config, config.profile);
        let signer = Arc::new(Signer::open(state, rotation)?);
        let keys = LiveKeys::new(KeySet::default());
        Ok(Self { signer, keys, state: state.into(), rotation, changed: Arc::default() })
    }

    /// Takes a change over: verifying first, so that no token is made that is not accepted.
    pub(super) fn take(&self, change: &Change) {
        if let Change::SigningKeys(keys) = change {
            self.keys.replace(verifying(keys));
            self.signer.follow(keys);
            self.changed.notify_one();
        }
    }

    /// Does what is due for as long as the server runs, off the runtime's threads.
    pub(super) async fn keep(&self, memory: &Memory) {
        loop {
            let now = clock::now();
            let longest = self.rotation.longest.max(memory.longest_token_ttl().unwrap_or_default());
            let due = self.signer.due(longest, now);
            let pause = match due {
                Some(due) if due <= now => self.maintain().await,
                due => due.and_then(|due| due.duration_since(now).ok()).unwrap_or(LOOK).min(LOOK),
            };
            // A change may bring the next moment nearer.
            let _ = timeout(pause, self.changed.notified()).await;
        }
    }

    async fn maintain(&self) -> Duration {
        let (state, rotation) = (self.state.clone(), self.rotation);
        let maintain = move || SigningKeys::open(&state, rotation)?.maintain(clock::now());
        match tokio::task::spawn_blocking(maintain).await {
            Ok(Ok(())) => return PAUSE,
            Ok(Err(failure)) => tracing::error!(%failure, "the signing keys could not be looked after"),
            Err(error) => tracing::error!(%error, "the signing keys could not be looked after"),
        }
        LOOK
    }
}

/// What verifies tokens of these keys. Keys that cannot be read verify nothing.
fn verifying(keys: &[SigningKey]) -> KeySet {
    issuers::own_keys(keys).unwrap_or_else(|failure| {
        tracing::error!(%failure, "own tokens are refused");
        KeySet::default()
    })
}
