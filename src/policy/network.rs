//! Addresses: the server's own lists before anything is read, the caller's own once it is known.

use std::{net::IpAddr, sync::Arc};

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::{
    denial::{Denial, Reason},
    guard::Guard,
    network::{Access, Networks, forwarded},
    principal::Grant,
};

/// Which addresses may call, and whose word about an address counts. The lists can be replaced while requests are judged: each is
/// judged by one list or the other.
#[derive(Debug, Default)]
pub struct NetworkPolicy {
    access: ArcSwap<Access>,
    proxies: ArcSwapOption<Networks>,
}

impl NetworkPolicy {
    /// Judges by these lists, and believes these proxies.
    pub fn new(access: Access, proxies: Option<Networks>) -> Self {
        Self { access: ArcSwap::from_pointee(access), proxies: ArcSwapOption::new(proxies.map(Arc::new)) }
    }

    /// From now on judges by these, and believes these.
    pub fn replace(&self, access: Access, proxies: Option<Networks>) {
        self.access.store(Arc::new(access));
        self.proxies.store(proxies.map(Arc::new));
    }

    /// Whom `peer` vouches for in the lines of `X-Forwarded-For`; `None` when it is no trusted proxy, or says nothing that counts.
    pub fn forwarded<'a>(&self, peer: IpAddr, lines: impl DoubleEndedIterator<Item = &'a [u8]>) -> Option<IpAddr> {
        let proxies = self.proxies.load();
        let caller = forwarded::walk(peer, proxies.as_deref()?, lines);
        Some(caller).filter(|caller| *caller != peer)
    }

    /// Whether this address may call at all.
    ///
    /// # Errors
    /// `address_denied`.
    pub fn admit(&self, address: IpAddr) -> Result<(), Denial> {
        let Access { allow, deny } = &**self.access.load();
        let deny = deny.as_ref().filter(|_| Guard::ServerDenylist.stands());
        without(deny, address, "in a network that the server denies")?;
        let allow = allow.as_ref().filter(|_| Guard::ServerAllowlist.stands());
        within(allow, address, "outside the server's networks")
    }

    /// Whether this caller may call from this address.
    ///
    /// # Errors
    /// `address_denied`.
    pub fn admit_for(&self, id: &str, grant: &Grant, address: IpAddr) -> Result<(), Denial> {
        let denied = grant.denied.as_ref().filter(|_| Guard::CallerDenylist.stands());
        let allowed = grant.networks.as_ref().filter(|_| Guard::CallerAllowlist.stands());
        without(denied, address, "in a network that is denied to the caller")
            .and_then(|()| within(allowed, address, "outside the caller's networks"))
            .map_err(|denial| denial.claimed(id))
    }
}

fn within(networks: Option<&Networks>, address: IpAddr, cause: &'static str) -> Result<(), Denial> {
    match networks {
        Some(networks) if !networks.contain(address) => Err(Denial::new(Reason::AddressDenied, cause)),
        _ => Ok(()),
    }
}

fn without(networks: Option<&Networks>, address: IpAddr, cause: &'static str) -> Result<(), Denial> {
    match networks {
        Some(networks) if networks.contain(address) => Err(Denial::new(Reason::AddressDenied, cause)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Networks {
        Networks::parse(&[text]).unwrap()
    }

    fn cause(judged: Result<(), Denial>) -> Option<String> {
        judged.err().map(|denial| {
            assert_eq!(denial.reason, Reason::AddressDenied);
            denial.cause.into_owned()
        })
    }

    #[test]
    fn what_is_denied_is_denied_wherever_it_is_allowed() {
        let policy = NetworkPolicy::new(Access { allow: Some(list("10.0.0.0/8")), deny: Some(list("10.1.0.0/16")) }, None);
        let grant = Grant { networks: Some(list("10.2.0.0/15")), denied: Some(list("10.2.0.9")), ..Grant::default() };
        let server = |address: &str| cause(policy.admit(address.parse().unwrap()));
        let caller = |address: &str| cause(policy.admit_for("id", &grant, address.parse().unwrap()));
        assert_eq!(server("10.2.0.1"), None);
        assert_eq!(server("10.1.0.1").unwrap(), "in a network that the server denies");
        assert_eq!(server("11.0.0.1").unwrap(), "outside the server's networks");
        assert_eq!(caller("10.3.0.1"), None);
        assert_eq!(caller("10.2.0.9").unwrap(), "in a network that is denied to the caller");
        assert_eq!(caller("10.4.0.1").unwrap(), "outside the caller's networks");
        policy.replace(Access { allow: None, deny: Some(list("10.2.0.0/16")) }, None);
        assert_eq!(server("11.0.0.1"), None);
        assert_eq!(server("10.2.0.1").unwrap(), "in a network that the server denies");
    }
}
