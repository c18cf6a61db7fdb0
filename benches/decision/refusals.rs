//! What a wrong key costs: whether its id is known must not show in the time that the refusal takes.

use std::{hint::black_box, sync::Arc};

use authbench::{
    authn::apikey::{Accepted, ApiKey, ApiKeys},
    wire::HELLO_PATH,
};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::{
    locks::{self, Lab},
    measure::{Case, Round},
};

/// How many keys take turns.
const KEYS: usize = 256;

/// Keys in the right form: of ids that nobody has, or of this one with secrets that are not its own.
fn wrong(id: Option<&str>) -> Vec<String> {
    let key = |_| ApiKey::generate(id).expect("random octets").1.expose().to_owned();
    (0..KEYS).map(key).collect()
}

/// The same with the last letter changed, which is of the checksum.
fn mistyped(key: &str) -> String {
    let last = if key.ends_with('x') { "y" } else { "x" };
    key[..key.len() - 1].to_owned() + last
}

fn refused(lab: &Lab, name: &str, keys: Vec<String>) -> Case {
    let lock = ApiKeys::new(Arc::clone(&lab.memory)).accepting(Accepted { opaque: true, in_query: false });
    let policy = locks::policy(&lab.memory, Box::new(lock));
    let headers = |key: String| {
        let value = HeaderValue::from_str(&key).expect("ASCII");
        HeaderMap::from_iter([(HeaderName::from_static("x-api-key"), value)])
    };
    let (peer, uri) = (locks::peer(None), Uri::from_static(HELLO_PATH));
    let mut all = Round::new(keys.into_iter().map(headers).collect());
    Case::new("one refusal, apikey", name, move || {
        black_box(policy.decide(locks::presented(&peer, all.next(), &uri))).expect_err("it is refused");
    })
}

/// Every way to be wrong.
pub(crate) fn cases(lab: &Lab) -> Vec<Case> {
    let opaque = wrong(None).into_iter().map(|key| key.replace('_', "z")).collect();
    vec![
        refused(lab, "an unknown id", wrong(None)),
        refused(lab, "a wrong secret", wrong(Some(lab.key_id()))),
        refused(lab, "a wrong checksum", wrong(Some(lab.key_id())).iter().map(|key| mistyped(key)).collect()),
        refused(lab, "an unknown key without an id", opaque),
    ]
}
