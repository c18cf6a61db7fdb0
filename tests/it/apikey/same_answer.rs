//! An unknown id and a wrong secret: one answer, to the octet, and one price.

use super::{made, with_another_secret, with_checksum};
use crate::{
    lab::{Lab, PATH, Server},
    refusals::shown,
};

/// Everything that an answer says, again and again until the budget is spent and some more.
fn answers(server: &Server, key: &str) -> Vec<String> {
    let mut line = server.line(None);
    (0..12).map(|_| shown(&line.get(PATH, &[("x-api-key", key)]).unwrap(), server)).collect()
}

#[test]
fn an_unknown_id_and_a_wrong_secret_cost_the_same_budget() {
    let lab = Lab::new();
    // So slow that none comes back meanwhile: one a second is the least, and each series is over long before.
    lab.configure("[guessing]\nfailures = 8\nrefill_per_second = 1\n");
    let key = made(&lab, &["key", "add", "partner"]);
    let nobody = with_checksum(&format!("ab_nobodyatall0_{}", &key[16..48]));
    // Each has a server of its own: on one, both ids may fall into the same slot of the budget.
    let (server, other) = (lab.serve("apikey"), lab.serve("apikey"));
    let (unknown, wrong) = (answers(&other, &nobody), answers(&server, &with_another_secret(&key)));
    assert_eq!(unknown[..8], wrong[..8]);
    assert!(unknown[..8].iter().all(|answer| answer.contains(r#""reason":"credential_unknown""#)), "{unknown:?}");
    for series in [&unknown, &wrong] {
        assert!(series.iter().any(|answer| answer.contains(r#""reason":"guessing""#)), "{series:?}");
    }
    assert_eq!(server.line(None).get(PATH, &[("x-api-key", &key)]).unwrap().outcome(), "allowed");
}
