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

/// The connections of one listener: how many are open, and how many may be.
#[derive(Debug)]
pub struct Capacity {
    most: usize,
    most_per_address: usize,
    open: AtomicUsize,
    by_address: DashMap<IpAddr, usize>,
}

/// One open connection; gives its place back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    capacity: Arc<Capacity>,
    /// Where it comes from, once that is known and counted.
    address: Option<IpAddr>,
}

impl Capacity {
    /// None is open, and so many may be.
    pub fn new(limits: &Limits) -> Self {
        let (most, most_per_address) = (limits.connections, limits.connections_per_address);
        Self { most, most_per_address, open: AtomicUsize::new(0), by_address: DashMap::new() }
    }

    /// How many are open now.
    pub fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// How many may be, whoever opens them.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A place for a connection, wherever it comes from.
    ///
    /// # Errors
    /// When all are taken.
    pub(super) fn take(self: &Arc<Self>) -> Result<Place, &'static str> {
        if self.open.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return Err("as many connections are open as the server takes");
        }
        Ok(Place { capacity: Arc::clone(self), address: None })
    }
}

impl Place {
    /// The same for a connection from this address.
    ///
    /// # Errors
    /// When all places of the address are taken.
    pub(super) fn of(mut self, address: IpAddr) -> Result<Self, &'static str> {
        {
            let mut here = self.capacity.by_address.entry(address).or_default();
            if *here >= self.capacity.most_per_address {
                return Err("as many connections are open as the server takes from one address");
            }
            *here += 1;
        }
        self.address = Some(address);
        Ok(self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.capacity.open.fetch_sub(1, Ordering::Relaxed);
        let Some(address) = self.address else { return };
        if let Some(mut here) = self.capacity.by_address.get_mut(&address) {
            *here = here.saturating_sub(1);
        }
        self.capacity.by_address.remove_if(&address, |_, open| *open == 0);
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
        let take = |address| capacity.take()?.of(address);
        let first = take(one).unwrap();
        let _second = take(one).unwrap();
        assert!(take(one).unwrap_err().contains("one address"));
        let _third = take(two).unwrap();
        assert!(!take(two).unwrap_err().contains("one address"));
        drop(first);
        let nameless = capacity.take().unwrap();
        assert!(!take(one).unwrap_err().contains("one address"), "who has not said where from takes a place too");
        drop(nameless);
        assert!(take(one).is_ok());
    }

    #[test]
    fn nothing_is_remembered_of_who_is_gone() {
        let capacity = capacity(0, 0);
        assert!(capacity.take().is_err());
        let capacity = self::capacity(9, 9);
        drop(capacity.take().unwrap());
        drop(capacity.take().unwrap().of([127, 0, 0, 1].into()));
        assert_eq!((capacity.open.load(Ordering::Relaxed), capacity.by_address.len()), (0, 0));
    }
}
