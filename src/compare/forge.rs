//! Making credentials without the right to, or with a right that the server did not give: tokens, keys, certificates.
//!
//! None of it asks the server's own code: what is made here has the form that the documents describe, nothing more.

pub(super) mod certificate;
mod chain;
pub(super) mod key;
pub(super) mod list;
mod members;
mod published;
pub(super) mod signer;
pub(super) mod token;
