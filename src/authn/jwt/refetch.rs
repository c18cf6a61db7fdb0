//! Asking an issuer for a key that is not here yet.

use std::{fmt::Debug, net::IpAddr, sync::Arc};

use crate::authn::Waiting;

/// Somebody who can fetch an issuer's keys anew.
pub trait Refetch: Debug + Send + Sync {
    /// Waits until `kid` is there, or until a fetch that began after this call has ended without it; never longer than a
    /// request may wait, and not at all when nobody at this address may ask for a fetch at the moment.
    fn refetch(self: Arc<Self>, kid: String, from: IpAddr) -> Waiting;
}
