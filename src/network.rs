//! Lists of networks, in the one canonical form in which addresses are compared.

mod cidr;
pub mod forwarded;
mod ranges;

use std::{
    collections::HashSet,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use ipnet::IpNet;

use self::ranges::Ranges;

/// The longest list.
pub const MOST: usize = 1_000_000;

/// A non-empty list of networks. Whether an address lies in one of them takes as many steps as their number has binary digits.
#[derive(Debug, Clone)]
pub struct Networks(Arc<List>);

/// The list as written, for who reads it, and as sorted ranges, for who asks it.
#[derive(Debug)]
struct List {
    written: Box<[IpNet]>,
    v4: Ranges<Ipv4Addr>,
    v6: Ranges<Ipv6Addr>,
}

impl Networks {
    /// Reads CIDR texts; a bare address is a network of one.
    ///
    /// # Errors
    /// When the list is empty or longer than [`MOST`], a text is no network, host bits are set, or a network is there twice.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, Misfit> {
        let networks = read(texts)?;
        let mut seen = HashSet::with_capacity(networks.len());
        match networks.iter().position(|network| !seen.insert(network)) {
            None => Ok(Self::new(networks)),
            Some(at) => {
                let why = format!("`{}` is there twice", texts[at].as_ref());
                Err(Misfit { at: Some(at), why, remedy: "write it once".into() })
            }
        }
    }

    /// Reads what was kept. Lists of earlier versions may name a network twice.
    ///
    /// # Errors
    /// As [`Networks::parse`], that aside.
    pub fn kept<S: AsRef<str>>(texts: &[S]) -> Result<Self, Misfit> {
        read(texts).map(Self::new)
    }

    /// One list of several; of none there is none.
    pub fn together(lists: &[Self]) -> Option<Self> {
        match lists {
            [] => None,
            [one] => Some(one.clone()),
            several => Some(Self::new(several.iter().flat_map(|list| list.0.written.iter().copied()).collect())),
        }
    }

    fn new(written: Vec<IpNet>) -> Self {
        let v4 = written.iter().filter_map(|network| match network {
            IpNet::V4(v4) => Some((v4.network(), v4.broadcast())),
            IpNet::V6(_) => None,
        });
        let v6 = written.iter().filter_map(|network| match network {
            IpNet::V6(v6) => Some((v6.network(), v6.broadcast())),
            IpNet::V4(_) => None,
        });
        let (v4, v6) = (Ranges::new(v4.collect()), Ranges::new(v6.collect()));
        Self(Arc::new(List { written: written.into(), v4, v6 }))
    }

    /// Whether the address lies in one of the networks. The address must be canonical (see [`canonical`]).
    pub fn contain(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.0.v4.contain(v4),
            IpAddr::V6(v6) => self.0.v6.contain(v6),
        }
    }

    /// The networks as written, canonical form.
    pub fn texts(&self) -> Vec<String> {
        self.0.written.iter().map(ToString::to_string).collect()
    }
}

impl PartialEq for Networks {
    fn eq(&self, other: &Self) -> bool {
        self.0.written == other.0.written
    }
}

impl Eq for Networks {}

/// Which addresses may: of those that are not denied, those that are allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// `None` is every address.
    pub allow: Option<Networks>,
    /// `None` is no address.
    pub deny: Option<Networks>,
}

/// What is wrong with a list of networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Which text of the list, counted from zero; `None` when it is the list.
    pub at: Option<usize>,
    /// What is wrong.
    pub why: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.why, self.remedy)
    }
}

fn read<S: AsRef<str>>(texts: &[S]) -> Result<Vec<IpNet>, Misfit> {
    bounded(texts.len())?;
    let read = |(at, text): (usize, &S)| cidr::read(text.as_ref()).map_err(|(why, remedy)| Misfit { at: Some(at), why, remedy });
    texts.iter().enumerate().map(read).collect()
}

fn bounded(length: usize) -> Result<(), Misfit> {
    let misfit = |why: String, remedy: &str| Err(Misfit { at: None, why, remedy: remedy.into() });
    match length {
        0 => misfit("names no network".into(), "name at least one, or leave the key away"),
        1..=MOST => Ok(()),
        _ => misfit(format!("names {length} networks"), "name a million at the most; one network may hold many others"),
    }
}

/// The address in the form that networks are written in: `::ffff:a.b.c.d` is `a.b.c.d` (RFC 4291 §2.5.5.2).
pub fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// One subscriber's addresses are one site: an IPv4 address, or an IPv6 /64 (RFC 6177).
pub fn site(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests;
