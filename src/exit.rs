//! How a command ends: documented codes, one message, one remedy.

use std::{fmt, process::ExitCode};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    class: Class,
    message: String,
    remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Expectation = 1,
    Usage = 2,
    Environment = 3,
}

impl Failure {
    /// Exit 1: an expectation did not hold: a scenario differs, a call was refused.
    pub fn expectation(message: impl Into<String>) -> Self {
        Self { class: Class::Expectation, message: message.into(), remedy: None }
    }

    /// Exit 2: the command line or the configuration is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { class: Class::Usage, message: message.into(), remedy: None }
    }

    /// Exit 3: a port is taken, a file cannot be written, a service cannot be reached.
    pub fn environment(message: impl Into<String>) -> Self {
        Self { class: Class::Environment, message: message.into(), remedy: None }
    }

    /// The same, with what mends it.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The process exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(self.class as u8)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, "\n  mend: {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
