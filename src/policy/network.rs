//! Addresses: the server's own list before anything is read, the caller's own once it is known.

use std::net::IpAddr;

use crate::{
    denial::{Denial, Reason},
    network::Networks,
    principal::Grant,
};

/// Which addresses may call.
#[derive(Debug, Clone, Default)]
pub struct NetworkPolicy {
    allow: Option<Networks>,
}

impl NetworkPolicy {
    /// `None` is everyone.
    pub fn new(allow: Option<Networks>) -> Self {
        Self { allow }
    }

    /// Whether this address may call at all.
    ///
    /// # Errors
    /// `address_denied`.
    pub fn admit(&self, address: IpAddr) -> Result<(), Denial> {
        within(self.allow.as_ref(), address, "outside the server's networks")
    }

    /// Whether this caller may call from this address.
    ///
    /// # Errors
    /// `address_denied`.
    pub fn admit_for(&self, id: &str, grant: &Grant, address: IpAddr) -> Result<(), Denial> {
        let denial = within(grant.networks.as_ref(), address, "outside the caller's networks");
        denial.map_err(|denial| denial.claimed(id))
    }
}

fn within(networks: Option<&Networks>, address: IpAddr, cause: &'static str) -> Result<(), Denial> {
    match networks {
        Some(networks) if !networks.contain(address) => Err(Denial::new(Reason::AddressDenied, cause)),
        _ => Ok(()),
    }
}
