//! A place of an attacker's own, which a token names in the hope that the server calls there.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use tokio::{net::TcpListener, task::JoinHandle};

/// What is to be said when somebody called.
pub(super) const CALLED: &str = "the server called an address that a token named";

/// A port that takes connections, answers nothing, and remembers that there was one. Dropping it closes the port.
#[derive(Debug)]
pub(super) struct Listener {
    /// `127.0.0.1:PORT`.
    pub(super) authority: String,
    called: Arc<AtomicBool>,
    waiting: JoinHandle<()>,
}

impl Listener {
    pub(super) async fn open() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| format!("cannot listen: {error}"))?;
        let authority = listener.local_addr().map_err(|error| error.to_string())?.to_string();
        let called = Arc::new(AtomicBool::new(false));
        let remember = Arc::clone(&called);
        let waiting = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                remember.store(true, Relaxed);
            }
        });
        Ok(Self { authority, called, waiting })
    }

    /// Whether anybody has called so far.
    pub(super) fn was_called(&self) -> bool {
        self.called.load(Relaxed)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn j06_a_single_connection_is_remembered() {
        let listener = Listener::open().await.unwrap();
        assert!(!listener.was_called());
        drop(tokio::net::TcpStream::connect(&listener.authority).await.unwrap());
        let seen = async {
            while !listener.was_called() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), seen).await.unwrap();
    }
}
