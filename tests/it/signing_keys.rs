//! Signing keys: published, then used, then retired, while servers run and nobody notices.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    thread,
    time::{Duration, Instant},
};

use authbench::{
    algorithm::Algorithm,
    authn::jwt::{KeySet, jws::Compact},
    denial::Reason,
};
use serde_json::{Value, json};

use crate::lab::{self, Client, FIXED, GRANT, Lab, Line, Server, TOKEN, WITHIN, eventually, header, kid, text};

const JWKS: &str = "/.well-known/jwks.json";

/// The `kid`s in the order in which they are published.
fn published(server: &Server) -> Vec<String> {
    let answer = server.line(None).get(JWKS, &[]).unwrap();
    answer.json()["keys"].as_array().unwrap().iter().map(|key| text(key, "kid").to_owned()).collect()
}

/// State by `kid`, as `list` says it.
fn state(lab: &Lab, kid: &str) -> String {
    let listed = lab.json(&["signing-key", "list"]);
    let found = listed.as_array().unwrap().iter().find(|key| key["kid"] == kid);
    found.map_or_else(|| "unknown".into(), |key| text(key, "state").to_owned())
}

#[test]
fn a_rotation_is_published_then_used_and_old_tokens_go_on() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let mut line = server.line(None);
    let old = client.token(&mut line);
    assert_eq!(published(&server), [kid(&old)]);

    let next = lab.effective(&["signing-key", "rotate", "--wait", "4s"]);
    let fresh = text(&next, "kid").to_owned();
    assert_eq!(next["state"], "published");
    assert_eq!(published(&server), [kid(&old), fresh.clone()], "published before it signs, the signing one first");
    assert_eq!(kid(&client.token(&mut line)), kid(&old), "not yet its turn");
    eventually("the next key signs", || kid(&client.token(&mut line)) == fresh);
    let now = authbench::clock::rfc3339(authbench::clock::now());
    assert!(*now >= *text(&next, "signs").trim_end_matches('Z'), "{now} is before {next}");
    assert_eq!(published(&server), [fresh.clone(), kid(&old)]);
    let new = client.token(&mut line);
    for theirs in [&old, &new] {
        assert_eq!(line.call(theirs).outcome(), "allowed");
    }
    assert_eq!((&*state(&lab, &kid(&old)), &*state(&lab, &fresh)), ("verifies", "signs"));
}

#[test]
fn a_retired_key_takes_its_tokens_along_at_once_and_for_good() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let mut line = server.line(None);
    let old = client.token(&mut line);
    let fresh = lab.effective(&["signing-key", "rotate", "--wait", "0s"]);
    let new = client.token(&mut line);
    assert_eq!(kid(&new), text(&fresh, "kid"));
    let file = |token: &str| lab.path("state/signing-keys").join(format!("{}.pem", kid(token)));
    assert_eq!(fs::metadata(file(&old)).unwrap().permissions().mode() & 0o777, 0o600);

    let retired = lab.json(&["signing-key", "retire", &kid(&old)]);
    let returned = Instant::now();
    assert_eq!((&retired["state"], &retired["kid"]), (&json!("retired"), &json!(kid(&old))));
    while returned.elapsed() < WITHIN * 3 {
        let began = returned.elapsed();
        // Not faster than the failure budget: its answer is another one.
        thread::sleep(Duration::from_millis(20));
        let seen = line.call(&old).outcome();
        assert!(seen == "credential_unknown" || (seen == "allowed" && began < WITHIN), "{seen} {began:?} after the command");
    }
    assert_eq!(line.call(&new).outcome(), "allowed", "the connection stays usable");
    assert_eq!(published(&server), [kid(&new)]);
    assert!(!file(&old).exists(), "the private side is gone");
    assert_eq!(lab.json_with_input(&["token", "inspect", "-", "--url", &server.url], &old)["reason"], "credential_unknown");

    server.kill();
    let again = lab.serve("jwt");
    let mut line = again.line(None);
    assert_eq!(line.call(&old).outcome(), "credential_unknown");
    assert_eq!(line.call(&new).outcome(), "allowed");
    assert_eq!(kid(&client.token(&mut line)), kid(&new), "the key that signed goes on signing");
    assert_eq!(published(&again), [kid(&new)]);
}

#[test]
fn each_algorithm_issues_and_verifies_and_a_change_of_it_keeps_the_old_tokens() {
    let lab = Lab::new();
    let (mut tokens, mut client) = (Vec::new(), None);
    for (algorithm, member, shape) in [("RS256", "n", 512), ("EdDSA", "x", 43), ("ES256", "y", 43)] {
        lab.configure(&format!("{FIXED}algorithm = \"{algorithm}\"\n"));
        let server = lab.serve("jwt");
        let client = client.get_or_insert_with(|| Client::new(&lab, "partner", &[]));
        let mut line = server.line(None);
        let fresh = client.token(&mut line);
        let header = header(&fresh);
        assert_eq!((&header["alg"], &header["typ"]), (&json!(algorithm), &json!("at+jwt")));
        let set = line.get(JWKS, &[]).unwrap().json();
        let key = &set["keys"][0];
        assert_eq!((&key["kid"], &key["alg"], &key["use"]), (&header["kid"], &json!(algorithm), &json!("sig")));
        assert_eq!(text(key, member).len(), shape, "{key}: 3072 bits are 384 octets are 512 characters");
        tokens.push(fresh);
        for token in &tokens {
            assert_eq!(line.call(token).outcome(), "allowed", "{algorithm} signs now: {}", lab::header(token));
        }
        let inspected = lab.json_with_input(&["token", "inspect", "-", "--url", &server.url], &tokens[0]);
        assert_eq!(inspected["accepted"], true, "{inspected}");
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let old = client.token(&mut server.line(None));
    let next = lab.json(&["signing-key", "rotate", "--wait", "1h"]);
    let before = lab.json(&["signing-key", "list"]);
    server.kill();
    let again = lab.serve("jwt");
    let mut line = again.line(None);
    assert_eq!(published(&again), [&*kid(&old), text(&next, "kid")]);
    assert_eq!(line.call(&old).outcome(), "allowed");
    assert_eq!(kid(&client.token(&mut line)), kid(&old));
    assert_eq!(lab.json(&["signing-key", "list"]), before);
}

#[test]
fn an_old_key_retires_when_its_last_token_has_ended() {
    let lab = Lab::new();
    lab.configure("[jwt]\ntoken_ttl = \"1s\"\n");
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let mut line = server.line(None);
    let old = kid(&client.token(&mut line));
    let fresh = lab.json(&["signing-key", "rotate", "--wait", "0s"]);
    eventually("the server retires it", || state(&lab, &old) == "retired");
    assert!(!lab.path("state/signing-keys").join(format!("{old}.pem")).exists());
    let retired = lab.json(&["signing-key", "list"]).as_array().unwrap().iter().find(|key| key["kid"] == old).cloned().unwrap();
    let (over, began) = (text(&retired, "retired"), text(&fresh, "signs"));
    let moment = |text: &str| humantime::parse_rfc3339(text).unwrap();
    assert!(
        moment(over).duration_since(moment(began)).unwrap() >= Duration::from_secs(1),
        "{over} is before its last token ended"
    );
    assert_eq!(kid(&client.token(&mut line)), text(&fresh, "kid"));
}

#[test]
fn a_server_that_cannot_sign_says_so_and_makes_another_key() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let mut line = server.line(None);
    let only = kid(&client.token(&mut line));
    // For servers of the other profile this key is not the one that signs, so nothing stands in the way.
    lab.json(&["signing-key", "retire", &only, "--profile", "aws"]);
    let mut kids = Vec::new();
    eventually("another key signs", || {
        let answer = client.post(&mut line, TOKEN, GRANT);
        match answer.status {
            200 => kids.push(kid(&answer.access_token())),
            status => assert_eq!((status, &answer.json()["error"]), (503, &json!("server_error")), "{answer:?}"),
        }
        kids.last().is_some_and(|last| *last != only)
    });
    let last = client.token(&mut line);
    assert_eq!(line.call(&last).outcome(), "allowed");
    assert!(server.records().contains("no key could sign"), "the operator is told");
}

#[test]
fn servers_that_share_a_state_share_its_keys() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let servers = thread::scope(|scope| {
        let both = [scope.spawn(|| lab.serve("jwt")), scope.spawn(|| lab.serve("jwt"))];
        both.map(|server| server.join().unwrap())
    });
    assert_eq!(lab.json(&["signing-key", "list"]).as_array().map(Vec::len), Some(1), "a first start of two makes one key");
    let client = Client::new(&lab, "partner", &[]);
    let mut lines = [servers[0].line(None), servers[1].line(None)];
    let old = client.token(&mut lines[0]);
    let fresh = lab.effective(&["signing-key", "rotate", "--wait", "0s"]);
    for at in [0, 1] {
        let new = client.token(&mut lines[at]);
        assert_eq!(kid(&new), text(&fresh, "kid"));
        assert_eq!(lines[1 - at].call(&new).outcome(), "allowed", "the other one accepts it");
        assert_eq!(lines[at].call(&old).outcome(), "allowed");
    }
    assert_eq!(published(&servers[0]), published(&servers[1]));
    lab.effective(&["signing-key", "retire", &kid(&old)]);
    assert_eq!(lines.each_mut().map(|line| line.call(&old).outcome()), ["credential_unknown", "credential_unknown"]);
}

#[test]
fn a_client_that_keeps_the_key_set_for_its_max_age_never_meets_an_unknown_key() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let mut line = server.line(None);
    let fetched = |line: &mut Line| {
        let answer = line.get(JWKS, &[]).unwrap();
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        KeySet::from_jwks(&answer.body).unwrap()
    };
    let verified = |keys: &KeySet, token: &str| {
        Compact::parse(token).unwrap().verify(keys, Algorithm::ALL).map(drop).map_err(|denial| denial.reason)
    };
    assert!(authbench::config::Config::default().jwt.key_wait.0 >= authbench::wire::JWKS_MAX_AGE);
    let before = fetched(&mut line);
    let old = client.token(&mut line);
    lab.effective(&["signing-key", "rotate", "--wait", "1s"]);
    let refreshed = fetched(&mut line);
    eventually("the next key signs", || kid(&client.token(&mut line)) != kid(&old));
    let new = client.token(&mut line);
    assert_eq!(verified(&before, &new), Err(Reason::CredentialUnknown), "who did not look meanwhile must look again");
    assert_eq!([verified(&refreshed, &old), verified(&refreshed, &new)], [Ok(()), Ok(())], "one look during the wait is enough");
    lab.effective(&["signing-key", "retire", &kid(&old)]);
    let last = fetched(&mut line);
    assert_eq!([verified(&last, &old), verified(&last, &new)], [Err(Reason::CredentialUnknown), Ok(())]);
}

#[test]
fn commands_work_without_a_server_and_say_what_mends() {
    let lab = Lab::new();
    assert_eq!(lab.json(&["signing-key", "list"]), json!([]));
    let made = lab.json(&["signing-key", "rotate", "--wait", "0s"]);
    let only = text(&made, "kid").to_owned();
    assert_eq!((&made["algorithm"], &made["state"], &made["key_file"]), (&json!("ES256"), &json!("signs"), &json!(true)));
    let again = lab.json(&["signing-key", "rotate"]);
    assert_eq!(lab.json(&["signing-key", "rotate", "--wait", "90d"]), again, "a rotation under way is not put off");
    for (arguments, said) in [
        (&["signing-key", "retire", &only] as &[_], "is the only one that can sign\n  mend: `authbench signing-key rotate`"),
        (&["signing-key", "retire", "nobody"], "there is no signing key `nobody`\n  mend: `authbench signing-key list`"),
        (&["signing-key", "retire", "-x"], "there is no signing key `-x`"),
        (&["signing-key", "rotate", "--algorithm", "HS256"], "`HS256` is not one of ES256, RS256, EdDSA"),
        (&["signing-key", "rotate", "--algorithm", "none"], "`none` is not one of ES256, RS256, EdDSA"),
        (&["signing-key", "rotate", "--wait", "soon"], "`soon` is no duration"),
        (
            &["signing-key", "rotate", "--profile", "aws", "--algorithm", "ES256"],
            "the `aws` profile signs with RS256 with 2048 bits only",
        ),
    ] {
        let ended = lab.run(arguments);
        assert_eq!((ended.code, &*ended.stdout), (2, ""), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(said), "{arguments:?}: {}", ended.stderr);
    }
    let listed = lab.json(&["signing-key", "list", "--profile", "aws"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    let text = lab.run(&["signing-key", "list"]);
    assert!(text.stdout.trim_start().starts_with("KEY ID") && text.stdout.contains("published"), "{text:?}");
}

#[test]
fn cognito_shows_two_keys_and_goes_on_showing_them() {
    let lab = Lab::new();
    let aws = |arguments: &[&str]| lab.json(&[&["signing-key"], arguments, &["--profile", "aws"]].concat());
    let first = aws(&["rotate", "--wait", "0s"]);
    assert_eq!((&first["algorithm"], &first["rsa_bits"]), (&json!("RS256"), &json!(2048)));
    let states = |listed: Value| {
        let mut states: Vec<_> = listed.as_array().unwrap().iter().map(|key| text(key, "state").to_owned()).collect();
        states.sort();
        states.join(" ")
    };
    assert_eq!(states(aws(&["list"])), "signs spare");
    aws(&["rotate", "--wait", "1h"]);
    assert_eq!(states(aws(&["list"])), "published signs");
    aws(&["rotate", "--wait", "0s"]);
    aws(&["retire", text(&first, "kid")]);
    assert_eq!(states(aws(&["list"])), "retired signs spare");
}
