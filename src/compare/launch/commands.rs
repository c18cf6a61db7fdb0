//! The binary's commands, run beside a server as an operator runs them.

use std::{process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{io::AsyncWriteExt, time::timeout};

use super::Place;
use crate::secret::Secret;

/// How long a command may take.
const DONE_WITHIN: Duration = Duration::from_secs(30);

/// A command that was run.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The command line as a person would type it.
    pub line: String,
    /// Its JSON document. Holds secrets.
    pub answer: Value,
}

impl Place {
    /// Runs `authbench ARGS --json` here; `input` goes to its standard input.
    ///
    /// # Errors
    /// A sentence with what the command said when it fails, answers no JSON, or takes too long.
    pub async fn ask(&self, args: &[String], input: Option<&Secret>) -> Result<Asked, String> {
        let line = format!("authbench {} --json", args.join(" "));
        let mut command = self.invoke();
        let mut child = command.args(args).stdin(Stdio::piped()).spawn().map_err(|error| format!("`{line}`: {error}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            let text = input.map(Secret::expose).unwrap_or_default();
            // A command that does not read its input may have ended already.
            let _ = stdin.write_all(text.as_bytes()).await;
        }
        let Ok(done) = timeout(DONE_WITHIN, child.wait_with_output()).await else {
            return Err(format!("`{line}` took longer than {DONE_WITHIN:?}"));
        };
        let output = done.map_err(|error| format!("`{line}`: {error}"))?;
        if !output.status.success() {
            return Err(format!("`{line}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let answer = serde_json::from_slice(&output.stdout).map_err(|_| format!("`{line}` did not answer in JSON"))?;
        Ok(Asked { line, answer })
    }
}
