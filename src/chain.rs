//! Lines that hold together: each has the hash of the one before it, so that none can be changed or taken away unseen.
//!
//! A line is a JSON object in ASCII whose last member is `hash`: the SHA-256 of the line without that member, as it is written.
//! Nothing is put into an order or form of its own before it is hashed, so that any program can check it.

mod check;
mod line;

use std::{fmt, str::FromStr};

pub use self::{
    check::{Checker, Finding, Found, Strand},
    line::{Flaw, LONGEST, Link, append_ascii},
};
use crate::{deed::Entry, secret::Digest};

/// The chain of what was changed, by whomever. The store knows each of its lines before a file has it.
pub const CHANGES: &str = "changes";

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// What the first line has in the place of the hash before it.
    pub const NONE: Self = Self([0; 32]);

    fn of(text: &[u8]) -> Self {
        Self(*Digest::of(text).octets())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = ();

    /// Reads 64 hexadecimal digits, small letters only.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(()),
        };
        let mut octets = [0; 32];
        if text.len() != 64 {
            return Err(());
        }
        for (octet, pair) in octets.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *octet = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(octets))
    }
}

/// The end of a chain: the number of its last line and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many lines there are; the first is number one.
    pub seq: u64,
    /// The hash of the last one.
    pub hash: Hash,
}

impl Head {
    /// Before the first line.
    pub const START: Self = Self { seq: 0, hash: Hash::NONE };

    /// Makes the entry the next line of that writer's chain, with its end of line.
    pub fn seal(&mut self, writer: &str, entry: &Entry) -> String {
        let text = line::written(writer, self.seq + 1, &self.hash, entry);
        *self = Self { seq: self.seq + 1, hash: Hash::of(text.as_bytes()) };
        line::sealed(text, &self.hash)
    }
}

#[cfg(test)]
mod tests;
