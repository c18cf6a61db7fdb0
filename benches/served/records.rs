//! A server that tells nothing of its requests against one that writes a record of each and counts it.

use authbench::wire::{API_KEY_HEADER, HELLO_PATH};
use bytes::Bytes;
use http::Request;

use crate::{
    pair::{Extent, Side, compare},
    served::{Place, Served},
};

/// They differ by little, and how a process happens to lie in memory makes as much: they are started anew again and again.
const EXTENT: Extent = Extent { starts: 9, rounds: 12, requests: 2_000 };
/// Nobody is slowed down.
const WIDE: &str = "[plans.default]\nrate = 1000000\nburst = 1000000\n";

pub(crate) fn run(whole: bool) {
    let sides = [("none", "[observe]\nrecords = false\nmetrics = false\n"), ("records and metrics", "")];
    compare("observed", |at| side(sides[at]), EXTENT, whole);
}

/// Records go to a file.
fn side((name, observe): (&str, &str)) -> Side {
    let place = Place::new(&[WIDE, observe].concat());
    let made = place.json(&["key", "add", "partner"]);
    let request = Request::get(HELLO_PATH).header(API_KEY_HEADER, made["key"].as_str().expect("a key"));
    let requests = vec![request.body(Bytes::new()).expect("a request")];
    Side { name: name.to_owned(), served: Served::start(place), requests }
}
