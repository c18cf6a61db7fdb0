//! The binary as a child, as any user would start it: a server of one mode in a private place, and the commands beside it.

mod commands;
mod place;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStderr, ChildStdout},
    time::timeout,
};

pub use commands::Asked;
pub use place::Place;

use crate::{
    caller::Origin,
    mode::{Mode, Profile},
};

/// How long a server may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// How long a server may drain after SIGTERM.
const STOP_WITHIN: Duration = Duration::from_secs(15);
/// How many of a server's last lines are kept, for who looks into its log.
const KEPT_LINES: usize = 1000;
/// How many of them an error message shows.
const LAST_LINES: usize = 20;

/// What a server wrote so far: its last lines.
type Log = Arc<Mutex<VecDeque<String>>>;

/// What a server says when it is ready.
#[derive(Debug, Clone, Deserialize)]
pub struct Ready {
    /// The API: `https://localhost:PORT`.
    pub url: String,
    /// The admin listener: `http://127.0.0.1:PORT`.
    pub admin: String,
    /// The file that verifies the server.
    pub ca: PathBuf,
    /// The process.
    pub pid: u32,
}

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    /// What it said when it was ready.
    pub ready: Ready,
    child: Child,
    log: Log,
}

/// The addresses of both listeners, and what the API speaks.
#[derive(Debug, Clone, Copy)]
pub struct Listeners {
    api: SocketAddr,
    admin: SocketAddr,
    plain: bool,
}

impl Default for Listeners {
    /// Free ports on loopback.
    fn default() -> Self {
        Self { api: ([127, 0, 0, 1], 0).into(), admin: ([127, 0, 0, 1], 0).into(), plain: false }
    }
}

impl Listeners {
    /// The same, and the API speaks HTTP without TLS.
    pub fn plain() -> Self {
        Self { plain: true, ..Self::default() }
    }
}

impl Server {
    /// Starts a server in `place` and waits until it is ready.
    ///
    /// # Errors
    /// A sentence with the server's last lines when it is not ready in time, or ends before.
    pub async fn start(place: &Place, profile: Profile, mode: Mode, listeners: Listeners) -> Result<Self, String> {
        let mut command = place.invoke();
        command.args(["--mode", mode.as_str(), "--profile", profile.as_str()]).arg("--listen").arg(listeners.api.to_string());
        command.arg("--admin").arg(listeners.admin.to_string()).stdin(Stdio::null());
        if listeners.plain {
            command.arg("--insecure-http");
        }
        let mut child = command.spawn().map_err(|error| format!("cannot start the server: {error}"))?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err("the server has no output".into());
        };
        let log = Log::default();
        let reading = tokio::spawn(keep_lines(stderr, Arc::clone(&log)));
        match ready(stdout).await {
            Ok(ready) => Ok(Self { ready, child, log }),
            Err(what) => {
                let _ = child.kill().await;
                let _ = reading.await;
                let said = last_lines(&log, LAST_LINES);
                Err(if said.is_empty() { what } else { format!("{what}:\n{said}") })
            }
        }
    }

    /// Everything that it wrote, records too, as far as the last thousand lines go.
    pub fn log(&self) -> String {
        last_lines(&self.log, KEPT_LINES)
    }

    /// Where this one listens, to start the next one there.
    ///
    /// # Errors
    /// A sentence when the server said something that is no URL.
    pub fn listeners(&self) -> Result<Listeners, String> {
        let (api, admin) = (Origin::parse(&self.ready.url)?, Origin::parse(&self.ready.admin)?);
        let address = |origin: &Origin| ([127, 0, 0, 1], origin.port).into();
        Ok(Listeners { api: address(&api), admin: address(&admin), plain: !api.secure })
    }

    /// Stops it as an operator does, by SIGTERM; by SIGKILL when that does not help in time.
    ///
    /// # Errors
    /// A sentence when it did not end by itself, or not with exit code 0.
    pub async fn stop(&mut self) -> Result<(), String> {
        self.terminate();
        match timeout(STOP_WITHIN, self.child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("the server ended with {status} when it was asked to stop")),
            Ok(Err(error)) => Err(format!("cannot wait for the server: {error}")),
            Err(_) => {
                self.kill().await?;
                Err(format!("the server did not stop within {STOP_WITHIN:?}"))
            }
        }
    }

    /// Ends it by SIGKILL, as a crash does.
    ///
    /// # Errors
    /// A sentence when the system refuses.
    pub async fn kill(&mut self) -> Result<(), String> {
        self.child.kill().await.map_err(|error| format!("cannot kill the server: {error}"))
    }

    #[cfg(unix)]
    fn terminate(&mut self) {
        use rustix::process::{Pid, Signal, kill_process};
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = id.and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    #[cfg(not(unix))]
    fn terminate(&mut self) {
        let _ = self.child.start_kill();
    }
}

/// Waits for the line that a server prints when it is ready, and reads on, so that nothing else fills the pipe.
async fn ready(stdout: ChildStdout) -> Result<Ready, String> {
    let mut lines = BufReader::new(stdout).lines();
    match timeout(READY_WITHIN, lines.next_line()).await {
        Ok(Ok(Some(line))) => {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            serde_json::from_str(&line).map_err(|_| format!("the server said `{line}` instead of being ready"))
        }
        Ok(_) => Err("the server ended before it was ready".to_owned()),
        Err(_) => Err(format!("the server was not ready within {READY_WITHIN:?}")),
    }
}

/// Reads until the server ends; keeps its last lines.
async fn keep_lines(stderr: ChildStderr, log: Log) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut kept = log.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

fn last_lines(log: &Log, most: usize) -> String {
    let kept = log.lock().unwrap_or_else(PoisonError::into_inner);
    let last: Vec<&str> = kept.iter().skip(kept.len().saturating_sub(most)).map(String::as_str).collect();
    last.join("\n")
}
