//! Lists against what they are meant to say, bit by bit.

use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    prop_assert_eq, prop_oneof, proptest,
    sample::select,
};

use super::*;

fn address(text: &str) -> IpAddr {
    canonical(text.parse().unwrap())
}

fn hold(nets: &[&str], one: &str) -> bool {
    Networks::parse(nets).unwrap().contain(address(one))
}

#[test]
fn addresses_meet_networks_in_canonical_form() {
    assert!(hold(&["127.0.0.0/8"], "127.0.0.9"));
    assert!(hold(&["127.0.0.1"], "::ffff:127.0.0.1"));
    assert!(hold(&["::ffff:127.0.0.0/104"], "127.0.0.9"));
    assert!(hold(&["2001:db8::/32"], "2001:db8::7"));
    assert!(!hold(&["127.0.0.1/32"], "127.0.0.2"));
    assert!(!hold(&["::/0"], "10.0.0.1"), "a v6 network holds no v4 address");
    assert!(!hold(&["0.0.0.0/0"], "::1"), "nor the other way round");
}

/// I2: what carries an IPv4 address inside is an IPv6 address of its own, but for the mapped form.
#[test]
fn i2_forms_that_carry_an_ipv4_address_are_ipv6_addresses() {
    for carrier in ["::10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::", "2002:0a00:0001::1", "::ffff:0:10.0.0.1", "fe80::a00:1"] {
        assert!(!hold(&["10.0.0.0/8"], carrier), "{carrier}");
        assert!(hold(&["10.0.0.0/8", carrier], carrier), "{carrier} is itself");
    }
    assert!(hold(&["64:ff9b::/96"], "64:ff9b::10.0.0.1"));
    assert!(hold(&["2002:a00::/24"], "2002:a00:1::"));
    assert!(!hold(&["::10.0.0.0/104"], "10.0.0.1"));
    assert!(hold(&["::ffff:0.0.0.0/96"], "10.0.0.1"), "all that is mapped is all of IPv4");
    assert!(!hold(&["::/64"], "::ffff:10.0.0.1"), "a shorter prefix is IPv6");
}

#[test]
fn i3_odd_texts_are_refused_with_a_remedy() {
    for odd in [
        "010.0.0.1",
        "0x7f.1",
        "127.1",
        "2130706433",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0.0 /8",
        "[::1]",
        "fe80::1%eth0",
        "localhost",
        "",
        "/8",
        "1.2.3.4:80",
        "10.0.0.0-10.0.0.9",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/8/8",
        "10.0.0.*",
        "10.0.0.1,10.0.0.2",
        "１０.0.0.1",
    ] {
        let misfit = Networks::parse(&["10.0.0.1", odd]).unwrap_err();
        assert_eq!(misfit.at, Some(1), "{odd:?}");
    }
}

#[test]
fn i4_what_is_wrong_with_a_list_is_said_with_what_to_write() {
    let wrong = |texts: &[&str]| Networks::parse(texts).unwrap_err().to_string();
    insta::assert_snapshot!(wrong(&["10.0.0.1/8"]), @"`10.0.0.1/8` has host bits set; write `10.0.0.0/8`, or the address alone");
    insta::assert_snapshot!(wrong(&["10.0.0.0/33"]), @"`10.0.0.0/33` ends with no prefix length of such an address; write 0 to 32 behind the `/`");
    insta::assert_snapshot!(wrong(&["2001:db8::/129"]), @"`2001:db8::/129` ends with no prefix length of such an address; write 0 to 128 behind the `/`");
    insta::assert_snapshot!(wrong(&["localhost"]), @"`localhost` is no network; write CIDR such as `192.0.2.0/24`, `2001:db8::/32`, or an address; names are not looked up");
    insta::assert_snapshot!(wrong(&[]), @"names no network; name at least one, or leave the key away");
    insta::assert_snapshot!(wrong(&["10.0.0.1", "::ffff:10.0.0.1/128"]), @"`::ffff:10.0.0.1/128` is there twice; write it once");
    for odd in ["10.0.0.0/", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0.0/8.0", "10.0.0.0/264"] {
        assert!(wrong(&[odd]).contains("prefix length"), "{odd}");
    }
    assert!(Networks::parse(&["10.0.0.0/8", "10.1.0.0/16"]).is_ok(), "one within another is no fault");
    assert!(Networks::kept(&["10.0.0.1", "10.0.0.1"]).is_ok(), "what was kept counts");
    assert!(wrong(&vec!["10.0.0.1"; MOST + 1]).contains("names 1000001 networks"));
}

#[test]
fn several_lists_are_one() {
    let list = |text: &str| Networks::parse(&[text]).unwrap();
    let both = Networks::together(&[list("10.0.0.0/8"), list("2001:db8::/32")]).unwrap();
    assert_eq!(both.texts(), ["10.0.0.0/8", "2001:db8::/32"]);
    assert!(["10.9.9.9", "2001:db8::1"].map(address).into_iter().all(|one| both.contain(one)));
    assert_eq!(Networks::together(&[]), None);
}

/// Bit by bit: the first so many of both are the same.
fn naive(network: (u128, u8), one: u128, bits: u8) -> bool {
    (0..network.1).all(|place| (network.0 >> (bits - 1 - place)) & 1 == (one >> (bits - 1 - place)) & 1)
}

/// A network as bits, family and length, near others so that they meet.
fn network() -> impl Strategy<Value = (bool, u128, u8)> {
    let near = |value: u128| prop_oneof![any::<u8>().prop_map(move |low| value ^ u128::from(low)), any::<u128>()];
    let v4 = (near(0x0a00_0000), 0_u8..=32).prop_map(|(value, length)| (true, value & 0xffff_ffff, length));
    let v6 = (near(0x2001_0db8 << 96), 0_u8..=128).prop_map(|(value, length)| (false, value, length));
    prop_oneof![v4, v6]
}

fn text((is_v4, value, length): (bool, u128, u8), mapped: bool) -> String {
    let kept = |bits: u8| if length == 0 { 0 } else { value >> (bits - length) << (bits - length) };
    match is_v4 {
        true if mapped => format!("::ffff:{}/{}", Ipv4Addr::from_bits(kept(32).try_into().unwrap()), length + 96),
        true => format!("{}/{length}", Ipv4Addr::from_bits(kept(32).try_into().unwrap())),
        false => format!("{}/{length}", Ipv6Addr::from_bits(kept(128))),
    }
}

proptest! {
    /// Lists say what a look at each network bit by bit says, whatever order, overlap, family or form they are written in.
    #[test]
    fn lists_agree_with_a_naive_model(
        networks in vec((network(), any::<bool>()), 1..40),
        strangers in vec((network(), any::<bool>()), 0..20),
        flips in vec(0_u32..128, 20),
        pick in select(vec![0_usize, 1, 2, 3, 5, 8]),
    ) {
        // A mapped network of a prefix that IPv6 cannot tell apart is not written so.
        let texts: Vec<_> = networks.iter().map(|(network, mapped)| text(*network, *mapped)).collect();
        let list = Networks::kept(&texts).unwrap();
        let near = networks.iter().cycle().skip(pick).zip(&flips).map(|(((v4, value, _), mapped), flip)| {
            (*v4, value ^ (1 << if *v4 { flip % 32 } else { *flip }), *mapped)
        });
        let asked = near.chain(strangers.iter().map(|((v4, value, _), mapped)| (*v4, *value, *mapped)));
        for (is_v4, value, mapped) in asked {
            let one = match (is_v4, mapped) {
                (true, false) => IpAddr::V4(Ipv4Addr::from_bits(value.try_into().unwrap())),
                (true, true) => IpAddr::V6(Ipv4Addr::from_bits(value.try_into().unwrap()).to_ipv6_mapped()),
                (false, _) => IpAddr::V6(Ipv6Addr::from_bits(value)),
            };
            // A random IPv6 value may be a mapped IPv4 address: then that is what it is.
            let (is_v4, value) = match canonical(one) {
                IpAddr::V4(v4) => (true, u128::from(v4.to_bits())),
                IpAddr::V6(v6) => (false, v6.to_bits()),
            };
            let expected = networks.iter().any(|((v4, of, length), _)| {
                *v4 == is_v4 && naive((*of, *length), value, if is_v4 { 32 } else { 128 })
            });
            prop_assert_eq!(list.contain(canonical(one)), expected, "{} in {:?}", one, texts);
        }
    }
}
