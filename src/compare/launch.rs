//! The binary as a child, as any user would start it: a server of one mode in a private place, and the commands beside it.

mod commands;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    time::timeout,
};

pub use commands::Asked;

use crate::mode::Mode;

/// How long a server may take until it is ready.
const READY_WITHIN: Duration = Duration::from_secs(20);
/// How long a server may drain after SIGTERM.
const STOP_WITHIN: Duration = Duration::from_secs(15);
/// How many of a server's last lines are kept for an error message.
const LAST_LINES: usize = 20;

/// A private directory with state, certificates and configuration. Dropping it removes all of it.
#[derive(Debug)]
pub struct Place {
    program: PathBuf,
    directory: TempDir,
}

impl Place {
    /// Makes one, with `settings` as its `authbench.toml`.
    ///
    /// # Errors
    /// A sentence when the directory cannot be made, or this program cannot be found.
    pub fn new(settings: &toml::Table) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
        Self::of(program, settings)
    }

    fn of(program: PathBuf, settings: &toml::Table) -> Result<Self, String> {
        let directory = TempDir::with_prefix("authbench-").map_err(|error| format!("cannot make a directory: {error}"))?;
        let place = Self { program, directory };
        place.configure(settings)?;
        Ok(place)
    }

    /// Writes `authbench.toml` anew; a server reads it when it starts.
    ///
    /// # Errors
    /// A sentence when it cannot be written.
    pub fn configure(&self, settings: &toml::Table) -> Result<(), String> {
        std::fs::write(self.config(), settings.to_string()).map_err(|error| format!("cannot write the configuration: {error}"))
    }

    /// The state directory.
    pub fn state(&self) -> PathBuf {
        self.directory.path().join("state")
    }

    /// Where CAs and certificates are.
    pub fn certs(&self) -> PathBuf {
        self.directory.path().join("certs")
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("authbench.toml")
    }

    /// The directory itself, for further files.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The program with what every invocation shares. Dropping the child kills it: no end of this process leaves one behind.
    fn invoke(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.path()).kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
            .arg("--state")
            .arg(self.state())
            .arg("--certs")
            .arg(self.certs())
            .arg("--config")
            .arg(self.config())
            .arg("--json");
        command
    }
}

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
}

/// The addresses of both listeners.
#[derive(Debug, Clone, Copy)]
pub struct Listeners {
    api: SocketAddr,
    admin: SocketAddr,
}

impl Default for Listeners {
    /// Free ports on loopback.
    fn default() -> Self {
        Self { api: ([127, 0, 0, 1], 0).into(), admin: ([127, 0, 0, 1], 0).into() }
    }
}

impl Server {
    /// Starts a server in `place` and waits until it is ready.
    ///
    /// # Errors
    /// A sentence with the server's last lines when it is not ready in time, or ends before.
    pub async fn start(place: &Place, mode: Mode, listeners: Listeners) -> Result<Self, String> {
        let mut command = place.invoke();
        command.args(["--mode", mode.as_str()]).arg("--listen").arg(listeners.api.to_string());
        command.arg("--admin").arg(listeners.admin.to_string()).stdin(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("cannot start the server: {error}"))?;
        let last = Arc::new(Mutex::new(VecDeque::new()));
        let stderr = child.stderr.take().map(|stream| tokio::spawn(keep_last(stream, Arc::clone(&last))));
        let mut lines = child.stdout.take().map(|stream| BufReader::new(stream).lines()).ok_or("the server has no stdout")?;
        let first = timeout(READY_WITHIN, lines.next_line()).await;
        // What else it prints must not fill the pipe.
        let said = match first {
            Ok(Ok(Some(line))) => {
                serde_json::from_str(&line).map_err(|_| format!("the server said `{line}` instead of being ready"))
            }
            Ok(_) => Err("the server ended before it was ready".to_owned()),
            Err(_) => Err(format!("the server was not ready within {READY_WITHIN:?}")),
        };
        match said {
            Ok(ready) => {
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                Ok(Self { ready, child })
            }
            Err(what) => {
                let _ = child.kill().await;
                if let Some(reading) = stderr {
                    let _ = reading.await;
                }
                let lines: Vec<String> = last.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
                Err(if lines.is_empty() { what } else { format!("{what}:\n{}", lines.join("\n")) })
            }
        }
    }

    /// Where this one listens, to start the next one there.
    ///
    /// # Errors
    /// A sentence when the server said something that is no URL.
    pub fn listeners(&self) -> Result<Listeners, String> {
        let address = |url: &str| -> Result<SocketAddr, String> {
            let port = crate::caller::Origin::parse(url)?.port;
            Ok(([127, 0, 0, 1], port).into())
        };
        Ok(Listeners { api: address(&self.ready.url)?, admin: address(&self.ready.admin)? })
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

async fn keep_last(stream: impl AsyncRead + Unpin, into: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut kept = into.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == LAST_LINES {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}
