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
