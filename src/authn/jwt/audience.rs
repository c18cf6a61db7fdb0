//! `aud` of a JWT (RFC 7519 §4.1.3).

use serde::{Deserialize, Serialize};

/// One name, or a list of them.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Audience {
    /// `"aud": "…"`.
    One(String),
    /// `"aud": […]`.
    Several(Vec<String>),
}

impl Audience {
    /// The only name in it.
    pub fn only(&self) -> Option<&str> {
        match self {
            Self::One(one) => Some(one),
            Self::Several(several) => match &several[..] {
                [one] => Some(one),
                _ => None,
            },
        }
    }
}
