//! A private place to work in, and the program that works there.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tempfile::TempDir;
use tokio::process::Command;

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

    pub(super) fn of(program: PathBuf, settings: &toml::Table) -> Result<Self, String> {
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
    pub(super) fn invoke(&self) -> Command {
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
