//! Two servers of different modes on one state directory, without harm.

use std::thread;

use crate::lab::{Client, Identity, Lab, Line, PATH, text};

#[test]
fn servers_share_a_state_directory_that_none_of_them_found() {
    let lab = Lab::new();
    // All at once on an empty directory: who makes the CA, the database, the signing key?
    let servers = thread::scope(|scope| {
        let starts = ["jwt", "mtls", "apikey", "open"].map(|mode| scope.spawn(|| lab.serve(mode)));
        starts.map(|start| start.join().unwrap())
    });
    let [jwt, mtls, apikey, open] = &servers;
    assert_eq!(open.call(&[]).outcome(), "allowed");

    let client = lab.json(&["client", "add", "partner"]);
    let key = lab.json(&["key", "add", "partner"]);
    let identity = Identity::issued(&lab.effective(&["cert", "issue", "partner"]));
    let bearer = format!("Bearer {}", Client::of(&client).token(&mut jwt.line(None)));

    let with_key = [("x-api-key", text(&key, "key"))];
    let with_token = [("authorization", bearer.as_str())];
    assert_eq!(jwt.call(&with_token).outcome(), "allowed");
    assert_eq!(apikey.call(&with_key).outcome(), "allowed");
    assert_eq!(mtls.line(Some(&identity)).get(PATH, &[]).unwrap().outcome(), "allowed");

    assert_eq!(jwt.call(&with_key).outcome(), "credential_missing", "a key opens no other lock");
    assert_eq!(apikey.call(&with_token).outcome(), "credential_missing", "a token opens no other lock");
    assert!(
        Line::open(mtls, None).and_then(|mut line| line.get(PATH, &with_token)).is_err(),
        "nor does a token stand for a certificate"
    );
}

#[test]
fn two_servers_of_one_mode_hear_of_a_revocation_alike() {
    let lab = Lab::new();
    let (one, two) = (lab.serve("apikey"), lab.serve("apikey"));
    let made = lab.effective(&["key", "add", "partner"]);
    let with_key = [("x-api-key", text(&made, "key"))];
    assert_eq!((one.call(&with_key).outcome(), two.call(&with_key).outcome()), ("allowed".into(), "allowed".into()));
    lab.effective(&["key", "revoke", "partner"]);
    assert_eq!((one.call(&with_key).outcome(), two.call(&with_key).outcome()), ("revoked".into(), "revoked".into()));
    one.kill();
    assert_eq!(two.call(&with_key).outcome(), "revoked", "the death of one does not touch the other");
}

#[test]
fn first_commands_at_once_find_no_locked_database() {
    for _ in 0..5 {
        let lab = Lab::new();
        thread::scope(|scope| {
            let lists = [(); 8].map(|()| scope.spawn(|| lab.json(&["key", "list"])));
            assert!(lists.into_iter().all(|list| list.join().unwrap() == serde_json::json!([])));
        });
    }
}
