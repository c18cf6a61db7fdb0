//! Wrong keys from a million addresses: the memory of the server must not grow with them.

use authbench::{
    authn::apikey::ApiKey,
    wire::{API_KEY_HEADER, HELLO_PATH},
};
use bytes::Bytes;
use http::{Request, StatusCode};

use crate::served::{Place, Served};

/// How often it is looked at.
const LOOKS: u32 = 10;

/// The addresses are named by a proxy that the server trusts: this program.
#[expect(clippy::print_stdout, reason = "this program's only result")]
pub(crate) fn run(whole: bool) {
    let addresses: u32 = if whole { 1_000_000 } else { 1_000 };
    let place = Place::new("[network]\ntrusted_proxies = [\"127.0.0.1\"]\n");
    place.json(&["key", "add", "partner"]);
    let mut served = Served::start(place);
    let mut looks = vec![(0, served.resident_now())];
    for number in 1..=addresses {
        let (_, key) = ApiKey::generate(None).expect("randomness");
        let from = std::net::Ipv4Addr::from((11 << 24) + number);
        let request = Request::get(HELLO_PATH).header(API_KEY_HEADER, key.expose()).header("x-forwarded-for", from.to_string());
        let answer = served.call(&request.body(Bytes::new()).expect("a request"));
        assert!([StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS].contains(&answer.status), "{}", answer.status);
        if number % (addresses / LOOKS) == 0 {
            looks.push((number, served.resident_now()));
        }
    }
    if whole {
        println!("\n| addresses | in memory, MB |\n|---|---|");
        for (addresses, resident) in looks {
            println!("| {addresses} | {} |", resident / 1_000_000);
        }
    }
}
