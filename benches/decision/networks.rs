//! What lists of networks cost, by how many they name: each alone, and in the whole decision behind the cheapest lock that knows
//! its callers.

use std::{
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use authbench::{
    authn::{Presented, apikey::ApiKeys},
    network::{Access, Networks},
    policy::{NetworkPolicy, Policy},
    wire::{HELLO_PATH, HELLO_SCOPE, Operation},
};
use http::Uri;

use crate::{
    locks::{self, Lab},
    measure::{Case, Round},
};

/// How many networks each list names.
const SIZES: [u32; 3] = [1, 100, 100_000];
/// How many addresses take turns.
const ADDRESSES: u32 = 4096;

/// A number that looks random.
fn scattered(number: u32) -> u32 {
    number.wrapping_mul(0x9e37_79b1) ^ 0x5bd1_e995
}

/// So many networks of 256 addresses each within 0.0.0.0/1 are denied, and as many beside the upper half of all addresses are allowed.
fn access(size: u32) -> Access {
    let text = |number: u32| format!("{}/24", Ipv4Addr::from_bits((number * 20) << 8));
    let denied: Vec<_> = (0..size).map(text).collect();
    let allowed: Vec<_> = (0..size - 1).map(|number| text(number + 1)).chain(["128.0.0.0/1".to_owned()]).collect();
    let list = |texts: &[String]| Some(Networks::parse(texts).expect("networks"));
    Access { allow: list(&allowed), deny: list(&denied) }
}

/// Addresses of the upper half, which all may call.
fn addresses() -> Round<IpAddr> {
    let upper = |number| IpAddr::V4(Ipv4Addr::from_bits(scattered(number) | (1 << 31)));
    Round::new((0..ADDRESSES).map(upper).collect())
}

/// Both lists for an address, and a decision that asks them.
pub(crate) fn cases(lab: &Lab) -> Vec<Case> {
    let alone = SIZES.map(|size| {
        let (policy, mut addresses) = (NetworkPolicy::new(access(size), None), addresses());
        Case::new("an address admitted", format!("two lists of {size} networks"), move || {
            black_box(policy.admit(*addresses.next())).expect("it is allowed");
        })
    });
    let whole = SIZES.map(|size| {
        let network = Arc::new(NetworkPolicy::new(access(size), None));
        let policy = Policy { network, ..locks::policy(&lab.memory, Box::new(ApiKeys::new(Arc::clone(&lab.memory)))) };
        let (peer, headers, uri) = (locks::peer(None), lab.key(), Uri::from_static(HELLO_PATH));
        let mut addresses = addresses();
        Case::new("one decision, apikey", format!("beside two lists of {size} networks"), move || {
            let presented = Presented {
                peer: &peer,
                address: *addresses.next(),
                headers: &headers,
                uri: &uri,
                scope: HELLO_SCOPE,
                operation: Operation::Hello,
            };
            black_box(policy.decide(presented)).expect("it is allowed");
        })
    });
    alone.into_iter().chain(whole).collect()
}
