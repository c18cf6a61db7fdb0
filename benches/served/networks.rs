//! A hundred networks against a hundred thousand.

use std::fmt::Write;

use authbench::wire::{API_KEY_HEADER, HELLO_PATH};
use bytes::Bytes;
use http::Request;

use crate::{
    pair::{Extent, Side, compare},
    served::{Place, Served},
};

pub(crate) fn run(whole: bool) {
    let sizes = if whole { [100, 100_000] } else { [10, 1_000] };
    compare("networks", |at| side(sizes[at]), Extent::USUAL, whole);
}

/// A list in which the caller's network is one among so many, and none can be merged with another.
fn side(networks: u32) -> Side {
    let place = Place::new("[network]\nallow_files = [\"allow.txt\"]\n[plans.default]\nrate = 1000000\nburst = 1000000\n");
    let mut list = String::from("127.0.0.1/32\n");
    for number in 1..networks {
        // Every other /24, from 1.0.0.0 on.
        let network = (1 << 24) + number * 512;
        writeln!(list, "{}/24", std::net::Ipv4Addr::from(network)).expect("a line");
    }
    std::fs::write(place.path().join("allow.txt"), list).expect("a file");
    let made = place.json(&["key", "add", "partner"]);
    let request = Request::get(HELLO_PATH).header(API_KEY_HEADER, made["key"].as_str().expect("a key"));
    let requests = vec![request.body(Bytes::new()).expect("a request")];
    Side { name: networks.to_string(), served: Served::start(place), requests }
}
