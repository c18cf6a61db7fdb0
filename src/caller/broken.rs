//! Why there was no answer: the stage, the alert where one came, and a sentence.

use std::{error::Error, fmt, io};

use rustls::AlertDescription;

use crate::words::words;

words! {
    /// How far the caller got.
    pub enum Stage {
        /// No TCP connection.
        Connect = "connect",
        /// This caller refused the server's certificate.
        Distrust = "distrust",
        /// The TLS handshake failed. In TLS 1.3 also at the first read, where a refused client certificate shows.
        Handshake = "handshake",
        /// The connection stood and ended without an answer.
        Closed = "closed",
        /// Nothing came within the deadline.
        Deadline = "deadline",
        /// What came is not HTTP, or longer than a caller reads.
        Unreadable = "unreadable",
    }
}

/// An exchange that ended without an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// How far it got.
    pub stage: Stage,
    /// The TLS alert that the server sent, in the words of RFC 8446 §6: `certificate_required`.
    pub alert: Option<String>,
    /// What happened, for people.
    pub why: String,
}

impl Broken {
    pub(super) fn new(stage: Stage, why: impl Into<String>) -> Self {
        Self { stage, alert: None, why: why.into() }
    }

    /// A failed handshake: who refused whom is in the error.
    pub(super) fn handshake(error: &io::Error) -> Self {
        let (stage, alert) = match rustls_error(error) {
            Some(rustls::Error::AlertReceived(alert)) => (Stage::Handshake, Some(alert_name(*alert))),
            Some(rustls::Error::InvalidCertificate(_)) => (Stage::Distrust, None),
            _ => (Stage::Handshake, None),
        };
        Self { stage, alert, why: error.to_string() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.alert {
            Some(alert) => write!(f, "{}: alert {alert}", self.stage),
            None => write!(f, "{}: {}", self.stage, self.why),
        }
    }
}

impl Error for Broken {}

/// The alert in the words of RFC 8446 §6: `certificate_required`, `unknown_ca`.
pub fn alert_name(alert: AlertDescription) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for letter in format!("{alert:?}").chars() {
        if letter.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = letter.is_lowercase();
        name.extend(letter.to_lowercase());
    }
    name
}

pub(super) fn rustls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// The error and what lies under it, in one line.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_rfc() {
        let names = [AlertDescription::CertificateRequired, AlertDescription::UnknownCA, AlertDescription::DecryptError];
        assert_eq!(names.map(alert_name), ["certificate_required", "unknown_ca", "decrypt_error"]);
    }

    #[test]
    fn who_refused_is_told_apart() {
        let broken = |error: rustls::Error| Broken::handshake(&io::Error::other(error)).stage;
        assert_eq!(broken(rustls::Error::AlertReceived(AlertDescription::UnknownCA)), Stage::Handshake);
        assert_eq!(broken(rustls::CertificateError::UnknownIssuer.into()), Stage::Distrust);
        assert_eq!(Broken::handshake(&io::ErrorKind::UnexpectedEof.into()).stage, Stage::Handshake);
    }
}
