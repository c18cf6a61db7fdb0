//! How many connections may be open, in all and from one address.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use dashmap::DashMap;

use super::Limits;

/// Counts open connections.
#[derive(Debug)]
pub(super) struct Capacity {
    most: usize,
    most_per_address: usize,
    open: AtomicUsize,
    by_address: DashMap<IpAddr, usize>,
}

/// One open connection; gives its place back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    capacity: Arc<Capacity>,
    address: IpAddr,
}

impl Capacity {
    pub(super) fn new(limits: &Limits) -> Self {
        let (most, most_per_address) = (limits.connections, limits.connections_per_address);
        Self { most, most_per_address, open: AtomicUsize::new(0), by_address: DashMap::new() }
    }

    /// A place for a connection from this address.
    ///
    /// # Errors
    /// Which limit is reached.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, &'static str> {
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Err("as many connections are open as the server takes");
        }
        let mut here = self.by_address.entry(address).or_default();
        if *here >= self.most_per_address {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Err("as many connections are open as the server takes from one address");
        }
        *here += 1;
        Ok(Place { capacity: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.capacity.open.fetch_sub(1, Ordering::Relaxed);
        if let Some(mut here) = self.capacity.by_address.get_mut(&self.address) {
            *here = here.saturating_sub(1);
        }
        self.capacity.by_address.remove_if(&self.address, |_, open| *open == 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity(connections: usize, connections_per_address: usize) -> Arc<Capacity> {
        Arc::new(Capacity::new(&Limits { connections, connections_per_address, ..Limits::default() }))
    }

    #[test]
    fn places_are_limited_in_all_and_by_address_and_come_back() {
        let capacity = capacity(3, 2);
        let (one, two): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let first = capacity.take(one).unwrap();
        let _second = capacity.take(one).unwrap();
        assert!(capacity.take(one).unwrap_err().contains("one address"));
        let _third = capacity.take(two).unwrap();
        assert!(!capacity.take(two).unwrap_err().contains("one address"));
        drop(first);
        assert!(capacity.take(one).is_ok());
    }

    #[test]
    fn nothing_is_remembered_of_who_is_gone() {
        let capacity = capacity(0, 0);
        assert!(capacity.take([127, 0, 0, 1].into()).is_err());
        let capacity = self::capacity(9, 9);
        drop(capacity.take([127, 0, 0, 1].into()));
        assert_eq!((capacity.open.load(Ordering::Relaxed), capacity.by_address.len()), (0, 0));
    }
}
