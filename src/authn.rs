//! What a caller presents becomes who the caller is. One file per lock; [`Principal`]s are made nowhere else.

pub mod apikey;
pub mod jwt;
pub mod mtls;
pub mod open;

use std::{fmt::Debug, net::IpAddr, pin::Pin, sync::Arc};

use http::{HeaderMap, Uri};

use crate::{denial::Denial, mode::Mode, peer::Peer, principal::Principal, wire::Operation};

/// All that one request presents.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The connection it came on.
    pub peer: &'a Peer,
    /// Where it came from, as policy and records see it. Canonical.
    pub address: IpAddr,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its target: looked at only to notice credentials where none belong.
    pub uri: &'a Uri,
    /// The scope that its route needs, by short name.
    pub scope: &'static str,
    /// What it asks for.
    pub operation: Operation,
}

/// Something to wait for before deciding. Bounded in time by whoever made it.
pub type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Turns what a caller presents into who the caller is. Synchronous: every mode decides from memory.
pub trait Authenticate: Debug + Send + Sync {
    /// Who it is.
    ///
    /// # Errors
    /// Why nobody is proven. A reason beyond `credential_unknown` is given only after possession was proven.
    fn authenticate(&self, presented: Presented<'_>) -> Result<Principal, Denial>;

    /// What should be waited for before this request is judged; nearly always nothing. Whatever comes of it, `authenticate`
    /// judges by what is in memory then.
    fn prepare(&self, _presented: Presented<'_>) -> Option<Waiting> {
        None
    }
}

/// A lock that somebody else asks too: the token service asks the tokens' one what it thinks of a token.
impl<T: Authenticate + ?Sized> Authenticate for Arc<T> {
    fn prepare(&self, presented: Presented<'_>) -> Option<Waiting> {
        (**self).prepare(presented)
    }

    fn authenticate(&self, presented: Presented<'_>) -> Result<Principal, Denial> {
        (**self).authenticate(presented)
    }
}

/// The scheme and its parameters, without what a single refusal adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// RFC 6750 §3: takes `error` and `scope` when something was presented.
    Bearer,
    /// The key and the header that it belongs in.
    ApiKey,
}

impl Challenge {
    /// What a 401 of this mode asks for (RFC 9110 §11.6.1); `None` where HTTP has no part in it.
    pub fn of(mode: Mode) -> Option<Self> {
        match mode {
            Mode::Jwt => Some(Self::Bearer),
            Mode::Apikey => Some(Self::ApiKey),
            Mode::Open | Mode::Mtls => None,
        }
    }
}
