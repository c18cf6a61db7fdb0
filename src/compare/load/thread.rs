//! A thread with a runtime of its own: what it spends is the caller's, and it may block between calls.

use std::thread;

use tokio::{runtime::Builder, sync::oneshot};

/// Runs `work` on a new thread with a runtime of one thread, and waits for it without holding the own one up.
///
/// Dropping the future does not stop the work: give it a flag to look at.
///
/// # Errors
/// A sentence when the thread could not be started or did not end well.
pub async fn on_own_thread<T, F>(work: F) -> Result<T, String>
where
    T: Send + 'static,
    F: AsyncFnOnce() -> T + Send + 'static,
{
    let (give, take) = oneshot::channel();
    let body = move || {
        let done = Builder::new_current_thread().enable_all().build().map(|runtime| runtime.block_on(work()));
        // Nobody waits any more when the run was interrupted.
        drop(give.send(done));
    };
    thread::Builder::new().name("caller".into()).spawn(body).map_err(|error| format!("no thread for the caller: {error}"))?;
    let done = take.await.map_err(|_| "the caller's thread ended early".to_owned())?;
    done.map_err(|error| format!("no runtime for the caller: {error}"))
}
