//! Lists of networks, in the one canonical form in which addresses are compared.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use ipnet::IpNet;

/// A non-empty list of networks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Networks(Arc<[IpNet]>);

impl Networks {
    /// Reads CIDR texts; a bare address is a network of one.
    ///
    /// # Errors
    /// A sentence with the remedy when the list is empty, a text is no network, or host bits are set.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, String> {
        if texts.is_empty() {
            return Err("an empty list would shut everyone out; leave the key away to allow every address".into());
        }
        texts.iter().map(|text| network(text.as_ref())).collect::<Result<Vec<_>, _>>().map(|all| Self(all.into()))
    }

    /// Whether the address lies in one of the networks. The address must be canonical (see [`canonical`]).
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The networks as written, canonical form.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
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

fn network(text: &str) -> Result<IpNet, String> {
    let net = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text
            .parse::<IpNet>()
            .map_err(|_| format!("`{text}` is no network; write CIDR such as `192.0.2.0/24`, `2001:db8::/32` or an address"))?,
    };
    if net.trunc() != net {
        return Err(format!("`{text}` has host bits set; write `{}`, or the address alone", net.trunc()));
    }
    Ok(unmapped(net))
}

fn unmapped(net: IpNet) -> IpNet {
    match net {
        IpNet::V6(v6) if v6.prefix_len() >= 96 => match v6.addr().to_ipv4_mapped() {
            Some(v4) => ipnet::Ipv4Net::new(v4, v6.prefix_len() - 96).map_or(net, IpNet::V4),
            None => net,
        },
        _ => net,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(nets: &[&str], address: &str) -> bool {
        Networks::parse(nets).unwrap().contain(canonical(address.parse().unwrap()))
    }

    #[test]
    fn addresses_meet_networks_in_canonical_form() {
        assert!(allow(&["127.0.0.0/8"], "127.0.0.9"));
        assert!(allow(&["127.0.0.1"], "::ffff:127.0.0.1"));
        assert!(allow(&["::ffff:127.0.0.0/104"], "127.0.0.9"));
        assert!(allow(&["2001:db8::/32"], "2001:db8::7"));
        assert!(!allow(&["127.0.0.1/32"], "127.0.0.2"));
        assert!(!allow(&["10.0.0.0/8"], "::10.0.0.1"));
        assert!(!allow(&["10.0.0.0/8"], "64:ff9b::10.0.0.1"));
        assert!(!allow(&["::/0"], "10.0.0.1"), "a v6 network holds no v4 address");
    }

    #[test]
    fn odd_texts_are_refused_with_a_remedy() {
        for odd in
            ["10.0.0.0/33", "010.0.0.1", "0x7f.1", "127.1", "10.0.0.0/8 ", "[::1]", "fe80::1%eth0", "localhost", "", "1.2.3.4:80"]
        {
            assert!(Networks::parse(&[odd]).is_err(), "{odd:?} was taken");
        }
        insta::assert_snapshot!(Networks::parse(&["10.0.0.1/8"]).unwrap_err(), @"`10.0.0.1/8` has host bits set; write `10.0.0.0/8`, or the address alone");
        assert!(Networks::parse::<&str>(&[]).unwrap_err().contains("empty list"));
    }
}
