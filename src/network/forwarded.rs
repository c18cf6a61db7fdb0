//! Whose word about an address counts: `X-Forwarded-For`, walked from the right, as far as the hops are proxies that are trusted.

use std::{net::IpAddr, str};

use super::{Networks, canonical};

/// So many trusted proxies in a row are looked through, and no more.
pub const MOST_HOPS: usize = 32;
/// The longest text of an address: an IPv6 one that ends like an IPv4 one.
const LONGEST: usize = 45;

/// The address that asks, when `peer` is at the other end of the connection and these are the lines of `X-Forwarded-For`, in
/// order.
///
/// Each trusted proxy vouches for the element that it added, so the first address from the right that is no trusted proxy is the
/// caller's; when all are, the leftmost. Where an element that is needed is no address, the last hop that is known stands: what is
/// left of it is nobody's word. An address with a port, in brackets or with a zone is none.
pub fn walk<'a>(peer: IpAddr, trusted: &Networks, lines: impl DoubleEndedIterator<Item = &'a [u8]>) -> IpAddr {
    let elements = lines.rev().flat_map(|line| line.rsplit(|octet| *octet == b','));
    let mut hop = peer;
    for element in elements.take(MOST_HOPS) {
        if !trusted.contain(hop) {
            break;
        }
        let Some(address) = address(element) else { break };
        hop = address;
    }
    hop
}

/// An element of the list, with the white space around it (RFC 9110 §5.6.1).
fn address(element: &[u8]) -> Option<IpAddr> {
    let is_blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let begin = element.iter().position(|octet| !is_blank(octet))?;
    let end = element.iter().rposition(|octet| !is_blank(octet))? + 1;
    let text = element.get(begin..end).filter(|text| text.len() <= LONGEST)?;
    str::from_utf8(text).ok()?.parse().ok().map(canonical)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn trusted() -> Networks {
        Networks::parse(&["127.0.0.0/8", "10.0.0.0/8", "2001:db8:1::/48"]).unwrap()
    }

    fn walked(peer: &str, lines: &[&str]) -> String {
        walk(peer.parse().unwrap(), &trusted(), lines.iter().map(|line| line.as_bytes())).to_string()
    }

    #[test]
    fn the_first_from_the_right_who_is_no_proxy_is_the_caller() {
        assert_eq!(walked("192.0.2.9", &["198.51.100.1"]), "192.0.2.9", "not from a stranger");
        assert_eq!(walked("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(walked("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            walked("127.0.0.1", &["203.0.113.1, 198.51.100.1"]),
            "198.51.100.1",
            "what is left of it is the caller's word"
        );
        assert_eq!(walked("127.0.0.1", &["198.51.100.1, 10.0.0.1", "10.0.0.2"]), "198.51.100.1", "lines are one list");
        assert_eq!(walked("127.0.0.1", &["10.0.0.3,10.0.0.2"]), "10.0.0.3", "all are proxies: the leftmost");
        assert_eq!(walked("127.0.0.1", &["\t198.51.100.1 \t"]), "198.51.100.1");
    }

    /// I2: an address is what it is in canonical form.
    #[test]
    fn i2_the_mapped_form_is_the_ipv4_address_and_other_forms_are_ipv6() {
        assert_eq!(walked("127.0.0.1", &["198.51.100.1, ::ffff:10.0.0.1"]), "198.51.100.1", "a proxy in mapped form");
        assert_eq!(walked("127.0.0.1", &["::ffff:198.51.100.1"]), "198.51.100.1");
        assert_eq!(walked("127.0.0.1", &["::FFFF:c633:6401"]), "198.51.100.1");
        for carrier in ["::10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::"] {
            let shown = carrier.parse::<IpAddr>().unwrap().to_string();
            assert_eq!(walked("127.0.0.1", &[&format!("198.51.100.1, {carrier}")]), shown, "no proxy of ours");
        }
        assert_eq!(walked("2001:db8:1::1", &["2001:db8:2::1"]), "2001:db8:2::1");
    }

    /// I3: odd text at the point of need leaves the last hop that is known.
    #[test]
    fn i3_what_is_no_address_ends_the_walk() {
        for odd in [
            "010.0.0.1",
            "0x7f.1",
            "127.1",
            "2130706433",
            "198.51.100.1:80",
            "[2001:db8::1]",
            "[2001:db8::1]:443",
            "fe80::1%eth0",
            "unknown",
            "_hidden",
            "localhost",
            "\"198.51.100.1\"",
            "for=198.51.100.1",
            "198.51.100.1/32",
            "198.51.100.256",
            "198.51.100.1 198.51.100.2",
            "198.51.100.1;",
            "",
            " ",
            "\u{a0}198.51.100.1",
            "１98.51.100.1",
            "0000:0000:0000:0000:0000:0000:0000:0000:198.51.100.1",
        ] {
            assert_eq!(walked("127.0.0.1", &[&format!("203.0.113.1, {odd}")]), "127.0.0.1", "{odd:?}");
            assert_eq!(walked("127.0.0.1", &[&format!("203.0.113.1, {odd} , 10.0.0.1")]), "10.0.0.1", "{odd:?}");
            assert_eq!(walked("127.0.0.1", &[&format!("{odd}, 198.51.100.1")]), "198.51.100.1", "{odd:?} is not needed");
        }
        assert_eq!(walk([127, 0, 0, 1].into(), &trusted(), [&b"\xff\xfe"[..]].into_iter()).to_string(), "127.0.0.1");
    }

    #[test]
    fn i3_ten_thousand_elements_are_not_walked() {
        let proxies = vec!["10.0.0.1"; 10_000].join(",");
        assert_eq!(walked("127.0.0.1", &[&format!("198.51.100.1,{proxies}")]), "10.0.0.1");
        assert_eq!(walked("127.0.0.1", &[&",".repeat(10_000)]), "127.0.0.1");
        let near = |hops: usize| walked("127.0.0.1", &[&format!("198.51.100.1{}", ",10.0.0.1".repeat(hops))]);
        assert_eq!((near(MOST_HOPS - 1).as_str(), near(MOST_HOPS).as_str()), ("198.51.100.1", "10.0.0.1"));
    }

    proptest! {
        /// Whatever the lines say, the result is the peer or an address that a trusted hop named; and nobody but a trusted proxy
        /// is believed.
        #[test]
        fn nobody_but_a_trusted_proxy_is_believed(peer in any::<[u8; 4]>(), lines in vec(vec(any::<u8>(), 0..60), 0..4)) {
            let (peer, trusted) = (IpAddr::from(peer), trusted());
            let hop = walk(peer, &trusted, lines.iter().map(Vec::as_slice));
            prop_assert!(hop == peer || trusted.contain(peer));
        }

        /// Joined in one line or in lines of their own: the same list.
        #[test]
        fn lines_are_one_list(hops in vec(any::<[u8; 4]>(), 1..12), near in vec(any::<bool>(), 12)) {
            let hops: Vec<String> = hops.iter().zip(near).map(|(hop, near)| {
                IpAddr::from(if near { [10, hop[1], hop[2], hop[3]] } else { *hop }).to_string()
            }).collect();
            let (joined, peer, trusted) = (hops.join(", "), IpAddr::from([127, 0, 0, 1]), trusted());
            let several = walk(peer, &trusted, hops.iter().map(String::as_bytes));
            prop_assert_eq!(walk(peer, &trusted, [joined.as_bytes()].into_iter()), several);
            let mut naive = hops.iter().rev().map(|hop| hop.parse::<IpAddr>().unwrap());
            let expected = naive.clone().find(|hop| !trusted.contain(*hop)).or(naive.next_back());
            prop_assert_eq!(Some(several), expected);
        }
    }
}
