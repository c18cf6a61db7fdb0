//! Who says whether a certificate was revoked.

use std::{fmt::Debug, time::SystemTime};

use crate::{denial::Reason, peer::Serial};

/// Revocations from every source, added up. Answers from memory.
pub trait Revocation: Debug + Send + Sync {
    /// Whether a certificate of this issuer (distinguished name, DER) may still count.
    ///
    /// # Errors
    /// [`Reason::Revoked`], or [`Reason::RevocationUnknown`] when the list is missing or past its `nextUpdate`.
    fn status(&self, issuer: &[u8], serial: &Serial, now: SystemTime) -> Result<(), Reason>;
}
