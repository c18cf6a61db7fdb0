//! What signs tokens: keys as files and rows, how they follow one another, and the signature itself.

mod key_file;
mod keys;
mod private_key;
mod signer;
mod succession;

pub use self::{
    keys::SigningKeys,
    signer::{Header, Signer},
    succession::{KeyState, Rotation, Standing},
};

/// How keys follow one another where a test does not say otherwise.
#[cfg(test)]
const RULES: Rotation = Rotation {
    kind: crate::algorithm::KeyKind::strong(crate::algorithm::Algorithm::Es256),
    spare: false,
    wait: std::time::Duration::from_secs(600),
    age: std::time::Duration::from_secs(90 * 86_400),
    longest: std::time::Duration::from_secs(86_400),
};
