//! A thousand keys against a million.

use std::path::Path;

use authbench::{
    authn::apikey::ApiKey,
    clock,
    secret::Secret,
    wire::{API_KEY_HEADER, HELLO_PATH},
};
use bytes::Bytes;
use http::Request;
use rusqlite::{Connection, params};

use crate::{
    pair::{Extent, Side, compare},
    served::{Place, Served},
};

/// Nobody is slowed down.
const WIDE: &str = "[plans.default]\nrate = 1000000\nburst = 1000000\n";
/// So many different keys call, in both: what is held for each that calls must not stand for what is held of those that do not.
const CALLERS: usize = 1_000;

pub(crate) fn run(whole: bool) {
    let sizes = if whole { [1_000, 1_000_000] } else { [10, 1_000] };
    compare("keys", |at| side(sizes[at]), Extent::USUAL, whole);
}

fn side(keys: usize) -> Side {
    let place = Place::new(WIDE);
    // The command makes the database; a million commands would take a day, so the rest is written beside it.
    place.json(&["key", "add", "first"]);
    let callers = seed(&place.path().join(".authbench/authbench.db"), keys);
    let call = |key: &Secret| {
        let request = Request::get(HELLO_PATH).header(API_KEY_HEADER, key.expose());
        request.body(Bytes::new()).expect("a request")
    };
    Side { name: keys.to_string(), served: Served::start(place), requests: callers.iter().map(call).collect() }
}

/// Writes so many keys as `key add` does, and gives some of them, spread over all.
fn seed(database: &Path, keys: usize) -> Vec<Secret> {
    let mut connection = Connection::open(database).expect("the database");
    let writing = connection.transaction().expect("a transaction");
    let now = i64::try_from(clock::seconds(clock::now())).expect("before the year 292 billion") * 1000;
    let mut some = Vec::new();
    {
        let mut caller = writing
            .prepare("INSERT INTO callers (which, id, name, state, created) VALUES ('key', ?1, ?2, 'active', ?3)")
            .expect("the table of callers");
        let mut secret = writing
            .prepare("INSERT INTO secrets (which, id, digest, created) VALUES ('key', ?1, ?2, ?3)")
            .expect("the table of secrets");
        for number in 0..keys {
            let (id, key) = ApiKey::generate(None).expect("randomness");
            let digest = ApiKey::parse(key.expose()).expect("a key").secret_digest();
            caller.execute(params![id, format!("caller-{number}"), now]).expect("a caller");
            secret.execute(params![id, digest.octets(), now]).expect("a secret");
            if number % keys.div_ceil(CALLERS) == 0 {
                some.push(key);
            }
        }
    }
    writing.commit().expect("what was written");
    some
}
